"""Documents that the caller made: which of them can be stored."""

from __future__ import annotations

import math
import re
from types import NoneType

from semsearch.types import Document

__all__ = ["fault"]

_SURROGATE = re.compile("[\ud800-\udfff]")


def fault(document: Document) -> str | None:
    """Say why a caller's document cannot be stored, or None: one bad document must not cost the others."""
    if not isinstance(document.id, str) or not document.id:
        return "it has no id (a text that is not empty)"
    if not isinstance(document.text, str) or not isinstance(document.title, str):
        return "its text and title must be strings"
    for key, value in document.metadata.items():
        if not isinstance(key, str) or not isinstance(value, (str, int, float, bool, NoneType)):
            return f"metadata field {str(key)[:60]!r} is neither text, number, truth value nor None"
        if isinstance(value, float) and not math.isfinite(value):
            return f"metadata field {key[:60]!r} is not a finite number"
    strings = (document.id, document.title, *document.metadata, *map(str, document.metadata.values()))
    if any(_SURROGATE.search(text) for text in strings):
        return "its id, title or metadata is not valid Unicode"
    return None
