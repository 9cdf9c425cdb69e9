"""PDF by PDFium: the text of every page, its paragraphs and headings by where and how large its lines are.

PDFium is not thread-safe, so one file is read at a time. A file that only asks not to be copied is read: to search
one's own files is no copy.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from semsearch.corpus.blocks import TextBuilder
from semsearch.corpus.readers.pdf_lines import Line, join_hyphens, page_lines
from semsearch.errors import SourceUnreadable
from semsearch.types import Anchor, AnchorKind, BlockKind, Parsed, Value

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

__all__ = ["read"]

_ONE_AT_A_TIME = threading.Lock()
_ERRORS = {4: "encrypted PDF", 5: "encrypted PDF: its security scheme is unknown"}
_LARGER = 1.12
"""A line this much larger than the body of the text is a heading."""
_GAP = 1.35
"""A line this many usual line distances below the one before starts a paragraph."""
_NUMBER = re.compile(r"\d+")
_SENTENCE_END = re.compile(r"[.!?:;…。！？][\"'”’»)\]]*$")


def read(data: bytes) -> Parsed:
    """Read a PDF; anchors are pages from 1, the title is the document's own or its first heading.

    Raises SourceUnreadable: "encrypted PDF", "broken PDF", "no text: scanned?".
    """
    import pypdfium2 as pdfium

    with _ONE_AT_A_TIME:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            raise SourceUnreadable(_ERRORS.get(error.err_code or 0, "broken PDF")) from error
        try:
            pages, unread = _pages(document)
            fields = _fields(document)
        finally:
            document.close()
    if not any(pages):
        raise SourceUnreadable("broken PDF: no page can be read" if unread else "no text: scanned?")
    _drop_running_lines(pages)
    levels = _heading_levels([line for lines in pages for line in lines])
    builder = TextBuilder()
    for number, lines in enumerate(pages, 1):
        anchor = Anchor(AnchorKind.PAGE, number, number)
        for paragraph in _paragraphs(lines, levels):
            level = levels.get(_rounded(paragraph[0]), 0) if _short(paragraph) else 0
            kind = BlockKind.HEADING if level else BlockKind.PARAGRAPH
            words = " ".join(line.text for line in paragraph) if level else ""
            builder.add("\n".join(line.text for line in paragraph), anchor, kind, level=level, label=words)
    parsed = builder.parsed()
    title = str(fields.pop("title", ""))
    if not title:
        title = next((block.label for block in parsed.blocks[:3] if block.kind is BlockKind.HEADING), "")
    return Parsed(parsed.text, parsed.blocks, title, fields)


def _pages(document: PdfDocument) -> tuple[list[list[Line]], int]:
    """Return the lines of each page, and how many pages could not be read."""
    import pypdfium2 as pdfium

    pages: list[list[Line]] = []
    unread = 0
    for number in range(len(document)):
        lines: list[Line] = []
        try:
            page = document[number]
            try:
                lines = page_lines(page)
            finally:
                page.close()
        except pdfium.PdfiumError:
            unread += 1
        pages.append(lines)
    return join_hyphens(pages), unread


def _drop_running_lines(pages: list[list[Line]]) -> None:
    """Remove headers and footers that many pages repeat, page numbers apart; each stays where it comes first."""
    if len(pages) < 4:
        return
    edges = [_edges(lines) for lines in pages]
    repeated = Counter(_NUMBER.sub("", lines[at].text) for lines, ats in zip(pages, edges, strict=True) for at in ats)
    seen: set[str] = set()
    for lines, ats in zip(pages, edges, strict=True):
        for at in sorted(ats, reverse=True):
            text = _NUMBER.sub("", lines[at].text)
            if repeated[text] >= max(3, 0.4 * len(pages)):
                if text in seen:
                    del lines[at]
                seen.add(text)


def _edges(lines: list[Line]) -> set[int]:
    """Return which lines are the highest and the lowest of a page."""
    if not lines:
        return set()
    at = range(len(lines))
    return {max(at, key=lambda i: lines[i].top), min(at, key=lambda i: lines[i].bottom)}


def _rounded(line: Line) -> float:
    return round(line.size * 2) / 2


def _heading_levels(lines: list[Line]) -> dict[float, int]:
    """Return the level of each font size that is larger than the size most of the text is in."""
    weight: Counter[float] = Counter()
    for line in lines:
        weight[_rounded(line)] += len(line.text)
    body = weight.most_common(1)[0][0]
    larger = sorted((size for size in weight if size > body * _LARGER), reverse=True)
    return {size: min(level, 6) for level, size in enumerate(larger, 1)}


def _short(paragraph: list[Line]) -> bool:
    """Tell whether large text is short enough for a heading, and has letters."""
    text = "".join(line.text for line in paragraph)
    return len(paragraph) <= 3 and len(text) <= 200 and sum(map(str.isalpha, text)) >= 2


def _paragraphs(lines: list[Line], levels: dict[float, int]) -> Iterator[list[Line]]:
    """Yield the lines of one page in groups."""
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
    """Tell whether a line starts a paragraph: by its size, the gap above it, or its indent after a sentence's end."""
    if level(_rounded(before)) != level(_rounded(line)):
        return True
    step = before.bottom - line.start
    ended = bool(_SENTENCE_END.search(before.text))
    if step <= 0 or step > 4 * max(usual, line.size):
        return ended or not line.text[0].islower()  # another column: a sentence may run on into it
    if level(_rounded(line)):
        return step > 2 * line.size
    return step > _GAP * max(usual, line.size) or (ended and line.left - before.left > 0.8 * line.size)


def _fields(document: PdfDocument) -> dict[str, Value]:
    raw = {key: " ".join(value.replace("\0", " ").split()) for key, value in document.get_metadata_dict().items()}
    fields: dict[str, Value] = {"pages": len(document)}
    if _is_title(raw.get("Title", "")):
        fields["title"] = raw["Title"]
    if raw.get("Author", "").lower() not in ("", "anonymous", "unknown", "user", "admin"):
        fields["author"] = raw["Author"]
    if raw.get("Keywords"):
        fields["tags"] = raw["Keywords"]
    if raw.get("Subject", "").lower() not in ("", "unspecified"):
        fields["description"] = raw["Subject"]
    if found := re.match(r"D:(\d{4})(\d\d)?(\d\d)?", raw.get("CreationDate", "")):
        fields["date"] = "-".join(part for part in found.groups() if part)
    return fields


def _is_title(text: str) -> bool:
    """Tell a title that a person gave from what programs leave there: a file's name, `untitled`, a number."""
    if re.search(
        r"^untitled|^microsoft word|^document\d*$|\.(docx?|pdf|tex|dvi|indd|qxd|pptx?|xlsx?|rtf)$", text, re.I
    ):
        return False
    return sum(map(str.isalpha, text)) >= 3 and (" " in text or not re.search(r"[-_.\d]", text))
