"""Tables of a PDF page: consecutive lines whose words have wide gaps at the same positions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from semsearch.corpus.readers.pdf.lines import LEADER, Line, PageText

__all__ = ["mark_tables"]

_WIDE = 0.9
"""Smallest gap between two cells, in font sizes; a blank has a third."""
_BLANKS = 2.5
"""The same in blanks of the line itself: these are wide in justified text and in monospaced fonts."""
_LONGEST = 60
"""Largest mean length of cells, in characters."""
_FARTHEST = 3.5
"""Largest distance of rows, in font sizes."""
_CLOSE = 1.7
"""Largest distance of lines in one cell, in font sizes."""
_MORE = 6
"""Most additional lines of a cell."""
_MARKER = re.compile(r"[^\w\s]|\(?\w{1,3}[.)]|\d{1,2}(?:\.\d{1,2}){1,3}")
"""The marker of a list item, followed by a gap."""

Gap: TypeAlias = tuple[float, float, int]


@dataclass(slots=True)
class _Row:
    """A line, and the gaps between its cells."""

    line: Line
    gaps: list[Gap]
    more: list[tuple[_Row, list[int]]] = field(default_factory=list)
    """Lines that continue its cells, and the numbers of these cells."""

    @property
    def lefts(self) -> list[float]:
        """The left edges of its cells."""
        return [self.line.left, *(right for _, right, _ in self.gaps)]

    @property
    def last(self) -> Line:
        """Its lowest line."""
        return self.more[-1][0].line if self.more else self.line


def mark_tables(page: PageText, lines: Sequence[Line]) -> None:
    """Set `table` of lines that are rows, and put ` | ` between their cells.

    A line that continues cells of the row above is joined to it, and is left without text.
    """
    rows: dict[int, _Row] = {}

    def row(at: int) -> _Row:
        if at not in rows:
            rows[at] = _row(page, lines[at])
        return rows[at]

    tables = done = 0
    for at, line in enumerate(lines):
        if at < done or not (line.sparse or len(line.spans) > 1) or not row(at).gaps:
            continue
        first = at
        while first > done and _aligned(row(first - 1), row(first)):
            first -= 1
        stop, table = _rows_from(first, len(lines), row)
        if _is_table(table):
            tables += 1
            done = stop
            for member in table:
                _mark(page, member, tables)


def _rows_from(first: int, stop: int, row: Callable[[int], _Row]) -> tuple[int, list[_Row]]:
    """Return the rows from number `first` on, and their end, at most `stop`."""
    rows = [row(first)]
    for at in range(first + 1, stop):
        below = row(at)
        columns = _continued_cells(rows, below)
        if columns:
            rows[-1].more.append((below, columns))
        elif _aligned(rows[-1], below):
            rows.append(below)
        else:
            return at, rows
    return stop, rows


def _row(page: PageText, line: Line) -> _Row:
    if line.size <= 0 or LEADER.search(line.text):
        return _Row(line, [])
    gaps = page.gaps(line, 0.0)
    blank = min((right - left for left, right, _ in gaps), default=0.0)
    least = max(_WIDE * line.size, _BLANKS * blank if blank < _WIDE * line.size else 0.0)
    gaps = [gap for gap in gaps if gap[1] - gap[0] >= least]
    if gaps and _MARKER.fullmatch(page.text[line.spans[0][0] : gaps[0][2]].strip()):
        del gaps[0]
    return _Row(line, gaps)


def _aligned(above: _Row, below: _Row) -> bool:
    """Return whether two rows have a gap at the same position, one closely below the other."""
    step = above.last.bottom - below.line.start
    if not 0 < step < _FARTHEST * above.line.size:
        return False
    least = 0.3 * above.line.size
    return any(min(a[1], b[1]) - max(a[0], b[0]) > least for a in above.gaps for b in below.gaps)


def _continued_cells(rows: Sequence[_Row], below: _Row) -> list[int]:
    """Return which cells of the last row the line below continues; none when it is a row itself.

    It must not continue the first cell only, and several cells only if it is closer than the usual row distance.
    """
    above, line = rows[-1], below.line
    step = above.last.bottom - line.start
    if not above.gaps or not 0 < step < _CLOSE * above.line.size or len(above.more) > _MORE:
        return []
    lefts = above.lefts
    columns: list[int] = []
    rights = [*(left for left, _, _ in below.gaps), line.right]
    for left, right in zip(below.lefts, rights, strict=True):
        at = min(range(len(lefts)), key=lambda number: abs(lefts[number] - left))
        if abs(lefts[at] - left) > 0.5 * above.line.size or (at + 1 < len(lefts) and right > lefts[at + 1]):
            return []
        columns.append(at)
    if line.wraps:
        return columns
    near = len(columns) == 1 or (len(rows) > 1 and step < 0.85 * (rows[-2].last.bottom - above.line.start))
    words = above.line.text[-1:].isalpha() or any(map(str.isalpha, line.text))
    return columns if near and columns[0] > 0 and words else []


def _is_table(rows: Sequence[_Row]) -> bool:
    cells = sum(len(row.gaps) + 1 for row in rows)
    length = sum(len(row.line.text) for row in rows) / cells
    if len(rows) == 2:
        return length <= _LONGEST / 2
    return len(rows) > 2 and length <= _LONGEST


def _mark(page: PageText, row: _Row, number: int) -> None:
    cells = _cells(page, row)
    for more, columns in row.more:
        for at, text in zip(columns, _cells(page, more), strict=False):
            cells[min(at, len(cells) - 1)] += " " + text
        more.line.text = ""
    row.line.text = " | ".join(filter(None, cells))
    row.line.table = number


def _cells(page: PageText, row: _Row) -> list[str]:
    starts = {at for _, _, at in row.gaps}
    cells: list[str] = []
    for first, last in row.line.spans:
        cuts = sorted({first, *(at for at in starts if first < at <= last)})
        for start, stop in zip(cuts, [*cuts[1:], last + 1], strict=True):
            text = " ".join(page.text[start:stop].split())
            if cells and start not in starts:
                cells[-1] += " " + text
            else:
                cells.append(text)
    return cells
