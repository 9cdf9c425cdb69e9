"""Tables of a PDF page: lines under each other whose words have wide white at the same places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from semsearch.corpus.readers.pdf_lines import Line, PageText

__all__ = ["mark_tables"]

_WIDE = 0.9
"""Of the font's size, how wide the white between two cells is at least; a blank has a third."""
_BLANKS = 2.5
"""How many of the line's own blanks: they are wide in justified text and in a typewriter's font."""
_SPARSE = 0.56
"""Width of a character, of the font's size, from which on a line may have such white in it."""
_LONGEST = 60
"""Characters that cells have at most, in the mean."""
_FARTHEST = 3.5
"""Rows are at most this many font sizes apart."""
_MARKER = re.compile(r"[^\w\s]|\(?\w{1,3}[.)]|\d{1,2}(?:\.\d{1,2}){1,3}")
"""What stands before an item of a list, with white after it."""

Gap: TypeAlias = tuple[float, float, int]


@dataclass(slots=True)
class _Row:
    """A line, and the white between its cells."""

    line: Line
    gaps: list[Gap]


def mark_tables(page: PageText, lines: Sequence[Line]) -> None:
    """Set `table` of the lines that are rows, and ` | ` between their cells."""
    rows: dict[int, _Row] = {}

    def row(at: int) -> _Row:
        if at not in rows:
            rows[at] = _row(page, lines[at])
        return rows[at]

    tables = done = 0
    for at, line in enumerate(lines):
        if at < done or not _sparse(line) or not row(at).gaps:
            continue
        first, last = at, at
        while first > done and _aligned(row(first - 1), row(first)):
            first -= 1
        while last + 1 < len(lines) and _aligned(row(last), row(last + 1)):
            last += 1
        found = [row(number) for number in range(first, last + 1)]
        if _is_table(found):
            tables += 1
            done = last + 1
            for one in found:
                _mark(page, one, tables)


def _sparse(line: Line) -> bool:
    """Tell cheaply whether a line may have cells."""
    if len(line.spans) > 1:
        return True
    return line.size > 0 and " " in line.text and line.right - line.left > _SPARSE * line.size * len(line.text)


def _row(page: PageText, line: Line) -> _Row:
    if line.size <= 0:
        return _Row(line, [])
    gaps = page.gaps(line, 0.0)
    blank = min((right - left for left, right, _ in gaps), default=0.0)
    least = max(_WIDE * line.size, _BLANKS * blank if blank < _WIDE * line.size else 0.0)
    gaps = [gap for gap in gaps if gap[1] - gap[0] >= least]
    if gaps and _MARKER.fullmatch(page.text[line.spans[0][0] : gaps[0][2]].strip()):
        del gaps[0]
    return _Row(line, gaps)


def _aligned(above: _Row, below: _Row) -> bool:
    """Tell whether two rows have white at one place, and stand under each other."""
    step = above.line.bottom - below.line.start
    if not 0 < step < _FARTHEST * above.line.size:
        return False
    least = 0.3 * above.line.size
    return any(min(a[1], b[1]) - max(a[0], b[0]) > least for a in above.gaps for b in below.gaps)


def _is_table(rows: Sequence[_Row]) -> bool:
    cells = sum(len(row.gaps) + 1 for row in rows)
    length = sum(len(row.line.text) for row in rows) / cells
    if len(rows) == 2:
        return length <= _LONGEST / 2
    return len(rows) > 2 and length <= _LONGEST


def _mark(page: PageText, row: _Row, number: int) -> None:
    starts = {at for _, _, at in row.gaps}
    parts: list[str] = []
    for first, last in row.line.spans:
        cuts = sorted({first, *(at for at in starts if first < at <= last)})
        for start, stop in zip(cuts, [*cuts[1:], last + 1], strict=True):
            text = " ".join(page.text[start:stop].split())
            if parts and start not in starts:
                parts[-1] += " " + text
            elif text:
                parts.append(text)
    row.line.text = " | ".join(parts)
    row.line.table = number
