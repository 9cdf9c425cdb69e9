"""The reading order of a slide's shapes: recursive cuts at the widest gap (recursive XY-cut).

A file lists shapes from back to front, which is the reading order only until somebody moves one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

__all__ = ["Box", "reading_order"]

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, in any unit."""

OVERLAP = 0.1
"""Share of a box's size that may extend over a gap at either end."""
MOST_SHAPES = 400
"""More shapes are only sorted by height, as cutting takes quadratic time."""


def reading_order(boxes: Sequence[Box | None]) -> list[int]:
    """Return the reading order of boxes; those without a position come last, in their given order."""
    placed = [at for at, box in enumerate(boxes) if box is not None]
    known = {at: box for at in placed if (box := boxes[at]) is not None}
    order = _cut(placed, known) if len(placed) <= MOST_SHAPES else _sorted(placed, known)
    return order + [at for at, box in enumerate(boxes) if box is None]


def _cut(group: list[int], boxes: dict[int, Box]) -> list[int]:
    if len(group) < 2:
        return group
    across, columns = _widest(group, boxes, 0)
    down, rows = _widest(group, boxes, 1)
    if not across and not down:
        return _sorted(group, boxes)
    first, second = rows if down >= across else columns
    return _cut(first, boxes) + _cut(second, boxes)


def _widest(group: list[int], boxes: dict[int, Box], axis: int) -> tuple[float, tuple[list[int], list[int]]]:
    """Return the widest gap along an axis (0: across, 1: down) and the boxes on its two sides; 0 for no gap."""
    spans = []
    for at in group:
        low, high = boxes[at][axis], boxes[at][axis + 2]
        margin = OVERLAP * (high - low)
        spans.append((low + margin, high - margin, at))
    spans.sort()
    widest, place, end = 0.0, 0, spans[0][1]
    for number, (low, high, _) in enumerate(spans[1:], 1):
        if low - end > widest:
            widest, place = low - end, number
        end = max(end, high)
    ordered = [at for _, _, at in spans]
    return widest, (ordered[:place], ordered[place:])


def _sorted(group: list[int], boxes: dict[int, Box]) -> list[int]:
    return sorted(group, key=lambda at: (boxes[at][1], boxes[at][0], at))
