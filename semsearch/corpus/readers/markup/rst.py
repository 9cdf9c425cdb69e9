"""reStructuredText by its layout: section titles, directives, literal blocks, lists and tables.

Nothing is executed or included, and unknown directives and roles do no harm, so a page for a documentation tool
keeps all its text and its exact lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from semsearch.corpus.readers.markup.front_matter import plain_value
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Block, BlockKind, Parsed, Value

__all__ = ["parse", "read"]

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+\s*")
_FIELD = re.compile(r":([A-Za-z][\w .-]{0,60}):\s+(\S.*)")
_CODE = re.compile(r"\s*\.\. (?:code|code-block|sourcecode|highlight|parsed-literal|doctest|testcode|ipython)::")
_LIST = re.compile(r"\s*(?:[-*+•]|\(?(?:\d{1,3}|[A-Za-z#])[.)])\s+\S")
_TABLE = re.compile(r"\s*(?:\+[-=+]{3,}|={2,}\s+={2,})")
_ROLE = re.compile(r":[\w:.+-]+:`(?:([^`<]*?)\s*<[^`>]*>|~?([^`]*))`")
_LINK = re.compile(r"`([^`<]*?)\s*<[^`>]*>`__?|`([^`]+)`__?")
_MARKUP = re.compile(r"``|\*\*|(?<!\w)[*`|]|[*`|](?!\w)|\\(?=\S)")

_ABOVE = 8
"""Blocks in which the title is looked for: a licence, includes, fields and targets may precede it."""


def read(data: bytes) -> Parsed:
    """Read a reStructuredText file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse reStructuredText; the title is the first section title, and a field list at the top is metadata."""
    lines = Lines(text)
    found: list[Block] = []
    styles: list[tuple[str, bool]] = []
    covered = 0
    for begin, end, title, style in _titles(lines):
        found.extend(_body(lines, covered, begin))
        if style not in styles:
            styles.append(style)
        block = lines.block(begin, end, BlockKind.HEADING, styles.index(style) + 1, plain_title(title))
        if block:
            found.append(block)
        covered = end
    found.extend(_body(lines, covered, len(lines)))
    title = next((block.label for block in found[:_ABOVE] if block.kind is BlockKind.HEADING), "")
    return Parsed(text, tuple(found), title, _fields(text, found))


def _titles(lines: Lines) -> Iterator[tuple[int, int, str, tuple[str, bool]]]:
    """Yield (first line, end, title, (character, overlined)) of every section title.

    A title follows a blank line, is not indented, and is above a run of one punctuation character of at least its
    length; with such a run above it as well, it may be indented and follow anything.
    """
    at, free = 0, True
    while at + 1 < len(lines):
        line = lines.lines[at]
        if lines.blank(at):
            at, free = at + 1, True
            continue
        adorned = _ADORNMENT.fullmatch(line)
        if adorned and at + 2 < len(lines) and _overlined(lines, at):
            yield at, at + 3, lines.lines[at + 1].strip(), (adorned[1], True)
            at, free = at + 3, True
        elif free and not adorned and not line[0].isspace() and _underlines(lines.lines[at + 1], line):
            yield at, at + 2, line.strip(), (lines.lines[at + 1][0], False)
            at, free = at + 2, True
        else:
            at, free = at + 1, False


def _overlined(lines: Lines, at: int) -> bool:
    title = lines.lines[at + 1]
    over, under = lines.lines[at].rstrip(), lines.lines[at + 2].rstrip()
    return over == under and not lines.blank(at + 1) and not _ADORNMENT.fullmatch(title) and _underlines(under, title)


def _underlines(under: str, title: str) -> bool:
    under = under.rstrip()
    if not _ADORNMENT.fullmatch(under):
        return False
    return len(under) >= _width(title.rstrip()) or (len(under) >= 4 and len(under) + 2 >= len(title.rstrip()))


def _width(text: str) -> int:
    """Return the columns that a text takes: wide East Asian characters take two."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _body(lines: Lines, first: int, stop: int) -> Iterator[Block]:
    """Yield the blocks between two titles; indented text below a `::` or a code directive is code."""
    literal = False
    for block in lines.paragraphs(first, stop):
        top = lines.lines[block.anchor.start - 1]
        last = lines.lines[block.anchor.stop - 1]
        indented = top[0].isspace()
        literal = literal and indented
        if literal or _CODE.match(top):
            kind = BlockKind.CODE
        elif _TABLE.match(top):
            kind = BlockKind.TABLE
        elif _LIST.match(top):
            kind = BlockKind.LIST
        else:
            kind = BlockKind.PARAGRAPH
        literal = literal or bool(_CODE.match(top)) or (last.rstrip().endswith("::") and not _is_directive(last))
        yield Block(block.start, block.stop, kind, block.anchor)


def _is_directive(line: str) -> bool:
    return line.lstrip().startswith(".. ")


def _fields(text: str, found: list[Block]) -> dict[str, Value]:
    """Return the field list before or right below the title."""
    for block in [block for block in found[:3] if block.kind is not BlockKind.HEADING][:1]:
        lines = text[block.start : block.stop].split("\n")
        if _FIELD.fullmatch(lines[0]):
            matches = filter(None, map(_FIELD.fullmatch, lines))
            return {match[1].lower(): plain_value(match[2].strip()) for match in matches}
    return {}


def plain_title(text: str) -> str:
    """Return the words of a title without inline markup."""
    text = _ROLE.sub(lambda match: match[1] or match[2] or "", text[:2000])
    text = _LINK.sub(lambda match: match[1] or match[2] or "", text)
    return " ".join(_MARKUP.sub("", text).split())
