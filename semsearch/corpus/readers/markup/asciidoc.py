"""AsciiDoc by its layout: section titles, delimited blocks, lists and tables; nothing is included or evaluated.

The text stays as it is in the file, so that line numbers match; only comments belong to no block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from semsearch.corpus.readers.markup.front_matter import plain_value
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Block, BlockKind, Parsed, Value

__all__ = ["parse", "plain_title", "read"]

_TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(\S.*)")
_CAN_BE_TITLE = re.compile(r"[^\W_].{0,119}(?<!::)(?<!;;)")
_UNDERLINES = {"=": 1, "-": 2, "~": 3, "^": 4, "+": 5}
_UNDERLINE = re.compile(r"(=|-|~|\^|\+)\1+[ \t]*")
_DELIMITER = re.compile(r"(?:(?P<code>-{4,}|\.{4,}|\+{4,})|(?P<comment>/{4,})|(?P<table>[|,:!]={3,})|(`{3})\S*)[ \t]*")
_ABOVE = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--|\+|\[[^\]]*\]|\.[^\s.].*)[ \t]*")
"""Lines above a paragraph or a list: delimiters of examples and quotes, attributes, its title."""
_ATTRIBUTE = re.compile(r":([A-Za-z_][\w-]*):(?:[ \t]+(\S.*)?)?")
_IN_HEADER = re.compile(rf"//.*|{_ATTRIBUTE.pattern}")
_LIST = re.compile(r"[ \t]*(?:\*{1,5}|-|\.{1,5}|\d{1,3}\.|[a-zA-Z]\.|<\.>|<\d+>)[ \t]+\S|\S.*?(?:::|;;)(?:[ \t]|$)")
_AUTHOR = re.compile(r"[^\W\d_][\w.'-]*(?:[ \t]+[\w.'-]+){0,3}(?:[ \t]*<[^<>\s]+>)?(?:;.*)?")
_REVISION = re.compile(r"(?:v?(?P<version>[\w.]+),[ \t]*)?(?P<date>\d{4}-\d\d-\d\d)?(?::.*)?[ \t]*|v(?P<only>\d[\w.]*)")
_CODE_STYLE = re.compile(r"\[(?:source|listing|literal|verse|stem|latexmath|asciimath)\b[^\]]*\][ \t]*")
_FIELDS = {"author": "author", "keywords": "tags", "description": "description", "revdate": "date", "lang": "language"}
_LINK = re.compile(r"(?:link|xref|https?|mailto):[^\s\[\]]*\[([^\[\]]*)\]|<<[^<>,]*,([^<>]*)>>")
_MARKUP = re.compile(r"\[\[[^\[\]]*\]\]|\[#?[\w.-]*\](?=[*_`])|(?<!\w)[*_`]{1,2}(?=\w)|(?<=[\w.!?)])[*_`]{1,2}(?!\w)")


def read(data: bytes) -> Parsed:
    """Read an AsciiDoc file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse AsciiDoc: the document title is the title, its author line and attributes are metadata."""
    lines = Lines(text)
    covered, title, metadata = _header(lines)
    blocks: list[Block] = []
    if block := lines.block(0, covered, BlockKind.HEADING, 1, title):
        blocks.append(block)
    blocks.extend(_blocks(lines, covered))
    if not title:
        title = next((block.label for block in blocks[:3] if block.kind is BlockKind.HEADING), "")
    return Parsed(text, tuple(blocks), title, metadata)


def _header(lines: Lines) -> tuple[int, str, dict[str, Value]]:
    """Return the number of header lines, and the title and the metadata in them."""
    at = 0
    while at < len(lines) and (lines.blank(at) or _IN_HEADER.fullmatch(lines.lines[at])):
        at += 1
    level, title, end = _title(lines, at)
    if level != 1:
        return 0, "", _attributes(lines.lines[:at])
    metadata: dict[str, Value] = {}
    if end < len(lines) and _AUTHOR.fullmatch(lines.lines[end].strip()):
        names = [re.sub(r"<[^<>]*>", "", name).strip() for name in lines.lines[end].split(";")]
        metadata["author"] = ", ".join(filter(None, names))
        end += 1
        revision = _REVISION.fullmatch(lines.lines[end].strip()) if end < len(lines) else None
        if revision and not lines.blank(end):
            metadata |= {key: value for key in ("version", "date") if (value := revision[key] or "")}
            end += 1
    while end < len(lines) and _IN_HEADER.fullmatch(lines.lines[end]):
        end += 1
    return end, title, metadata | _attributes(lines.lines[:end])


def _attributes(lines: list[str]) -> dict[str, Value]:
    matches = filter(None, map(_ATTRIBUTE.fullmatch, lines))
    return {
        _FIELDS[match[1]]: plain_value(match[2].rstrip(" \t")) for match in matches if match[2] and match[1] in _FIELDS
    }


def _title(lines: Lines, at: int) -> tuple[int, str, int]:
    """Return (level, words, end) of a section title on a line; level 0 when there is none."""
    line = lines.lines[at] if at < len(lines) else ""
    if match := _TITLE.fullmatch(line):
        return len(match[1]), plain_title(_words(match[2], match[1])), at + 1
    if at + 1 < len(lines) and _CAN_BE_TITLE.fullmatch(line.rstrip()):
        under = lines.lines[at + 1].rstrip()
        if _UNDERLINE.fullmatch(under) and abs(len(under) - len(line.rstrip())) <= 2:
            return _UNDERLINES[under[0]], plain_title(line), at + 2
    return 0, "", at


def _words(title: str, mark: str) -> str:
    """Return a title without an optional closing mark: `== Title ==`."""
    words = title.rstrip(" \t")
    before = words.removesuffix(mark)
    return before if before[-1:] in (" ", "\t") else words


def _blocks(lines: Lines, first: int) -> Iterator[Block]:
    """Yield the blocks below the header."""
    at = covered = first
    free = True
    while at < len(lines):
        line = lines.lines[at]
        if not line or line.isspace():
            at, free = at + 1, True
            continue
        end, kind = _delimited(lines, at)
        if end:
            yield from _prose(lines, covered, at)
            if kind and (block := lines.block(at, end, kind)):
                yield block
            at = covered = end
            free = True
            continue
        level, title, after = _title(lines, at) if free else (0, "", at)
        if level:
            yield from _prose(lines, covered, at)
            if block := lines.block(at, after, BlockKind.HEADING, level, title):
                yield block
            at = covered = after
        else:
            free = line.startswith(("[", "//")) and free  # attributes and comments may precede a title
            at += 1
    yield from _prose(lines, covered, len(lines))


def _delimited(lines: Lines, at: int) -> tuple[int, BlockKind | None]:
    """Return the end of the delimited block that begins on a line (0: none), and its kind; None for a comment."""
    line = lines.lines[at]
    if line.startswith("//") and not line.startswith("///"):
        return at + 1, None
    if line[:1] not in "-.+/|,:!`" or not (match := _DELIMITER.fullmatch(line)):
        return 0, None
    mark = match[4] or line.rstrip()
    end = next((n + 1 for n in range(at + 1, len(lines)) if lines.lines[n].rstrip() == mark), 0)
    if not end:
        return 0, None
    return end, None if match["comment"] else BlockKind.TABLE if match["table"] else BlockKind.CODE


def _prose(lines: Lines, first: int, stop: int) -> Iterator[Block]:
    """Yield the paragraphs and lists between titles and delimited blocks."""
    for block in lines.paragraphs(first, stop):
        begin, end = block.anchor.start - 1, block.anchor.stop
        inner = next((n for n in range(begin, end) if not _ABOVE.fullmatch(lines.lines[n])), begin)
        if _LIST.match(lines.lines[inner]):
            yield from _items(lines, begin, inner, end)
        elif lines.lines[inner][0].isspace() or any(map(_CODE_STYLE.fullmatch, lines.lines[begin:inner])):
            yield Block(block.start, block.stop, BlockKind.CODE, block.anchor)
        else:
            yield block


def _items(lines: Lines, begin: int, first: int, stop: int) -> Iterator[Block]:
    """Yield the items of a list that begins on line `first`; lines from `begin` belong to the first item."""
    starts = [begin, *(n for n in range(first + 1, stop) if _LIST.match(lines.lines[n]))]
    for start, end in zip(starts, [*starts[1:], stop], strict=True):
        if block := lines.block(start, end, BlockKind.LIST):
            yield block


def plain_title(text: str) -> str:
    """Return the words of a title without inline markup."""
    text = _LINK.sub(lambda match: match[1] or match[2] or "", text[:2000])
    return " ".join(_MARKUP.sub("", text).split())
