"""The lines drawn into a PDF page by annotations, and their places among the page's own lines."""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

from semsearch.corpus.readers.pdf.annotations import Annotations, Box, Field
from semsearch.corpus.readers.pdf.lines import Line, PageText

__all__ = ["drawn_lines", "placed"]

T = TypeVar("T")
_MARKS = re.compile(r"[\u2022\u25cf\u25a0-\u25ff\u2605-\u2606\u2610-\u2612\u2700-\u27bf]+|[*]+")
"""How a checked box, or a password, is drawn."""
_UNKNOWN = "\ufffd"
"""A letter that no font here has."""
_BESIDE = 24.0
"""Most points between a mark and the words that it marks."""
_TOGETHER = 2.0
"""Largest gap between two words of one field, in font sizes."""
_STEP = 12.0
"""Height of a bucket of lines, in points."""


def drawn_lines(text: PageText, first: int, found: Annotations) -> list[Line]:
    """Return the lines of a page's text from the character `first` on, where the drawn annotations begin."""
    fields = _Buckets[Field]()
    for field in found.fields:
        fields.add(field, field.box[1], field.box[3])
    lines: list[Line] = []
    shown: set[int] = set()
    for line in _runs(text, first):
        holder = _holding(fields, line)
        if _MARKS.fullmatch(line.text) or (holder is not None and holder.secret):
            continue
        if holder is not None:
            if holder.value and _UNKNOWN in line.text:
                continue
            shown.add(id(holder))
            if "".join(line.text.split()) == "".join(holder.value.split()):
                line.text = " ".join(holder.value.split())  # the letters of a comb field are spaced
        lines.append(line)
    lines += (_line_of(field) for field in found.fields if field.checked)
    lines += (_line_of(field) for field in found.fields if field.value and not field.checked and id(field) not in shown)
    return sorted(lines, key=lambda line: (-line.bottom, line.left))


def _line_of(field: Field) -> Line:
    """Return the line of a field without a drawn appearance: a mark, or letters that no font here has."""
    left, bottom, right, top = field.box
    mark = f"[x] {field.value}".strip() if field.checked else " ".join(field.value.split())
    edge = left + min(right - left, top - bottom) if field.checked else right
    return Line(mark, left, bottom, edge, bottom, top, min(max(1.0, top - bottom), 12.0))


def _holding(fields: _Buckets[Field], line: Line) -> Field | None:
    middle, level = (line.left + line.right) / 2, (line.bottom + line.top) / 2
    return next((f for f in fields.near(level, level) if _inside(f.box, middle, level)), None)


def _inside(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] - 1 <= y <= box[3] + 1


def _runs(text: PageText, first: int) -> Iterator[Line]:
    """Yield runs of characters on one level without a gap between them."""
    for piece in re.finditer(r"[^\r\n]+", text.text[first:]):
        joined: list[Line] = []
        for word in re.finditer(r"\S+", piece[0]):
            line = text.line(first + piece.start() + word.start(), word[0])
            before = joined[-1] if joined else None
            if before is not None and _together(before, line):
                before.text += f" {line.text}"
                before.right, before.spans = line.right, [(before.spans[0][0], line.spans[0][1])]
            else:
                joined.append(line)
        yield from joined


def _together(before: Line, line: Line) -> bool:
    height = min(before.top - before.bottom, line.top - line.bottom)
    return _level(before, line) and -0.5 * height <= line.left - before.right <= _TOGETHER * max(before.size, height)


def _level(line: Line, other: Line) -> bool:
    height = min(line.top - line.bottom, other.top - other.bottom)
    return min(line.top, other.top) - max(line.bottom, other.bottom) >= 0.5 * height > 0


class _Buckets(Generic[T]):
    """Items by their height on the page, so that only nearby ones are examined."""

    def __init__(self) -> None:
        self._at: defaultdict[int, list[T]] = defaultdict(list)

    def add(self, thing: T, bottom: float, top: float) -> None:
        for bucket in range(int(bottom // _STEP), min(int(top // _STEP), int(bottom // _STEP) + 500) + 1):
            self._at[bucket].append(thing)

    def near(self, bottom: float, top: float) -> Iterator[T]:
        for bucket in range(int(bottom // _STEP), min(int(top // _STEP), int(bottom // _STEP) + 500) + 1):
            yield from self._at.get(bucket, ())


class _Placing:
    """The lines of a page while others are inserted among them."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.first: list[Line] = []
        """Lines above all others."""
        self._after: defaultdict[int, list[Line]] = defaultdict(list)
        self._levels = _Buckets[Line]()
        self._heights: list[tuple[float, int]] = []
        self._lines: list[Line] = []
        for line in lines:
            self._known(line)

    def _known(self, line: Line) -> None:
        self._levels.add(line, line.bottom, line.top)
        insort(self._heights, (line.bottom, len(self._lines)))
        self._lines.append(line)

    def put(self, line: Line) -> None:
        level = [near for near in self._levels.near(line.bottom, line.top) if _level(near, line)]
        before = [near for near in level if near.right <= line.left + 0.5 * line.size]
        if before:
            label = max(before, key=lambda near: near.right)
            label.text += f" {line.text}"
            label.right = max(label.right, line.right)
            return
        marked = next((near for near in level if 0 <= near.left - line.right <= _BESIDE), None)
        if marked is not None:
            marked.text = f"{line.text} {marked.text}"
            return
        at = bisect_right(self._heights, (line.top - 0.5, -1))
        if at < len(self._heights):
            self._after[self._heights[at][1]].append(line)
        else:
            self.first.append(line)
        self._known(line)

    def order(self, lines: Sequence[Line]) -> list[Line]:
        numbers = {id(line): number for number, line in enumerate(self._lines)}
        out: list[Line] = []
        waiting = [*self.first, *lines][::-1]
        while waiting:
            line = waiting.pop()
            out.append(line)
            waiting += self._after[numbers[id(line)]][::-1]
        return out


def placed(lines: Sequence[Line], drawn: Sequence[Line]) -> list[Line]:
    """Return the lines of a page with the drawn ones inserted where they are visible.

    A value goes after the label on its level, a mark before the words that it marks, anything else below the
    nearest line above it.
    """
    placing = _Placing(lines)
    for line in drawn:
        placing.put(line)
    return placing.order(lines)
