"""From what a recognizer finds in a picture to lines in the order of reading: sure ones only, and the right way up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from statistics import median
from typing import TYPE_CHECKING

from semsearch.corpus.readers.pdf.columns import cut
from semsearch.corpus.readers.pdf.lines import Line, joined
from semsearch.corpus.readers.pictures.recognizer import Recognizer, Written
from semsearch.corpus.text.decode import clean

if TYPE_CHECKING:
    from semsearch.corpus.readers.pictures.recognizer import Pixels

__all__ = ["picture_lines"]

_SURE = 0.85
"""Lines of letters that the model knows have .95 and more; others, and what is no letter at all, have .82 at most."""
_FEWEST = 4
"""Letters and digits that a picture with text has."""
_SHORT = 4
"""Letters of a line with less than which it may be a stroke of something else: most of a text stands in longer ones."""
_TALL = 1.5
"""Height to width of a box whose line runs up or down."""
_HEIGHT = 8.0
"""Height that lines are scaled to: their order is judged in steps of a fourth of it."""
_LOWEST = 12
"""Pixels of the shorter side of a picture that text has room in."""
_LONG = 2.5
"""Height to width of a picture that is read piece by piece, where it has more rows than `_ROWS`."""
_ROWS = 2600
_PIECE = 1.5
"""Height to width of such a piece."""
_BLANK = 24
"""How far the pixels of a row are from each other, at most, where nothing is written."""
_BROKEN = re.compile(r"[^\W\d_]-$")


def picture_lines(pixels: Pixels, recognize: Recognizer) -> list[list[Line]]:
    """Return the lines of a picture, in groups in the order of reading; none when too few letters are sure.

    Where lines stand is in pixels from below (of the turned picture, where it had to be turned); all have one size,
    since boxes fit their letters loosely.
    """
    groups: list[list[Line]] = []
    if min(pixels.shape[:2]) < _LOWEST:
        return groups
    below = pixels.shape[0]
    for piece in _pieces(pixels):
        found = _upright(piece, recognize)
        groups += _in_order([one for one in found if _sure(one)], below)
        below -= piece.shape[0]
    return groups if _is_text([_letters(line.text) for group in groups for line in group]) else []


def _is_text(letters: Sequence[int]) -> bool:
    """Tell a text from single signs that strokes were taken for, by the letters of its lines."""
    return sum(letters) >= _FEWEST and 2 * sum(n for n in letters if n >= _SHORT) >= sum(letters)


def _pieces(pixels: Pixels) -> Iterator[Pixels]:
    """Cut a very long picture, as of a page that scrolls, where nothing is written across."""
    height, width = pixels.shape[:2]
    start = 0
    while height > _ROWS and height - start > _LONG * width:
        first, last = start + int(_PIECE * width / 2), start + int(_PIECE * width)
        spread = pixels[first:last].max(axis=(1, 2)).astype("int16") - pixels[first:last].min(axis=(1, 2))
        blank = (spread <= _BLANK).nonzero()[0]
        if not len(blank):
            break
        yield pixels[start : (start := first + int(blank[-1]) + 1)]
    yield pixels[start:]


def _upright(pixels: Pixels, recognize: Recognizer) -> Sequence[Written]:
    """Return what is found with the picture turned so that most of it can be read."""
    import numpy as np

    found = recognize(pixels)
    tall = sum(one.bottom - one.top > _TALL * (one.right - one.left) for one in found if len(one.text) > 3)
    if 2 * tall > len(found):
        pixels = np.rot90(pixels)
        found = recognize(pixels)
    if 2 * _read(found) >= sum(_letters(one.text) for one in found):
        return found
    return max(found, recognize(pixels[::-1, ::-1]), key=_read)


def _read(found: Sequence[Written]) -> int:
    return sum(_letters(one.text) for one in found if _sure(one))


def _sure(one: Written) -> bool:
    letters = _letters(one.text)
    return one.confidence >= _SURE and letters > 0 and 2 * letters >= len("".join(one.text.split()))


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _in_order(found: Sequence[Written], below: int) -> list[list[Line]]:
    """Order pieces of lines; `below` is how many pixels there are from the top of theirs to the lowest of all."""
    if not found:
        return []
    scale = _HEIGHT / max(1.0, median(one.bottom - one.top for one in found))
    groups = [joined(group) for group in cut([_line(one, below, scale) for one in found])]
    for group in groups:
        _join_broken(group)
        for line in group:
            line.scale(1 / scale)
    return groups


def _line(one: Written, below: int, scale: float) -> Line:
    text = " ".join(clean(one.text).split())
    line = Line(text, one.left, below - one.bottom, one.right, below - one.bottom, below - one.top, _HEIGHT / scale)
    line.scale(scale)
    return line


def _join_broken(lines: list[Line]) -> None:
    """Join words that were broken at the end of a line."""
    for before, after in itertools.pairwise(lines):
        if _BROKEN.search(before.text) and after.text[:1].islower():
            first, _, rest = after.text.partition(" ")
            before.text, after.text = before.text[:-1] + first, rest
    lines[:] = [line for line in lines if line.text]
