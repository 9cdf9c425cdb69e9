"""Definitions in source code as line ranges, and the blocks they form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from semsearch.corpus.text.blocks import Lines
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind

__all__ = ["Definition", "blocks", "nested"]

DEEPEST = 4
"""Definitions nested deeper are part of the one around them."""


@dataclass(slots=True)
class Definition:
    """Lines [first, stop) that define `name`, which is on `line`; comments and decorators come before it."""

    first: int
    line: int
    stop: int
    name: str
    level: int = 0


def nested(found: Iterable[Definition], *, clauses: bool = False) -> list[Definition]:
    """Return definitions that are nested in or follow each other, in order, each with its level from 1.

    One that begins on the same line as the one around it, or is too deep, is dropped. With `clauses`, neighbours of the
    same name are merged.
    """
    out: list[Definition] = []
    around: list[Definition] = []
    last: dict[int, Definition] = {}
    for one in sorted(found, key=lambda d: (d.first, -d.stop)):
        while around and (one.first >= around[-1].stop or one.stop > around[-1].stop):
            around.pop()
        if out and one.first <= out[-1].line:
            continue
        one.level = len(around) + 1
        before = last.get(one.level)
        for ended in range(one.level, DEEPEST + 1):  # the previous one may end on this line
            if (inner := last.get(ended)) is not None:
                inner.stop = min(inner.stop, one.first)
        if clauses and before and before.name == one.name:
            before.stop = one.stop
            around.append(before)
        elif one.level <= DEEPEST:
            around.append(one)
            out.append(one)
            last[one.level] = one
            for deeper in range(one.level + 1, DEEPEST + 1):
                last.pop(deeper, None)
    return out


def blocks(lines: Lines, found: list[Definition]) -> Iterator[Block]:
    """Yield headings and code: a heading is a definition down to its name; code blocks end at blank lines.

    When that would leave no body (a definition of one line, a comment above a class that begins with a method), the
    heading is empty and the lines are code, so that they are in the text and not only a name above it.
    """
    around: list[Definition] = []
    covered = 0
    end = Definition(len(lines), len(lines), len(lines), "")
    for one, following in pairwise([*found, end, end]):
        while around and around[-1].stop <= one.first:
            done = around.pop()
            stop = min(one.first, around[-1].stop) if around else one.first
            rest = _rest(lines, done.stop, stop)
            if rest is not None:
                yield from _code(lines, covered, rest)
                yield _empty(lines, rest, done.level)
                covered = rest
        yield from _code(lines, covered, one.first)
        covered = one.first
        if one is not end:
            body = _rest(lines, one.line + 1, min(one.stop, following.first))
            complete = body is None and (one.first < one.line or one.stop <= following.first)
            heading = _empty(lines, one.first, one.level, one.name)
            if not complete:
                heading = lines.block(one.first, one.line + 1, BlockKind.HEADING, one.level, one.name) or heading
                covered = one.line + 1
            yield heading
            around.append(one)


_CLOSING = re.compile(r"\s*+(?:end|fi|done)?[\W_]*+$")


def _rest(lines: Lines, first: int, stop: int) -> int | None:
    """Return the first line in [first, stop) with more than closing brackets or keywords; None without one."""
    return next((at for at in range(first, stop) if not _CLOSING.match(lines.lines[at])), None)


def _code(lines: Lines, first: int, stop: int) -> Iterator[Block]:
    for block in lines.paragraphs(first, stop):
        yield Block(block.start, block.stop, BlockKind.CODE, block.anchor)


def _empty(lines: Lines, at: int, level: int, label: str = "") -> Block:
    """Return a heading without text; one without a label ends the open definitions of its level."""
    start = lines.starts[at]
    return Block(start, start, BlockKind.HEADING, Anchor(AnchorKind.LINE, at + 1, at + 1), level, label)
