"""The pages of a PDF: their lines in reading order, and which pages have no text, or garbled text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers.pdf.annotations import MOST, Annotations, annotations_of, quoted
from semsearch.corpus.readers.pdf.columns import in_reading_order
from semsearch.corpus.readers.pdf.drawn import drawn_lines, placed
from semsearch.corpus.readers.pdf.footnotes import note_numbers
from semsearch.corpus.readers.pdf.lines import Line, PageText, cleaned, joined
from semsearch.corpus.readers.pdf.tables import mark_tables
from semsearch.corpus.readers.pdf.text_quality import GARBLED, text_quality

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

__all__ = ["Page", "judge", "named_pages", "quality_of", "read_pages", "remark_on"]

_FEW = 3
"""Lines of a page that may all be headers or a scanner's stamp."""
_OBJECTS = 300
_DRAWING = 20
"""Strokes from which on a page without text counts as not blank."""


@dataclass(slots=True)
class Page:
    """One page; `pictured` is determined only for pages with hardly any text."""

    lines: list[Line] = field(default_factory=list)
    height: float = 0.0
    pictured: bool = False
    broken: bool = False
    garbled: bool = False
    seen: bool = False
    """Whether OCR was applied to it."""
    quality: float | None = None
    comments: list[str] = field(default_factory=list)
    """Readers' comments on the page."""
    attached: tuple[Any, ...] = ()
    """PDFium's handles of files attached to a position on it."""
    more: bool = False
    """Whether it has more annotations than are examined."""

    @property
    def scanned(self) -> bool:
        """Whether it shows something but has no text, as far as is known."""
        return self.pictured and not self.lines and not self.garbled and not self.seen


def read_pages(document: PdfDocument, most: int, characters: int) -> list[Page]:
    """Return the first pages of a document, at most `most`, and no more after `characters` characters."""
    import pypdfium2 as pdfium

    pages: list[Page] = []
    for number in range(min(len(document), most)):
        try:
            pages.append(_read_page(document, number))
        except pdfium.PdfiumError:
            pages.append(Page(broken=True))
        characters -= sum(map(len, (*(line.text for line in pages[-1].lines), *pages[-1].comments)))
        if characters < 0:
            break
    return pages


def _read_page(document: PdfDocument, number: int) -> Page:
    page = document[number]
    try:
        annotations = annotations_of(document, page)
        if not annotations.drawn:
            return _page(page, annotations)
        own = _length(page)
        if not _flatten(page):
            return _page(page, annotations)
    finally:
        page.close()
    page = document[number]
    try:
        return _page(page, annotations, own)
    finally:
        page.close()


def _length(page: PdfPage) -> int:
    """Return the length of a page's own text."""
    textpage = page.get_textpage()
    try:
        return len(PageText(textpage).text.rstrip())
    finally:
        textpage.close()


def _flatten(page: PdfPage) -> bool:
    """Draw the annotations of a page into it; they appear when the page is opened again."""
    from pypdfium2 import raw

    return bool(raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS)


def _page(page: PdfPage, annotations: Annotations, own: int | None = None) -> Page:
    """Return a page; `own` is where its own text ends and that of drawn annotations begins."""
    textpage = page.get_textpage()
    try:
        text = PageText(textpage)
        pieces = text.lines(own)
        if numbers := note_numbers(pieces):
            text.mark_notes(pieces, numbers)
        lines = [line for group in in_reading_order(text, pieces) for line in joined(group)]
        mark_tables(text, lines)
        if own is not None:
            lines = placed(lines, drawn_lines(text, own, annotations))
        lines = cleaned(lines, text.text)
    finally:
        textpage.close()
    pictured = len(lines) <= _FEW and _is_pictured(page)
    return Page(
        lines,
        page.get_height(),
        pictured=pictured,
        comments=_comments(annotations, lines),
        attached=annotations.attached,
        more=annotations.more,
    )


def _comments(annotations: Annotations, lines: Sequence[Line]) -> list[str]:
    """Return the comments that do not only quote the page, without duplicates, with their authors."""
    if not annotations.comments:
        return []
    seen = [f" {' '.join(' '.join(line.text for line in lines).split())} "]
    shown = (comment for comment in annotations.comments if not quoted(comment, seen))
    return list(dict.fromkeys(f"{c.author}: {c.text}" if c.author else c.text for c in shown))


def _is_pictured(page: PdfPage) -> bool:
    """Return whether a page has a picture, or many strokes, and is not blank."""
    from pypdfium2 import raw

    strokes = 0
    for at in range(min(raw.FPDFPage_CountObjects(page.raw), _OBJECTS)):
        kind = raw.FPDFPageObj_GetType(raw.FPDFPage_GetObject(page.raw, at))
        if kind in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_FORM, raw.FPDF_PAGEOBJ_SHADING):
            return True
        strokes += kind == raw.FPDF_PAGEOBJ_PATH
    return strokes >= _DRAWING


def judge(pages: Sequence[Page]) -> None:
    """Set the quality of every page, and empty the garbled ones.

    A page with too little text to judge counts as garbled when all others are.
    """
    written = [page for page in pages if page.lines]
    for page in written:
        page.quality = text_quality("\n".join(line.text for line in page.lines))
    known = [page.quality for page in written if page.quality is not None]
    if not known and written:
        whole = text_quality("\n".join(line.text for page in written for line in page.lines))
        known = [whole] if whole is not None else []
    all_garbled = bool(known) and max(known) < GARBLED
    for page in written:
        page.garbled = all_garbled or (page.quality is not None and page.quality < GARBLED)
        if page.garbled:
            page.lines = []


def quality_of(pages: Sequence[Page]) -> float:
    """Return the text quality of a document, 0 to 1.

    The share of pages with readable text among all that are not blank, times the mean quality of their texts
    (`text_quality`, weighted by length).
    """
    shown = sum(bool(page.lines) or page.scanned or page.garbled or page.broken for page in pages)
    weights = [(sum(len(line.text) for line in page.lines), page.quality) for page in pages if page.lines]
    weighed = [(weight, quality) for weight, quality in weights if quality is not None]
    total = sum(weight for weight, _ in weighed)
    mean = sum(weight * quality for weight, quality in weighed) / total if total else 1.0
    return round(len(weights) / max(1, shown) * mean, 2)


def remark_on(pages: Sequence[Page], count: int) -> str:
    """Return a remark on pages without text; `count` is the number of pages in the document."""
    remarks: list[str] = []
    if read := sum(page.seen and bool(page.lines) for page in pages):
        remarks.append(f"{_pages(read)} read by OCR")
    scanned = sum(page.scanned for page in pages)
    if scanned:
        remarks.append(f"{_pages(scanned)} without text: scanned?")
    if bare := sum(page.seen and not page.lines for page in pages):
        remarks.append(f"{_pages(bare)} without text")
    if garbled := [number for number, page in enumerate(pages, 1) if page.garbled]:
        remarks.append(f"{named_pages(garbled)} {'is' if len(garbled) == 1 else 'are'} garbled: left out")
    if broken := [number for number, page in enumerate(pages, 1) if page.broken]:
        remarks.append(f"{named_pages(broken)} cannot be read")
    if more := [number for number, page in enumerate(pages, 1) if page.more]:
        remarks.append(f"{named_pages(more)}: fields and comments beyond {MOST:,} left out")
    if count > len(pages):
        remarks.append(f"{named_pages(range(len(pages) + 1, count + 1))} left out: too much text or too many pages")
    return "; ".join(remarks)


def _pages(number: int) -> str:
    return "1 page" if number == 1 else f"{number:,} pages"


def named_pages(numbers: Sequence[int]) -> str:
    """Return a text such as `page 3` or `pages 3-5, 9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = [f"{first}-{last}" if last > first else str(first) for first, last in runs[:8]]
    more = ["..."] if len(runs) > 8 else []
    return f"{'page' if len(numbers) == 1 else 'pages'} {', '.join([*shown, *more])}"
