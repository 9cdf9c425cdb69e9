"""Documents that the caller made: which of them can be stored."""

from __future__ import annotations

import math
import re
from types import NoneType

from semsearch.index.facts import FILE, OWN, reserved
from semsearch.types import Document

__all__ = ["fault"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


def fault(document: Document) -> str | None:
    """Say why a caller's document cannot be stored, or None: one bad document must not cost the others."""
    if not isinstance(document.id, str) or not document.id:
        return "it has no id (a text that is not empty)"
    if not isinstance(document.text, str) or not isinstance(document.title, str):
        return "its text and title must be strings"
    if _SURROGATE.search(document.id) or _SURROGATE.search(document.title):
        return "its id or title is not valid Unicode"
    return next((told for key, value in document.metadata.items() if (told := _field_fault(key, value))), None)


def _field_fault(key: object, value: object) -> str | None:
    """Say why a field of the metadata cannot be stored or found, or None."""
    name = f"metadata field {str(key)[:60]!r}"
    if not isinstance(key, str) or not key:
        return f"{name} has no name (a text that is not empty)"
    if reserved(key):
        return f"{name} begins with {FILE} or {OWN}, which filters use; give it another name"
    values = value if isinstance(value, (list, tuple)) else (value,)
    if not all(isinstance(one, (str, int, float, NoneType)) for one in values) or (
        values is value and any(isinstance(one, (bool, NoneType)) for one in values)
    ):
        return f"{name} is neither text, number, truth value, None nor a list of texts and numbers"
    if any(isinstance(one, (int, float)) and not _finite(one) for one in values):
        return f"{name} is not a finite number"
    if any(isinstance(one, str) and _UNSTORABLE.search(one) for one in (key, *values)):
        return f"{name} is not valid Unicode, or holds a NUL"
    return None


def _finite(number: int | float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False
