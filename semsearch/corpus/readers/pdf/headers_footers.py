"""Headers, footers and page numbers: what pages repeat at their upper and lower edges."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from semsearch.corpus.readers.pdf.lines import Line

__all__ = ["drop_running_lines"]

_LEAST = 3
"""Fewest pages on which a header or footer occurs."""
_FARTHEST = 2
"""Most pages from one occurrence to the next: left and right pages may have different headers."""
_DEPTH = 3
"""Lines from the edge that are examined."""
_EDGE = 0.18
"""Largest distance from the edge, relative to the page's height."""
_LEVEL = 4.0
"""Tolerance of their positions, in points."""
_NUMBER = re.compile(r"(?<!\d)\d{1,5}(?!\d)")
_NUMBERS = 6
"""Most numbers in one line that may be that of the page."""
_COUNTED = "\0"
_PAGE_NUMBER = re.compile(
    r"[^\w\s]{0,2}\s*(?:(?:[^\W\d_]{1,7}\.?\s*)?(\d{1,5})|(?:[^\W\d_]{1,7}\.?\s+)?([ivxl]{1,8}))(?:\s*(?:/|[^\W\d_]{1,4})\s*\d{1,5})?\s*[^\w\s]{0,2}",
    re.IGNORECASE,
)
"""`7`, `- 7 -`, `Page 7`, `7 of 12`, `xii`."""
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}


@dataclass(slots=True)
class _Edge:
    page: int
    line: Line


def drop_running_lines(pages: Sequence[list[Line]], heights: Sequence[float]) -> None:
    """Remove page numbers, headers and footers; the first occurrence of a header or footer stays."""
    if len(pages) < _LEAST:
        return
    alike: defaultdict[str, list[_Edge]] = defaultdict(list)
    for number, (lines, height) in enumerate(zip(pages, heights, strict=True)):
        for line in _edges(lines, height):
            for key in _keys(line.text, number):
                alike[key].append(_Edge(number, line))
    drop = {id(edge.line) for key, edges in alike.items() for run in _runs(edges) for edge in _superfluous(key, run)}
    if drop:
        for lines in pages:
            lines[:] = [line for line in lines if id(line) not in drop]


def _superfluous(key: str, run: list[_Edge]) -> list[_Edge]:
    return run if key.startswith(_COUNTED) else run[1:]


def _keys(text: str, page: int) -> Iterator[str]:
    """Yield what a line has in common with other pages: all of it, or all but the page number."""
    yield text
    if match := _PAGE_NUMBER.fullmatch(text):
        value = int(match[1]) if match[1] else _roman(match[2].lower())
        yield f"{_COUNTED}{value - page}"
        return
    for match in islice(_NUMBER.finditer(text), _NUMBERS):
        yield f"{text[: match.start()]}\0{int(match[0]) - page}\0{text[match.end() :]}"


def _edges(lines: list[Line], height: float) -> Iterator[Line]:
    """Yield the highest and the lowest lines of a page."""
    if height <= 0:
        return
    near = [line for line in lines if line.top > (1 - _EDGE) * height]
    yield from sorted(near, key=lambda line: -line.top)[:_DEPTH]
    near = [line for line in lines if line.bottom < _EDGE * height and line.top <= (1 - _EDGE) * height]
    yield from sorted(near, key=lambda line: line.bottom)[:_DEPTH]


def _runs(edges: list[_Edge]) -> Iterator[list[_Edge]]:
    """Yield runs of edges at one position on nearby pages, if long enough."""
    levels: list[list[_Edge]] = []
    for edge in sorted(edges, key=lambda edge: edge.line.bottom):
        if not levels or edge.line.bottom - levels[-1][-1].line.bottom > _LEVEL:
            levels.append([])
        levels[-1].append(edge)
    for level in levels:
        run: list[_Edge] = []
        for edge in sorted(level, key=lambda edge: edge.page):
            if run and edge.page - run[-1].page > _FARTHEST:
                if len(run) >= _LEAST:
                    yield run
                run = []
            run.append(edge)
        if len(run) >= _LEAST:
            yield run


def _roman(text: str) -> int:
    values = [_ROMAN[letter] for letter in text]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
