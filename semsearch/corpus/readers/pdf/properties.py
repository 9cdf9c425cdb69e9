"""Metadata of a PDF: title, author, dates, tags, description."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.corpus.text.blocks import join_values
from semsearch.types.documents import Value

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

__all__ = ["pdf_fields"]

_NOBODY = ("", "anonymous", "unknown", "user", "admin", "administrator", "unspecified")
_DATE = re.compile(r"(?:D:)?(\d{4})(?:-?(\d\d))?(?:-?(\d\d))?")


def pdf_fields(document: PdfDocument) -> dict[str, Value]:
    """Return metadata: `pages`, and if known title, author, date, modified (ISO), tags, description."""
    raw = {key: " ".join(value.replace("\0", " ").split()) for key, value in document.get_metadata_dict().items()}
    fields: dict[str, Value] = {"pages": len(document)}
    if _is_title(raw.get("Title", "")):
        fields["title"] = raw["Title"]
    for key, name in (("Author", "author"), ("Subject", "description")):
        if raw.get(key, "").lower() not in _NOBODY:
            fields[name] = raw[key]
    if tags := join_values(re.split(r"[,;]", raw.get("Keywords", ""))):
        fields["tags"] = tags
    for key, name in (("CreationDate", "date"), ("ModDate", "modified")):
        if date := _date(raw.get(key, "")):
            fields[name] = date
    return fields


def _date(text: str) -> str:
    """Return an ISO date, as precise as given; "" for an invalid one."""
    match = _DATE.match(text)
    if not match or not 1900 <= int(match[1]) <= 2100:
        return ""
    parts = [match[1]]
    for part, most in ((match[2], 12), (match[3], 31)):
        if not part or not 1 <= int(part) <= most:
            break
        parts.append(part)
    return "-".join(parts)


def _is_title(text: str) -> bool:
    """Return whether a title is a real one, and not a default of programs: a file's name, `untitled`, a number."""
    if re.search(
        r"^untitled|^microsoft word|^document\d*$|\.(docx?|pdf|tex|dvi|indd|qxd|pptx?|xlsx?|rtf)$", text, re.I
    ):
        return False
    return sum(map(str.isalpha, text)) >= 3 and (" " in text or not re.search(r"[-_.\d]", text))
