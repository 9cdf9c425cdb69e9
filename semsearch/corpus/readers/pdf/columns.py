"""The order in which a page is read: columns one after the other, whatever the order in which they were drawn.

Mostly the order of the page's content is that of reading, and nothing is changed. Two signs tell that it is not: wide
lines with white at one place in all of them (columns drawn row by row), and lines that jump up and down the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from semsearch.corpus.readers.pdf.lines import LEADER, Line, PageText

__all__ = ["cut", "in_reading_order"]

_WIDE = 0.55
"""Of the width that the lines take, what one line has at least that may hold two columns."""
_SAMPLES = 8
"""Wide lines that are looked at before all of them are."""
_MOST = 0.6
"""Of these lines, how many have white at one place."""
_LONG = 24
"""Characters that a column's line has, at least at the median: with fewer it is a table's cell."""
_DEEPEST = 3
"""How often columns are looked for inside columns."""
_JUMPS = 0.25
"""Of the steps from line to line, how many may lead up the page before its order is not believed."""


def in_reading_order(page: PageText, lines: list[Line]) -> list[list[Line]]:
    """Return the lines of a page in the order of reading, in groups that have nothing on one level with each other."""
    if _disordered(lines):
        return cut([part for line in lines for part in _parts(page, line)])
    return list(_columns(page, lines, 0))


def _parts(page: PageText, line: Line) -> list[Line]:
    """Return a line cut where it has wide white: lines of two columns that were drawn one after the other."""
    first, last = line.spans[0]
    starts = [first, *(at for _, _, at in page.gaps(line, 1.5 * line.size))] if line.size > 0 else [first]
    stops = [*starts[1:], last + 1]
    if len(starts) == 1:
        return [line]
    return [page.line(start, page.text[start:stop].rstrip()) for start, stop in zip(starts, stops, strict=True)]


def _columns(page: PageText, lines: list[Line], depth: int) -> Iterator[list[Line]]:
    """Yield lines that stand in one column, column after column."""
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
        else:  # a title, a wide figure's caption: what stands above it is read before it
            yield from _both(page, left, right, depth)
            yield [line]
            left, right = [], []
    yield from _both(page, left, right, depth)


def _both(page: PageText, left: list[Line], right: list[Line], depth: int) -> Iterator[list[Line]]:
    for column in (left, right):
        if column:
            yield from _columns(page, column, depth + 1)


def _gutter(page: PageText, lines: list[Line]) -> float | None:
    """Return where most of the wide lines have white, None when they have none in common."""
    upright = [line for line in lines if line.size > 0]
    if len(upright) < 6:
        return None
    width = max(line.right for line in upright) - min(line.left for line in upright)
    wide = [line for line in upright if line.right - line.left > _WIDE * width and len(line.text) > _LONG]
    if len(wide) < 6:
        return None
    looked_at = wide[:: max(1, len(wide) // _SAMPLES)]
    whites: list[tuple[float, float]] = []
    missing = 0
    for line in looked_at:
        gaps = page.gaps(line, 0.9 * line.size) if not LEADER.search(line.text) else []
        missing += not gaps
        if missing > (1 - _MOST) * len(looked_at):  # as a rule it is prose, and the first few lines tell
            return None
        whites += [gap[:2] for gap in gaps]
    return _commonest(whites, _MOST * len(looked_at))


def _commonest(whites: Sequence[tuple[float, float]], least: float) -> float | None:
    """Return the middle of where most of the stretches overlap, None when fewer than `least` do."""
    best: tuple[int, float, float] = (0, 0.0, 0.0)
    for left, _ in whites:
        over = [white for white in whites if white[0] <= left < white[1]]
        stop = min((white[1] for white in over), default=left)
        best = max(best, (len(over), stop - left, (left + stop) / 2))
    return best[2] if best[0] >= max(4, least) else None


def _halves(page: PageText, line: Line, place: float) -> list[Line]:
    """Return a line cut where it has white at this place, or as it is."""
    if line.left < place < line.right and line.size > 0 and len(line.spans) == 1:
        for left, right, at in page.gaps(line, 0.5 * line.size):
            if left <= place <= right:
                first, last = line.spans[0]
                parts = [(first, page.text[first:at].rstrip()), (at, page.text[at : last + 1])]
                return [page.line(start, text) for start, text in parts]
    return [line]


def _is_prose(halves: Sequence[Sequence[Line]], place: float) -> bool:
    """Tell the lines of two columns from the cells of a table: they are long, and most go to their column's end."""
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
    """Return whether many lines stand above the one that was drawn before them."""
    if len(lines) < 8:
        return False
    jumps = sum(after.start > before.start + 0.5 * after.size for before, after in pairwise(lines) if after.size)
    return jumps > _JUMPS * len(lines)


def cut(lines: list[Line], depth: int = 0) -> list[list[Line]]:
    """Return groups in the order of reading, found by the white between them (a recursive XY cut).

    Columns are cut apart where white runs down all of these lines; else a band is cut off where white runs across them
    that is wider than that between most lines.
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
    """Return lines in parts with at least so much white between them, in the order of their extents."""
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
