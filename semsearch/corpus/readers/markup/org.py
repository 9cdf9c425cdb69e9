"""Org: headings, source and example blocks, lists, tables and the keywords at the top; nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from semsearch.corpus.readers.markup.front_matter import plain_value
from semsearch.corpus.text.blocks import Lines, join_values
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Block, BlockKind, Parsed, Value

__all__ = ["parse", "plain_heading", "read"]

_HEADING = re.compile(r"(\*+)[ \t]+(\S.*)")
_STATE = re.compile(r"(?:TODO|DONE|NEXT|WAITING|HOLD|CANCELLED|CANCELED|STARTED|SOMEDAY)[ \t]+(?=\S)")
_PRIORITY = re.compile(r"\[#[A-Z0-9]\][ \t]*")
_TAGS = re.compile(r"[ \t]+:((?:[\w@#%]+:)+)[ \t]*")
_KEYWORD = re.compile(r"#\+(\w+):[ \t]*(.*)")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)\b.*", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(\w+)[ \t]*", re.IGNORECASE)
_CODE = {"src", "example", "export", "verse"}
_DRAWER = re.compile(r"[ \t]*:[\w-]+:[ \t]*")
_DRAWER_END = re.compile(r"[ \t]*:END:[ \t]*", re.IGNORECASE)
_LIST = re.compile(r"(?:[-+]|[ \t]+\*|[ \t]+[-+]|[ \t]*(?:\d{1,3}|[A-Za-z])[.)])[ \t]+\S")
_LITERAL = re.compile(r"[ \t]*: ")
_TABLE = re.compile(r"[ \t]*\|")
_FIELDS = {
    **{
        "author": "author",
        "date": "date",
        "language": "language",
        "description": "description",
        "subtitle": "subtitle",
    },
    **{"filetags": "tags", "keywords": "tags", "category": "category"},
}
_DATE = re.compile(r"[<\[](\d{4}-\d\d-\d\d)\b[^>\]]*[>\]]")
_LINK = re.compile(r"\[\[([^\[\]]*)\](?:\[([^\[\]]*)\])?\]")
_MARKUP = re.compile(r"(?<!\w)[*/_=~+](?=\w)|(?<=[\w.!?)])[*/_=~+](?!\w)")


def read(data: bytes) -> Parsed:
    """Read an Org file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse Org; the title is `#+TITLE`, else the first heading if nothing precedes it."""
    lines = Lines(text)
    found = list(_blocks(lines))
    title, metadata = _keywords(lines.lines)
    headings = [block for block in found[:2] if block.kind is BlockKind.HEADING]
    return Parsed(text, tuple(found), title or (headings[0].label if headings else ""), metadata)


def plain_heading(text: str) -> str:
    """Return the words of a heading without state, priority, tags and inline markup."""
    text = _TAGS.sub("", text[:2000]) if text.rstrip().endswith(":") else text[:2000]
    text = _PRIORITY.sub("", _STATE.sub("", text, count=1), count=1)
    text = _LINK.sub(lambda link: link[2] or link[1], text)
    return " ".join(_MARKUP.sub("", text).split())


def _keywords(lines: list[str]) -> tuple[str, dict[str, Value]]:
    """Return the title and the metadata from the keywords before the first heading."""
    titles: list[str] = []
    fields: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("* "):
            break
        match = _KEYWORD.fullmatch(line.rstrip(" \t")) if line.startswith("#+") else None
        if not match or not match[2]:
            continue
        key = match[1].lower()
        if key == "title":
            titles.append(plain_heading(match[2]))
        elif key == "filetags":
            fields.setdefault("tags", []).extend(match[2].strip(":").split(":"))
        elif key in _FIELDS:
            fields.setdefault(_FIELDS[key], []).append(_DATE.sub(r"\1", match[2]))
    return " ".join(titles), {key: plain_value(join_values(values)) for key, values in fields.items()}


def _blocks(lines: Lines) -> Iterator[Block]:
    at = covered = 0
    while at < len(lines):
        line = lines.lines[at]
        heading = _HEADING.fullmatch(line) if line.startswith("*") else None
        end, kind = (at + 1, BlockKind.HEADING) if heading else _delimited(lines, at)
        if not end:
            at += 1
            continue
        yield from _prose(lines, covered, at)
        level, label = (len(heading[1]), plain_heading(heading[2])) if heading else (0, "")
        if block := lines.block(at, end, kind, level, label):
            yield block
        at = covered = end
    yield from _prose(lines, covered, len(lines))


def _delimited(lines: Lines, at: int) -> tuple[int, BlockKind]:
    """Return the end of the source block or drawer that begins on a line, 0 for none, and its kind."""
    line = lines.lines[at]
    if "#+" in line and (begin := _BEGIN.fullmatch(line)) and begin[1].lower() in _CODE:
        name = begin[1].lower()
        for number in range(at + 1, len(lines)):
            end = _END.fullmatch(lines.lines[number]) if "#+" in lines.lines[number] else None
            if end and end[1].lower() == name:
                return number + 1, BlockKind.CODE
            if _BEGIN.fullmatch(lines.lines[number]) or (name != "src" and _HEADING.fullmatch(lines.lines[number])):
                break
    elif line.lstrip()[:1] == ":" and _DRAWER.fullmatch(line):
        for number in range(at + 1, min(len(lines), at + 200)):
            if _DRAWER_END.fullmatch(lines.lines[number]):
                return number + 1, BlockKind.CODE
            if lines.lines[number].startswith("*"):
                break
    return 0, BlockKind.PARAGRAPH


def _prose(lines: Lines, first: int, stop: int) -> Iterator[Block]:
    """Yield paragraphs, list items, tables and literal lines between headings and delimited blocks."""
    for block in lines.paragraphs(first, stop):
        begin, end = block.anchor.start - 1, block.anchor.stop
        runs = [begin, *(n for n in range(begin + 1, end) if _starts(lines.lines[n], lines.lines[n - 1])), end]
        for start, after in pairwise(runs):
            if part := lines.block(start, after, _kind(lines.lines[start])):
                yield part


def _starts(line: str, before: str) -> bool:
    """Return whether a line that is not blank begins a new block."""
    if _LIST.match(line):
        return True
    kind = _kind(line)
    return kind is not _kind(before) and (kind is not BlockKind.PARAGRAPH or _kind(before) is not BlockKind.LIST)


def _kind(line: str) -> BlockKind:
    if _TABLE.match(line):
        return BlockKind.TABLE
    if _LITERAL.match(line):
        return BlockKind.CODE
    return BlockKind.LIST if _LIST.match(line) else BlockKind.PARAGRAPH
