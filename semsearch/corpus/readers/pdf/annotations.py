"""What stands on a PDF page beside its content: filled fields, text boxes, stamps, and the comments that readers left.

PDFium draws fields and boxes into the page (`FPDFPage_Flatten`), by their own appearance or, where there is none, by
the one it makes of their value, so that what is read is what is seen. Comments have no place in the text of a page;
they follow it, each with its author.
"""

from __future__ import annotations

import ctypes
import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers.pdf.lines import Line, PageText

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

__all__ = ["Annotations", "annotations_of", "drawn_lines", "placed"]

_MOST = 5_000
"""Annotations of a page that are looked at."""
_LONGEST = 100_000
"""Characters of a comment."""
_TAG = re.compile(r"<[^>]*>")
_MARKS = re.compile(r"[\u2022\u25cf\u25a0-\u25ff\u2605-\u2606\u2610-\u2612\u2700-\u27bf]+|[*]+")
"""How a checked box, or a password, is drawn."""
_NOTHING = frozenset({"", "on", "off", "yes", "true", "1", "0", "x", "checked", "check", "ja", "oui", "si"})
"""Export values that say only that a box is checked."""
_BESIDE = 24.0
"""Points between a mark and the words that it marks, at most."""
_TOGETHER = 2.0
"""Sizes of the font that may be between two words of one field."""


@dataclass(frozen=True, slots=True)
class Annotations:
    """What one page has: its comments, each with its author, boxes that are checked, and whether more is drawn."""

    comments: tuple[tuple[str, str], ...] = ()
    checked: tuple[tuple[float, float, float, str], ...] = ()
    """Left, bottom, top and export value."""
    drawn: bool = False
    attached: tuple[Any, ...] = ()
    """PDFium's handles of files that are attached to a place on the page."""


def annotations_of(document: PdfDocument, page: PdfPage) -> Annotations:
    """Look at the annotations of a page."""
    from pypdfium2 import raw

    count = min(raw.FPDFPage_GetAnnotCount(page.raw), _MOST)
    if count <= 0:
        return Annotations()
    form = document.formenv.raw if document.formenv is not None else None
    found = [_annotation(raw, form, page, at) for at in range(count)]
    kept = [one for one in found if one is not None]
    return Annotations(
        tuple(one for part in kept for one in part.comments),
        tuple(one for part in kept for one in part.checked),
        any(part.drawn for part in kept),
        tuple(one for part in kept for one in part.attached),
    )


def _annotation(raw: Any, form: Any, page: PdfPage, at: int) -> Annotations | None:
    annotation = raw.FPDFPage_GetAnnot(page.raw, at)
    if not annotation:
        return None
    try:
        return _looked_at(raw, form, annotation)
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _looked_at(raw: Any, form: Any, annotation: Any) -> Annotations | None:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_UNKNOWN):
        return None
    flags = raw.FPDFAnnot_GetFlags(annotation)
    if flags & raw.FPDF_ANNOT_FLAG_NOVIEW:  # which PDFium would draw
        raw.FPDFAnnot_SetFlags(annotation, flags | raw.FPDF_ANNOT_FLAG_HIDDEN)
    if flags & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW):
        return None
    if kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_XFAWIDGET):
        return Annotations(checked=tuple(_checked(raw, form, annotation)), drawn=True)
    if raw.FPDFAnnot_HasKey(annotation, b"StateModel"):  # that a comment was marked or accepted
        return None
    text = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    text = text or _plain(_string(raw.FPDFAnnot_GetStringValue, annotation, b"RC"))
    author = _string(raw.FPDFAnnot_GetStringValue, annotation, b"T")
    file = raw.FPDFAnnot_GetFileAttachment(annotation) if kind == raw.FPDF_ANNOT_FILEATTACHMENT else None
    drawn = kind in (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_REDACT)
    comments = ((author, text),) if text and kind != raw.FPDF_ANNOT_REDACT else ()
    return Annotations(comments, drawn=drawn, attached=(file,) if file else ())


def _checked(raw: Any, form: Any, annotation: Any) -> Iterator[tuple[float, float, float, str]]:
    if form is None or raw.FPDFAnnot_GetFormFieldType(form, annotation) not in (
        raw.FPDF_FORMFIELD_CHECKBOX,
        raw.FPDF_FORMFIELD_RADIOBUTTON,
    ):
        return
    box = raw.FS_RECTF()
    state = _string(raw.FPDFAnnot_GetStringValue, annotation, b"AS")  # PDFium tells it only where there is a drawing
    if state not in ("", "Off") and raw.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
        values = (_string(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation), state)
        telling = (value for value in values if value.casefold() not in _NOTHING and not value.isdigit())
        low, high = sorted((box.bottom, box.top))
        yield min(box.left, box.right), low, high, next(telling, "")


def _string(get: Callable[..., int], *of: Any) -> str:
    """Return what one of PDFium's functions writes as UTF-16 into a buffer."""
    size = get(*of, None, 0)
    if size <= 2:
        return ""
    size = min(size, 2 * _LONGEST)
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(*of, buffer, size)
    text = bytes(buffer)[:size].decode("utf-16-le", "replace").split("\0")[0]
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


def _plain(rich: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", rich)).split())


# What is drawn.


def drawn_lines(text: PageText, first: int, found: Annotations) -> list[Line]:
    """Return the lines of a page's text from a character on, where what was drawn into it begins."""
    lines = [line for line in _runs(text, first) if not _MARKS.fullmatch(line.text)]
    for left, bottom, top, value in found.checked:
        size = max(1.0, top - bottom)
        told = f"[x] {value}" if value else "[x]"
        lines.append(Line(told, left, bottom, left + size, bottom, top, min(size, 12.0)))
    return sorted(lines, key=lambda line: (-line.bottom, line.left))


def _runs(text: PageText, first: int) -> Iterator[Line]:
    """Yield what stands together: characters on one level without a gap between them."""
    for piece in re.finditer(r"[^\r\n]+", text.text[first:]):
        words = [(first + piece.start() + word.start(), word[0]) for word in re.finditer(r"\S+", piece[0])]
        lines = [text.line(at, word) for at, word in words]
        joined: list[Line] = []
        for line in lines:
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


def placed(lines: Sequence[Line], drawn: Sequence[Line]) -> list[Line]:
    """Return the lines of a page with those that were drawn into it where they are seen.

    A value goes behind the label on its level, a mark before the words that it marks, anything else below the line that
    stands nearest above it.
    """
    out = list(lines)
    for line in drawn:
        label = _label(out, line)
        if label is not None:
            label.text += f" {line.text}"
            label.right = max(label.right, line.right)
            continue
        marked = next((one for one in out if _level(one, line) and 0 <= one.left - line.right <= _BESIDE), None)
        if marked is not None:
            marked.text = f"{line.text} {marked.text}"
            continue
        above = [(one.bottom - line.bottom, at) for at, one in enumerate(out) if one.bottom >= line.top - 0.5]
        out.insert(min(above)[1] + 1 if above else 0, line)
    return out


def _label(lines: Sequence[Line], line: Line) -> Line | None:
    """Return the nearest line to the left on the same level."""
    beside = [one for one in lines if one.right <= line.left + 0.5 * line.size and _level(one, line)]
    return max(beside, key=lambda one: one.right, default=None)


def _level(one: Line, other: Line) -> bool:
    height = min(one.top - one.bottom, other.top - other.bottom)
    return min(one.top, other.top) - max(one.bottom, other.bottom) >= 0.5 * height > 0
