"""Files attached to a PDF document, or to a position on a page."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers.nested import Inside, Limited, sized
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

__all__ = ["Attached", "attachments_of", "take_in"]

Attached = tuple[str, "bytes | SourceUnreadable"]
"""A name, and the attached content or the reason why it is unavailable."""


def attachments_of(document: PdfDocument, annotated: Iterable[Any], settings: Settings) -> list[Attached]:
    """Return the files attached to the document and to positions on its pages, each once, within the limits.

    Files beyond the limits have a reason. All are extracted at once, as PDFium reads one document at a time.
    """
    from pypdfium2 import raw

    room = settings.max_expanded_bytes
    listed = (raw.FPDFDoc_GetAttachment(document.raw, at) for at in range(raw.FPDFDoc_GetAttachmentCount(document.raw)))
    attached: list[Attached] = []
    seen: set[tuple[str, bytes]] = set()
    for handle in (*listed, *annotated):
        if not handle:
            continue
        name = _name(raw, handle)
        if len(attached) >= settings.max_members:
            attached.append((name, Limited("there are too many")))
            continue
        content = _content(raw, handle, room, settings.max_file_bytes)
        if isinstance(content, bytes):
            room -= len(content)
            if (name, content) in seen:  # attached both to the document and to a page
                continue
            seen.add((name, content))
        attached.append((name, content))
    return attached


def take_in(inside: Inside, attached: list[Attached]) -> None:
    """Read attached files, each with the reader of its type."""
    for name, content in attached:
        inside.add(name or "unnamed", content if isinstance(content, bytes) else _raising(content))


def _raising(error: SourceUnreadable) -> Any:
    def read() -> Any:
        raise error

    return read


def _name(raw: Any, handle: Any) -> str:
    size = raw.FPDFAttachment_GetName(handle, None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    raw.FPDFAttachment_GetName(handle, buffer, size)
    name = bytes(buffer)[:size].decode("utf-16-le", "replace").split("\0")[0]
    return name.replace("\\", "/").rsplit("/", 1)[-1].strip()


def _content(raw: Any, handle: Any, room: int, largest: int) -> bytes | SourceUnreadable:
    size = ctypes.c_ulong()
    if not raw.FPDFAttachment_GetFile(handle, None, 0, ctypes.byref(size)):
        return SourceUnreadable("broken: it cannot be extracted from the PDF")
    if size.value > largest:
        return Limited(f"too large ({sized(size.value)} > {sized(largest)})")
    if size.value > room:
        return Limited(f"the attachments are larger than {sized(room)} together")
    buffer = (ctypes.c_ubyte * max(1, size.value))()
    if not raw.FPDFAttachment_GetFile(handle, buffer, size.value, ctypes.byref(size)):
        return SourceUnreadable("broken: it cannot be extracted from the PDF")
    return bytes(buffer)[: size.value] or SourceUnreadable("empty")
