"""The reading order of a page: columns one after the other, whatever the drawing order.

Usually the order of the page's content is the reading order, and nothing is changed. Two signs show that it is not:
wide lines with a common gap (columns drawn row by row), and lines that jump up and down the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from semsearch.corpus.readers.pdf.lines import LEADER, Line, PageText

__all__ = ["cut", "in_reading_order"]

_WIDE = 0.55
"""Smallest share of the text's width of a line that may span two columns."""
_SAMPLES = 8
"""Wide lines that are examined before all of them are."""
_MOST = 0.6
"""Share of these lines that must have a gap at one position."""
_LONG = 24
"""Smallest median length of a column's lines, in characters: shorter ones are cells of a table."""
_DEEPEST = 3
"""Deepest nesting of columns."""
_JUMPS = 0.25
"""Share of steps from line to line that may lead up the page before its order is considered wrong."""


def in_reading_order(page: PageText, lines: list[Line]) -> list[list[Line]]:
    """Return the lines of a page in reading order, in groups that do not share lines of text side by side."""
    if _disordered(lines):
        return cut([part for line in lines for part in _parts(page, line)])
    return list(_columns(page, lines, 0))


def _parts(page: PageText, line: Line) -> list[Line]:
    """Return a line split at wide gaps: lines of two columns that were drawn one after the other."""
    first, last = line.spans[0]
    starts = [first, *(at for _, _, at in page.gaps(line, 1.5 * line.size))] if line.size > 0 else [first]
    stops = [*starts[1:], last + 1]
    if len(starts) == 1:
        return [line]
    return [page.line(start, page.text[start:stop].rstrip()) for start, stop in zip(starts, stops, strict=True)]


def _columns(page: PageText, lines: list[Line], depth: int) -> Iterator[list[Line]]:
    """Yield the lines of each column, column after column."""
    place = _gutter(page, lines) if depth < _DEEPEST else None
    halves = [_halves(page, line, place) for line in lines] if place is not None else []
    if place is None or not _is_prose(halves, place):
        yield lines
        return
    left: list[Line] = []
    right: list[Line] = []
    for line, parts in zip(lines, halves, strict=True):
        if len(parts) == 2:
            left.append(parts[0])
            right.append(parts[1])
        elif line.right <= place:
            left.append(line)
        elif line.left >= place:
            right.append(line)
        else:  # a title or a wide caption: the text above it comes first
            yield from _both(page, left, right, depth)
            yield [line]
            left, right = [], []
    yield from _both(page, left, right, depth)


def _both(page: PageText, left: list[Line], right: list[Line], depth: int) -> Iterator[list[Line]]:
    for column in (left, right):
        if column:
            yield from _columns(page, column, depth + 1)


def _gutter(page: PageText, lines: list[Line]) -> float | None:
    """Return the position at which most of the wide lines have a gap, None without a common one."""
    upright = [line for line in lines if line.size > 0]
    if len(upright) < 6:
        return None
    width = max(line.right for line in upright) - min(line.left for line in upright)
    wide = [line for line in upright if line.right - line.left > _WIDE * width and len(line.text) > _LONG]
    if len(wide) < 6:
        return None
    sample = wide[:: max(1, len(wide) // _SAMPLES)]
    whites: list[tuple[float, float]] = []
    missing = 0
    for line in sample:
        gaps = page.gaps(line, 0.9 * line.size) if not LEADER.search(line.text) else []
        missing += not gaps
        if missing > (1 - _MOST) * len(sample):  # usually prose, which the first few lines show
            return None
        whites += [gap[:2] for gap in gaps]
    return _commonest(whites, _MOST * len(sample))


def _commonest(whites: Sequence[tuple[float, float]], least: float) -> float | None:
    """Return the middle of the most common overlap of the gaps, None when fewer than `least` share it."""
    best: tuple[int, float, float] = (0, 0.0, 0.0)
    for left, _ in whites:
        over = [white for white in whites if white[0] <= left < white[1]]
        stop = min((white[1] for white in over), default=left)
        best = max(best, (len(over), stop - left, (left + stop) / 2))
    return best[2] if best[0] >= max(4, least) else None


def _halves(page: PageText, line: Line, place: float) -> list[Line]:
    """Return a line split at its gap at this position, or as it is."""
    if line.left < place < line.right and line.size > 0 and len(line.spans) == 1:
        for left, right, at in page.gaps(line, 0.5 * line.size):
            if left <= place <= right:
                first, last = line.spans[0]
                parts = [(first, page.text[first:at].rstrip()), (at, page.text[at : last + 1])]
                return [page.line(start, text) for start, text in parts]
    return [line]


def _is_prose(halves: Sequence[Sequence[Line]], place: float) -> bool:
    """Return whether lines are of two columns and not table cells: long, and mostly reaching their column's end."""
    cut = [parts for parts in halves if len(parts) == 2]
    if len(cut) < 6:
        return False
    for side in (0, 1):
        lines = [parts[side] for parts in cut]
        letters = sum(sum(map(str.isalpha, line.text)) for line in lines)
        if _median([len(line.text) for line in lines]) < _LONG or letters < 0.6 * sum(len(line.text) for line in lines):
            return False
        edge = place if side == 0 else max(line.right for line in lines)
        width = edge - min(line.left for line in lines)
        if sum(edge - line.right < 0.2 * width for line in lines) < 0.5 * len(lines):
            return False
    return True


def _median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def _disordered(lines: Sequence[Line]) -> bool:
    """Return whether many lines are above the one drawn before them."""
    if len(lines) < 8:
        return False
    jumps = sum(after.start > before.start + 0.5 * after.size for before, after in pairwise(lines) if after.size)
    return jumps > _JUMPS * len(lines)


def cut(lines: list[Line], depth: int = 0) -> list[list[Line]]:
    """Return groups in reading order, found by the white space between them (a recursive XY cut).

    Columns are separated where a gap runs down all of these lines; otherwise a band is cut off at a horizontal gap that
    is wider than the usual line spacing.
    """
    if len(lines) < 2 or depth > 40:
        return [_downwards(lines)]
    size = _median([line.size for line in lines]) or 10.0
    parts = _apart(lines, lambda line: (line.left, line.right), 1.2 * size)
    if sum(len(part) > 2 and _median([len(line.text) for line in part]) >= _LONG for part in parts) > 1:
        return [group for part in parts for group in cut(part, depth + 1)]
    parts = _apart(lines, lambda line: (min(line.start, line.bottom), line.top), 0.6 * size)[::-1]
    if len(parts) > 1:
        return [group for part in parts for group in cut(part, depth + 1)]
    return [_downwards(lines)]


def _downwards(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (-round(line.start / 2), line.left))


def _apart(lines: list[Line], extent: Callable[[Line], tuple[float, float]], least: float) -> list[list[Line]]:
    """Return lines in parts with at least this much space between them, in the order of their extents."""
    parts: list[list[Line]] = []
    stop = 0.0
    for line in sorted(lines, key=extent):
        low, high = extent(line)
        if not parts or low - stop >= least:
            parts.append([])
            stop = high
        parts[-1].append(line)
        stop = max(stop, high)
    return parts
