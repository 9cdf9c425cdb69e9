"""How a passage is laid out: lines of the width of the terminal, and the few of them that hold the words looked for.

Everything here works on character ranges of the original text, so that the marks of a hit stay where they belong.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = ["WrappedLine", "layout", "unbroken", "width_of", "window"]

_WORD = re.compile(r"\S+")
_SOFT_LINE = 45  # a line this long that is followed by text at the margin was broken by an editor, not by its author
_BULLET = re.compile(r"(?:[-*+•]|\d{1,3}[.)])\s+")
_STARTS_BLOCK = re.compile(r"[-*+•>|#=~`.:]|\d{1,3}[.)]\s")
_BREAK = re.compile(r"\s*\n\s*")
_CLOSERS = frozenset("、。，．：；！？）」』】》,.;:!?)")
_TAB = 4
_CODE_HANG = 2  # a line of code that is too long goes on a little to the right


class WrappedLine(NamedTuple):
    """One line to show: `text[start:stop]`, in which a line break is a blank, `indent` columns from the margin."""

    start: int
    stop: int
    indent: int = 0


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def width_of(text: str) -> int:
    """Return how many columns a terminal needs for a text."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _pieces(text: str, start: int, stop: int, width: int) -> Iterator[tuple[int, int]]:
    """Break one run without blanks where it may be broken: around wide characters, and where it is too long."""
    begin, used, last = start, 0, 1
    for i in range(start, stop):
        columns = _char_width(text[i])
        may_break = columns > 0 and 2 in (columns, last) and text[i] not in _CLOSERS
        if i > begin and (may_break or used + columns > width):
            yield begin, i
            begin, used = i, 0
        used += columns
        last = columns or last
    yield begin, stop


def _atoms(text: str, start: int, stop: int, width: int) -> Iterator[tuple[int, int]]:
    for match in _WORD.finditer(text, start, stop):
        run = match.group()
        if run.isascii() and len(run) <= width:
            yield match.span()
        else:
            yield from _pieces(text, *match.span(), width)


def _fill(text: str, start: int, stop: int, width: int, hang: int) -> Iterator[tuple[int, int]]:
    """Fill lines greedily, all but the first shorter by `hang`; blanks at a break are dropped."""
    begin = end = -1
    used = 0
    plain = text.isascii()
    for a, b in _atoms(text, start, stop, width - hang):
        needed = b - a if plain else width_of(text[a:b])
        gap = 0 if begin < 0 else 1 if plain and a == end + 1 else width_of(unbroken(text[end:a]))
        if begin >= 0 and used + gap + needed <= width:
            end, used = b, used + gap + needed
            continue
        if begin >= 0:
            yield begin, end
        begin, end, used = a, b, needed + (hang if begin >= 0 else 0)
    if begin >= 0:
        yield begin, end


def unbroken(text: str) -> str:
    """Return a stretch of text as it stands on one line."""
    return _BREAK.sub(" ", text)


def _source_lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _hang(line: str) -> int:
    """Return how far a bullet or number moves the text of a list item to the right."""
    bullet = _BULLET.match(line.lstrip())
    return bullet.end() if bullet else 0


def _joins(first: str, before: str, after: str) -> bool:
    """Whether a break between two lines of the paragraph that `first` began is only a matter of the file's width."""
    margin = _indent(first) + (_hang(first) if _indent(after) else 0)
    return len(before) >= _SOFT_LINE and _indent(after) == margin and not _STARTS_BLOCK.match(after.lstrip())


def _stretches(text: str, reflow: bool) -> Iterator[tuple[int, int]]:
    """Yield the stretches that are laid out on their own: paragraphs of prose, single lines of the rest."""
    lines = [span for span in _source_lines(text) if text[span[0] : span[1]].strip()]
    if not lines:
        return
    first = lines[0]
    for (a, b), (c, d) in pairwise(lines):
        if not (reflow and c == b + 1 and _joins(text[slice(*first)], text[a:b], text[c:d])):
            yield first[0], b
            first = (c, d)
    yield first[0], lines[-1][1]


def layout(text: str, width: int, *, reflow: bool = True) -> list[WrappedLine]:
    """Break a text into lines of at most `width` columns; `reflow` joins lines of prose that an editor had broken."""
    laid: list[WrappedLine] = []
    for start, stop in _stretches(text, reflow):
        body = start + _indent(text[start:stop])
        indent = min(len(text[start:body].expandtabs(_TAB)), width // 2)
        hang = _hang(text[body:stop]) if reflow else _CODE_HANG
        for a, b in _fill(text, body, stop, width - indent, hang):
            laid.append(WrappedLine(a, b, indent + (hang if a > body else 0)))
    return laid


def _marked_words(text: str, line: WrappedLine, marks: Sequence[tuple[int, int]]) -> set[str]:
    return {text[a:b].casefold() for a, b in marks if line.start <= a < line.stop}


def window(text: str, lines: Sequence[WrappedLine], marks: Sequence[tuple[int, int]], limit: int) -> tuple[int, int]:
    """Return the range of at most `limit` lines that holds most different marked words, then most marks.

    Among equals the one where a single line leads to the first marked word, then the earliest.
    """
    if len(lines) <= limit:
        return 0, len(lines)
    words = [_marked_words(text, line, marks) for line in lines]

    def worth(first: int) -> tuple[int, int, int, int]:
        shown = words[first : first + limit]
        lead = next((i for i, found in enumerate(shown) if found), 0)
        return len(set().union(*shown)), sum(map(len, shown)), -abs(lead - 1), -first

    first = max(range(len(lines) - limit + 1), key=worth)
    return first, first + limit
