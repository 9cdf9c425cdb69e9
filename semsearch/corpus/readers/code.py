"""Source code: functions, classes and the like are sections named by their symbol; blocks end at blank lines.

Definitions are found line by line and nested by indentation, so a file that does not compile, or is written for another
version of its language, reads as well as any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from semsearch.corpus.blocks import Lines
from semsearch.corpus.decode import decode
from semsearch.corpus.readers.languages import DEFINITIONS
from semsearch.types import Anchor, AnchorKind, Block, BlockKind, Parsed

__all__ = ["parse", "read"]

DEEPEST = 3
"""Definitions nested deeper than this are part of the one around them."""
LONGEST_LINE = 400
"""A longer line is generated; no definition is looked for in it."""


@dataclass(frozen=True, slots=True)
class _Definition:
    """A definition on line `line`, its comments and decorators from `first` on."""

    first: int
    line: int
    indent: int
    name: str


def read(data: bytes, suffix: str) -> Parsed:
    """Read a source file; `suffix` is its document type."""
    return parse(decode(data), suffix)


def parse(text: str, suffix: str) -> Parsed:
    """Return the code of a file as blocks under the names of its definitions."""
    lines = Lines(text)
    if suffix in ("py", "pyi"):
        found, inside, title = _python(lines)
    else:
        found, inside, title = _by_line(lines, DEFINITIONS.get(suffix)), set(), ""
    return Parsed(text, tuple(_blocks(lines, found, inside)), title)


def _blocks(lines: Lines, found: list[_Definition], inside: set[int]) -> Iterator[Block]:
    """Yield headings and code; `inside` are lines that continue a string and say nothing by their indentation."""
    starts = {definition.first: definition for definition in found}
    open_at: list[int] = []
    covered = at = 0
    while at < len(lines):
        definition = starts.get(at)
        if definition is None and (at in inside or not open_at or not _closes(lines.lines[at], open_at[-1])):
            at += 1
            continue
        indent = definition.indent if definition else _indent(lines.lines[at])
        depth = sum(outer < indent for outer in open_at)
        if definition and depth >= DEEPEST:
            at += 1
            continue
        yield from _code(lines, covered, at)
        del open_at[depth:]
        if definition is None:
            yield _end(lines, at, depth + 1)
            covered, at = at, at + 1
            continue
        open_at.append(indent)
        block = lines.block(at, definition.line + 1, BlockKind.HEADING, depth + 1, definition.name)
        if block:
            yield block
        covered = at = definition.line + 1
    yield from _code(lines, covered, len(lines))


def _code(lines: Lines, first: int, stop: int) -> Iterator[Block]:
    for block in lines.paragraphs(first, stop):
        yield Block(block.start, block.stop, BlockKind.CODE, block.anchor)


def _end(lines: Lines, at: int, level: int) -> Block:
    """Return the heading without text that ends the definitions open at a level."""
    start = lines.starts[at]
    return Block(start, start, BlockKind.HEADING, Anchor(AnchorKind.LINE, at + 1, at + 1), level)


def _closes(line: str, indent: int) -> bool:
    """Tell whether a line stands outside of a definition at `indent`; its own brackets do not."""
    return bool(line) and not line.isspace() and _indent(line) <= indent and line.lstrip()[0] not in "{)]}"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


_LEADING = re.compile(r"\s*(?:#|//|/\*|\*|--|;|%|@|\[)")


def _leading(lines: Lines, at: int, floor: int) -> int:
    """Return the first of the comment and decorator lines right above a definition, none before `floor`."""
    indent = _indent(lines.lines[at])
    while at > floor and _LEADING.match(lines.lines[at - 1]) and abs(_indent(lines.lines[at - 1]) - indent) <= 1:
        at -= 1
    return at


def _by_line(lines: Lines, pattern: re.Pattern[str] | None) -> list[_Definition]:
    if pattern is None:
        return []
    found: list[_Definition] = []
    for at, line in enumerate(lines.lines):
        match = pattern.match(line) if line and len(line) <= LONGEST_LINE else None
        if match and match.lastindex:
            floor = found[-1].line + 1 if found else 0
            name = " ".join(match[match.lastindex].split())
            found.append(_Definition(_leading(lines, at, floor), at, _indent(line), name))
    return found


_PYTHON = re.compile(
    r'''\#[^\n]*
    | (?P<long> """(?:[^"\\]|\\.|"(?!""))*+(?:"""|\Z) | \'\'\'(?:[^'\\]|\\.|'(?!''))*+(?:\'\'\'|\Z) )
    | "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'?
    | ^(?P<indent>[ \t]*)(?:async[ \t]+)?(?:def|class)[ \t]+(?P<name>\w+)''',
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


def _python(lines: Lines) -> tuple[list[_Definition], set[int], str]:
    """Return definitions, the lines inside long strings, and the first line of the module's docstring."""
    found: list[_Definition] = []
    inside: set[int] = set()
    title, bare = "", True
    line = counted = end = 0
    for match in _PYTHON.finditer(lines.text):
        line += lines.text.count("\n", counted, match.start())
        counted = match.start()
        bare = bare and not lines.text[end : match.start()].strip(" \t\n\f\ufeffrRuU")
        end = match.end()
        if match["long"]:
            breaks = match["long"].count("\n")
            inside.update(range(line + 1, line + breaks + 1))
            if bare:
                title = _first_line(match["long"].strip("\"'"))
        elif match["name"]:
            floor = found[-1].line + 1 if found else 0
            found.append(_Definition(_leading(lines, line, floor), line, len(match["indent"]), match["name"]))
        bare = bare and match[0].startswith("#")
    return [item for item in found if item.first not in inside], inside, title


def _first_line(text: str) -> str:
    first = text.strip().split("\n", 1)[0].strip()
    return first.rstrip(".") if len(first) <= 120 else ""
