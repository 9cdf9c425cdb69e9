"""OCR of PDF pages that are pictures, if it is installed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from semsearch.corpus.readers.pdf.pages import Page
from semsearch.corpus.readers.pictures.ocr_lines import picture_lines
from semsearch.corpus.readers.pictures.recognizer import Recognizer

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

    from semsearch.corpus.readers.pictures.recognizer import Pixels

__all__ = ["read_scans"]

_DPI = 150
_SIDE = 2600
"""Most pixels of the longer side of a rendered page."""
_SIZE = 10.0
"""Font size in points for a document without other text."""


def read_scans(document: PdfDocument, pages: Sequence[Page], recognize: Recognizer, seconds: float) -> list[Page]:
    """Fill the pages without readable text that are not blank; return those with recognized text.

    No page is begun after `seconds`.
    """
    import pypdfium2 as pdfium

    until = time.monotonic() + seconds
    size = _body_size(pages)
    filled: list[Page] = []
    for number, page in enumerate(pages):
        if not (page.scanned or page.garbled) or time.monotonic() > until:
            continue
        try:
            pixels, unit = _render(document, number)
        except pdfium.PdfiumError:
            continue
        page.lines = [line for group in picture_lines(pixels, recognize) for line in group]
        for line in page.lines:
            line.scale(unit)
            line.size = size
        page.seen = True
        if page.lines:
            page.garbled = False
            filled.append(page)
    return filled


def _render(document: PdfDocument, number: int) -> tuple[Pixels, float]:
    """Return a page as a picture, and the size of a pixel in points."""
    page = document[number]
    try:
        scale = min(_DPI / 72, _SIDE / max(1.0, page.get_width(), page.get_height()))
        bitmap = page.render(scale=scale, rev_byteorder=True)
        try:
            return bitmap.to_numpy()[:, :, :3].copy(), 1 / scale
        finally:
            bitmap.close()
    finally:
        page.close()


def _body_size(pages: Sequence[Page]) -> float:
    """Return the font size of most of the text, so that no recognized line becomes a heading."""
    weight: Counter[float] = Counter()
    for line in (line for page in pages for line in page.lines):
        weight[line.size] += len(line.text)
    return weight.most_common(1)[0][0] if weight else _SIZE
