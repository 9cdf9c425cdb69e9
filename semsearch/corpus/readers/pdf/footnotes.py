"""Footnotes of a PDF page: small lines at the bottom of a column, beginning with a number or a sign."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from semsearch.corpus.readers.pdf.lines import Line

__all__ = ["note_numbers", "split_notes"]

_SMALL = 0.93
"""Largest font size of notes, relative to the page's text."""
_NOTE = re.compile(r"(\d{1,3}|[*†‡§¶])[.):]?\s*[^\W\d_]")


def note_numbers(lines: Sequence[Line]) -> set[str]:
    """Return the numbers at the start of small lines of a page."""
    size = _usual_size(lines)
    matches = (_NOTE.match(line.text) for line in lines if 0 < line.size < _SMALL * size)
    return {note[1] for note in matches if note is not None and note[1].isdecimal()}


def split_notes(lines: Sequence[Line]) -> tuple[list[Line], list[list[Line]]]:
    """Return the lines of a page without its footnotes, so that text continues across columns, and the notes."""
    limit = _SMALL * _usual_size(lines)
    text: list[Line] = []
    notes: list[list[Line]] = []
    at = 0
    while at < len(lines):
        stop = _foot(lines, at, limit) if _NOTE.match(lines[at].text) else at
        for line in lines[at:stop]:
            if line is lines[at] or _NOTE.match(line.text):
                notes.append([])
            notes[-1].append(line)
        if stop == at:
            text.append(lines[at])
            stop += 1
        at = stop
    return text, notes


def _foot(lines: Sequence[Line], at: int, limit: float) -> int:
    """Return the end of the notes that begin at a line; `at` when it is not at the bottom of a column."""
    stop = at
    while stop < len(lines) and 0 < lines[stop].size < limit and not lines[stop].table:
        if stop > at and _higher(lines[stop - 1], lines[stop]):
            break
        stop += 1
    ends = stop == len(lines) or _higher(lines[stop - 1], lines[stop])
    begins = at > 0 and lines[at - 1].size >= limit and not _higher(lines[at - 1], lines[at])
    return stop if ends and begins else at


def _higher(before: Line, line: Line) -> bool:
    """Return whether a line is above the previous one, in the next column."""
    return line.start > before.start


def _usual_size(lines: Sequence[Line]) -> float:
    """Return the font size of most of the text."""
    weight: Counter[float] = Counter()
    for line in lines:
        weight[line.size] += len(line.text)
    return weight.most_common(1)[0][0] if weight else 0.0
