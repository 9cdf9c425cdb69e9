"""PDF by PDFium: the text of every page; paragraphs, tables and headings by the position and size of lines.

PDFium is not thread-safe, so one file is read at a time. A file with a copy restriction is read: searching one's own
files is not copying.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from semsearch.corpus.readers.nested import Inside
from semsearch.corpus.readers.pdf.attachments import attachments_of, take_in
from semsearch.corpus.readers.pdf.footnotes import split_notes
from semsearch.corpus.readers.pdf.headers_footers import drop_running_lines
from semsearch.corpus.readers.pdf.lines import Line, join_hyphens
from semsearch.corpus.readers.pdf.pages import Page, judge, quality_of, read_pages, remark_on
from semsearch.corpus.readers.pdf.properties import pdf_fields
from semsearch.corpus.readers.pictures.recognizer import Recognizer
from semsearch.corpus.readers.pictures.scanned_pages import read_scans
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

__all__ = ["paragraphs", "read"]

_ONE_AT_A_TIME = threading.Lock()
_ERRORS = {4: "encrypted", 5: "encrypted: its security scheme is unknown"}
_LARGER = 1.12
"""A line this much larger than the body text is a heading."""
_GAP = 1.35
"""A line this many usual line distances below the previous one starts a paragraph."""
_SENTENCE_END = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")


def read(
    data: bytes,
    *,
    max_pages: int = 5_000,
    max_characters: int = 20_000_000,
    recognize: Recognizer | None = None,
    seconds: float = 0.0,
    inside: Inside | None = None,
) -> Parsed:
    """Read a PDF; anchors are pages from 1, the title is the document's own or its first heading.

    Headers and footers are kept once, page numbers are dropped; columns are read one after the other, footnotes after
    the text of their page; tables are rows with ` | ` between cells. Pages whose fonts lack character tables yield
    codes instead of text and are left out. The metadata field `text_quality`, 0 to 1, is the share of pages with
    readable text among those that are not blank, times the quality of that text (`text_quality.py`).

    Filled fields, text boxes and stamps are text at their visible position; comments follow the text of their page,
    each with its author. Attachments are read into `inside`.

    With `recognize`, pages that are pictures or garbled are read by OCR, for at most `seconds`.

    Raises SourceUnreadable: "encrypted", "broken PDF", "no text: scanned?", "garbled text: ...".
    """
    with _ONE_AT_A_TIME:
        document = _open(data)
        try:
            pages = read_pages(document, max_pages, max_characters)
            count = len(document)
            fields = pdf_fields(document)
            hidden = _hidden_form(document)
            annotated = [file for page in pages for file in page.attached]
            attached = attachments_of(document, annotated, inside.settings) if inside is not None else []
            _finish(pages)
            if recognize is not None:
                _finish(read_scans(document, pages, recognize, seconds))
        finally:
            document.close()
    if inside is not None:
        take_in(inside, attached)
    members = inside.members if inside is not None else ()
    if not members and not any(page.lines or page.comments for page in pages):
        raise SourceUnreadable(_no_text(pages))
    parsed = _build(pages)
    title = str(fields.pop("title", ""))
    if not title:
        title = next((block.label for block in parsed.blocks[:3] if block.kind is BlockKind.HEADING), "")
    fields["text_quality"] = quality_of(pages)
    return Parsed(
        parsed.text, parsed.blocks, title, fields, members, "; ".join(filter(None, (remark_on(pages, count), hidden)))
    )


def _open(data: bytes) -> PdfDocument:
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        raise SourceUnreadable(_ERRORS.get(error.err_code or 0, "broken PDF")) from error
    document.init_forms()  # otherwise fields without an appearance of their own stay blank
    return document


def _hidden_form(document: PdfDocument) -> str:
    """Return a remark on a form whose pages only say that another program can show it."""
    from pypdfium2 import raw

    dynamic = document.get_formtype() == raw.FORMTYPE_XFA_FULL
    return "its form (XFA) is shown by Adobe's programs only: left out" if dynamic else ""


def _finish(pages: Sequence[Page]) -> None:
    """Clean up the lines of pages, and empty the pages with garbled text."""
    join_hyphens([page.lines for page in pages])
    judge(pages)
    drop_running_lines([page.lines for page in pages], [page.height for page in pages])


def _no_text(pages: list[Page]) -> str:
    if any(page.garbled for page in pages):
        return "garbled text: its fonts have no character tables"
    if any(page.broken for page in pages):
        return "broken PDF: no page can be read"
    return "no text found" if any(page.seen for page in pages) else "no text: scanned?"


def _build(pages: list[Page]) -> Parsed:
    levels = _heading_levels([line for page in pages for line in page.lines])
    builder = TextBuilder()
    for number, page in enumerate(pages, 1):
        anchor = Anchor(AnchorKind.PAGE, number, number)
        lines, notes = split_notes(page.lines)
        for paragraph in paragraphs(lines, levels):
            level = levels.get(_rounded(paragraph[0]), 0) if _short(paragraph) else 0
            kind = BlockKind.TABLE if paragraph[0].table else BlockKind.HEADING if level else BlockKind.PARAGRAPH
            if kind is BlockKind.TABLE:
                level = 0
            words = " ".join(line.text for line in paragraph) if level else ""
            builder.add("\n".join(line.text for line in paragraph), anchor, kind, level=level, label=words)
        for note in notes:
            builder.add("\n".join(line.text for line in note), anchor)
        for comment in page.comments:
            builder.add(comment, anchor)
    return builder.parsed()


def _rounded(line: Line) -> float:
    return round(line.size * 2) / 2


def _heading_levels(lines: list[Line]) -> dict[float, int]:
    """Return the heading level of each font size larger than that of the body text."""
    weight: Counter[float] = Counter()
    for line in lines:
        weight[_rounded(line)] += len(line.text)
    body = max(weight, key=lambda size: weight[size], default=0.0)
    larger = sorted((size for size in weight if size > body * _LARGER), reverse=True)
    return {size: min(level, 6) for level, size in enumerate(larger, 1)}


def _short(paragraph: list[Line]) -> bool:
    """Return whether large text is short enough for a heading, and has letters."""
    text = "".join(line.text for line in paragraph)
    return len(paragraph) <= 3 and len(text) <= 200 and sum(map(str.isalpha, text)) >= 2


def paragraphs(lines: list[Line], levels: dict[float, int]) -> Iterator[list[Line]]:
    """Yield the lines of one page in paragraphs."""
    steps = [a.bottom - b.start for a, b in pairwise(lines)]
    usual = median([step for step in steps if step > 0] or [0.0])
    group: list[Line] = []
    for line in lines:
        if group and _starts(group[-1], line, usual, levels.get):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _starts(before: Line, line: Line, usual: float, level: Callable[[float], int | None]) -> bool:
    """Return whether a line starts a paragraph: by its size, the gap above, or its indent after a sentence's end."""
    if before.table or line.table:
        return before.table != line.table
    if level(_rounded(before)) != level(_rounded(line)):
        return True
    step = before.bottom - line.start
    ended = bool(_SENTENCE_END.search(before.text))
    if step <= 0 or step > 4 * max(usual, line.size):
        return ended or not line.text[0].islower()  # another column, in which a sentence may continue
    if level(_rounded(line)):
        return step > 2 * line.size
    return step > _GAP * max(usual, line.size) or (ended and line.left - before.left > 0.8 * line.size)
