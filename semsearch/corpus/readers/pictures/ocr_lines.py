"""Turn the recognized text of a picture into lines in reading order: confident ones only, and upright."""

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
"""Letters that the model knows have a confidence of .95 and more; others, and what is no letter, .82 at most."""
_FEWEST = 4
"""Fewest letters and digits of a picture with text."""
_SHORT = 4
"""Letters of a line below which it may be a misread stroke; most of a real text is in longer lines."""
_TALL = 1.5
"""Ratio of height to width of a box with vertical text."""
_HEIGHT = 8.0
"""Normalized height of lines: the order is determined in steps of a fourth of it."""
_LOWEST = 12
"""Fewest pixels of the shorter side of a picture with text."""
_LONG = 2.5
"""Ratio of height to width of a picture that is read piece by piece, when it has more than `_ROWS` rows."""
_ROWS = 2600
_PIECE = 1.5
"""Ratio of height to width of such a piece."""
_BLANK = 24
"""Largest difference between the pixels of a blank row."""
_BROKEN = re.compile(r"[^\W\d_]-$")


def picture_lines(pixels: Pixels, recognize: Recognizer) -> list[list[Line]]:
    """Return the lines of a picture, in groups in reading order; none with too few confident letters.

    Positions are in pixels from the bottom (of the rotated picture, if it was rotated); all lines have one size, since
    boxes fit their letters loosely.
    """
    groups: list[list[Line]] = []
    if min(pixels.shape[:2]) < _LOWEST:
        return groups
    below = pixels.shape[0]
    for piece in _pieces(pixels):
        recognized = _upright(piece, recognize)
        groups += _in_order([text for text in recognized if _sure(text)], below)
        below -= piece.shape[0]
    return groups if _is_text([_letters(line.text) for group in groups for line in group]) else []


def _is_text(letters: Sequence[int]) -> bool:
    """Return whether lines with these numbers of letters are text, and not misread strokes."""
    return sum(letters) >= _FEWEST and 2 * sum(n for n in letters if n >= _SHORT) >= sum(letters)


def _pieces(pixels: Pixels) -> Iterator[Pixels]:
    """Cut a very long picture, such as a screenshot of a scrolled page, at blank rows."""
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
    """Return the recognized text with the picture rotated so that most of it is readable."""
    import numpy as np

    texts = recognize(pixels)
    tall = sum(text.bottom - text.top > _TALL * (text.right - text.left) for text in texts if len(text.text) > 3)
    if 2 * tall > len(texts):
        pixels = np.rot90(pixels)
        texts = recognize(pixels)
    if 2 * _read(texts) >= sum(_letters(text.text) for text in texts):
        return texts
    return max(texts, recognize(pixels[::-1, ::-1]), key=_read)


def _read(texts: Sequence[Written]) -> int:
    return sum(_letters(text.text) for text in texts if _sure(text))


def _sure(text: Written) -> bool:
    letters = _letters(text.text)
    return text.confidence >= _SURE and letters > 0 and 2 * letters >= len("".join(text.text.split()))


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def _in_order(texts: Sequence[Written], below: int) -> list[list[Line]]:
    """Order pieces of lines; `below` is the number of pixels from the top of their part to the picture's bottom."""
    if not texts:
        return []
    scale = _HEIGHT / max(1.0, median(text.bottom - text.top for text in texts))
    groups = [joined(group) for group in cut([_line(text, below, scale) for text in texts])]
    for group in groups:
        _join_broken(group)
        for line in group:
            line.scale(1 / scale)
    return groups


def _line(piece: Written, below: int, scale: float) -> Line:
    text = " ".join(clean(piece.text).split())
    bottom, top = below - piece.bottom, below - piece.top
    line = Line(text, piece.left, bottom, piece.right, bottom, top, _HEIGHT / scale)
    line.scale(scale)
    return line


def _join_broken(lines: list[Line]) -> None:
    """Join words that are hyphenated at the end of a line."""
    for before, after in itertools.pairwise(lines):
        if _BROKEN.search(before.text) and after.text[:1].islower():
            first, _, rest = after.text.partition(" ")
            before.text, after.text = before.text[:-1] + first, rest
    lines[:] = [line for line in lines if line.text]
