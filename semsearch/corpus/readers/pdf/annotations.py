"""Text on a PDF page outside its content: filled fields, text boxes, stamps, and readers' comments.

PDFium draws fields and boxes into the page (`FPDFPage_Flatten`), with their own appearance or with one made from
their value, so that the extracted text is the visible text. Comments have no position in a page's text; they follow
it, each with its author.
"""

from __future__ import annotations

import ctypes
import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

__all__ = ["MOST", "Annotations", "Box", "Comment", "Field", "annotations_of", "quoted"]

MOST = 20_000
"""Annotations of a page that are examined."""
_LONGEST = 20_000_000
"""Most characters of a comment."""
_TAG = re.compile(r"<[^>]*>")
_NOTHING = frozenset({"", "on", "off", "yes", "true", "1", "0", "x", "checked", "check", "ja", "oui", "si"})
"""Export values that say only that a box is checked."""
_PASSWORD = 1 << 13
Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A reader's note; `quoting` if it may only repeat the page's text at its position."""

    author: str
    text: str
    quoting: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A visible field and its value."""

    box: Box
    value: str = ""
    checked: bool = False
    """Whether it is a checked box, or a selected option of a list; the value says which, if it is informative."""
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of one page."""

    comments: tuple[Comment, ...] = ()
    fields: tuple[Field, ...] = ()
    drawn: bool = False
    """Whether fields, boxes or stamps must be drawn into the page."""
    attached: tuple[Any, ...] = ()
    """PDFium's handles of files attached to a position on the page."""
    more: bool = False
    """Whether there are more than were examined."""


def annotations_of(document: PdfDocument, page: PdfPage) -> Annotations:
    """Return the annotations of a page."""
    from pypdfium2 import raw

    count = raw.FPDFPage_GetAnnotCount(page.raw)
    if count <= 0:
        return Annotations()
    form = document.formenv.raw if document.formenv is not None else None
    parts = [part for at in range(min(count, MOST)) if (part := _annotation(raw, form, page, at)) is not None]
    return Annotations(
        tuple(comment for part in parts for comment in part.comments),
        tuple(field for part in parts for field in part.fields),
        any(part.drawn for part in parts),
        tuple(file for part in parts for file in part.attached),
        count > MOST,
    )


def _annotation(raw: Any, form: Any, page: PdfPage, at: int) -> Annotations | None:
    annotation = raw.FPDFPage_GetAnnot(page.raw, at)
    if not annotation:
        return None
    try:
        return _examine(raw, form, annotation)
    finally:
        raw.FPDFPage_CloseAnnot(annotation)


def _examine(raw: Any, form: Any, annotation: Any) -> Annotations | None:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_UNKNOWN):
        return None
    flags = raw.FPDFAnnot_GetFlags(annotation)
    if flags & raw.FPDF_ANNOT_FLAG_NOVIEW:  # PDFium would draw it
        raw.FPDFAnnot_SetFlags(annotation, flags | raw.FPDF_ANNOT_FLAG_HIDDEN)
    if flags & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW):
        return None
    if kind in (raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_XFAWIDGET):
        return Annotations(fields=tuple(_fields(raw, form, annotation)), drawn=True)
    return _note(raw, annotation, kind)


def _note(raw: Any, annotation: Any, kind: int) -> Annotations | None:
    if raw.FPDFAnnot_HasKey(annotation, b"StateModel"):  # only marks a comment as read or accepted
        return None
    text = _string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    text = text or _plain(_string(raw.FPDFAnnot_GetStringValue, annotation, b"RC"))
    author = _string(raw.FPDFAnnot_GetStringValue, annotation, b"T")
    file = raw.FPDFAnnot_GetFileAttachment(annotation) if kind == raw.FPDF_ANNOT_FILEATTACHMENT else None
    drawn = kind in (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_REDACT)
    has_comment = text and kind != raw.FPDF_ANNOT_REDACT
    comments = (Comment(author, text, kind != raw.FPDF_ANNOT_TEXT),) if has_comment else ()
    return Annotations(comments, drawn=drawn, attached=(file,) if file else ())


def _fields(raw: Any, form: Any, annotation: Any) -> Iterator[Field]:
    rect = raw.FS_RECTF()
    if form is None or not raw.FPDFAnnot_GetRect(annotation, ctypes.byref(rect)):
        return
    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    low, high = sorted((rect.bottom, rect.top))
    left, right = sorted((rect.left, rect.right))
    box = left, low, right, high
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        state = _string(raw.FPDFAnnot_GetStringValue, annotation, b"AS")  # PDFium reports it only with an appearance
        if state not in ("", "Off"):
            values = (_string(raw.FPDFAnnot_GetFormFieldExportValue, form, annotation), state)
            telling = (value for value in values if value.casefold() not in _NOTHING and not value.isdigit())
            yield Field(box, next(telling, ""), checked=True)
    elif kind == raw.FPDF_FORMFIELD_LISTBOX:  # it also shows the options that are not selected
        for at in range(min(raw.FPDFAnnot_GetOptionCount(form, annotation), MOST)):
            if raw.FPDFAnnot_IsOptionSelected(form, annotation, at):
                yield Field(box, _string(raw.FPDFAnnot_GetOptionLabel, form, annotation, at), checked=True)
    elif kind == raw.FPDF_FORMFIELD_TEXTFIELD:
        secret = bool(raw.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD)
        value = "" if secret else _string(raw.FPDFAnnot_GetFormFieldValue, form, annotation)
        yield Field(box, value, secret=secret)


def _string(get: Callable[..., int], *of: Any) -> str:
    """Return the UTF-16 string that a PDFium function writes into a buffer."""
    size = get(*of, None, 0)
    if not 2 < size <= 2 * _LONGEST:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    get(*of, buffer, size)
    text = bytes(buffer)[:size].decode("utf-16-le", "replace").split("\0")[0]
    return "\n".join(" ".join(line.split()) for line in text.splitlines()).strip()


def _plain(rich: str) -> str:
    return " ".join(html.unescape(_TAG.sub(" ", rich)).split())


def quoted(comment: Comment, seen: Sequence[str]) -> bool:
    """Return whether a comment only repeats words that occur consecutively on the page."""
    words = f" {' '.join(comment.text.split())} "
    return comment.quoting and len(words.split()) > 2 and any(words in line for line in seen)
