"""Documents that the caller made, as they come: which of them can be stored, and what ended them too early."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from types import NoneType
from typing import Any

from semsearch.corpus.text.decode import one_line
from semsearch.stores.base import Documents
from semsearch.stores.document_fields import FILE, OWN, reserved
from semsearch.stores.records import ADDED
from semsearch.stores.sources import Sources
from semsearch.types.documents import Document, Skipped

__all__ = ["Given", "fault", "skipped", "taken"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSTORABLE = re.compile("[\ud800-\udfff\0]")


class Given:
    """The caller's documents with their positions, from 0. What their own code raises ends them and is kept."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Ask for nothing yet."""
        self._documents = documents
        self.position = 0
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[tuple[int, Document]]:
        """Yield position and document until there are no more, or the next one cannot be had."""
        try:
            for document in self._documents:
                yield self.position, document
                self.position += 1
        except Exception as error:  # noqa: BLE001 - it is the caller's, and goes back there once all else is committed
            self.failure = error

    def check(self) -> None:
        """Raise what the caller's code raised, as it was, with a note that says where; all before it is committed."""
        if self.failure is not None:
            kept = f"the {self.position} before it are committed" if self.position else "nothing was added"
            self.failure.add_note(f"semsearch: raised where documents[{self.position}] was asked for; {kept}")
            raise self.failure


def skipped(document: Any, position: int, reason: str) -> Skipped:
    """Name what cannot be stored by its id or, where it has none, by its position."""
    own = document.id if isinstance(document, Document) else None
    return Skipped(own[:200] if own and isinstance(own, str) else f"documents[{position}]", reason, position)


def taken(documents: Documents, sources: Sources, document_id: str) -> str | None:
    """Say that a file of the index has this id already, or None."""
    for source, path in sources.split(document_id):
        if source != ADDED and documents.find(source, path) is not None:
            return "a file of the index has this id; choose another"
    return None


def fault(document: Any) -> str | None:
    """Say why what a caller gives cannot be stored, or None: one bad document must not cost the others."""
    if not isinstance(document, Document):
        return f"it is of type {type(document).__name__}, not a Document"
    if not isinstance(document.metadata, Mapping):
        return f"its metadata is of type {type(document.metadata).__name__}, not a mapping of names to values"
    if not isinstance(document.id, str) or not document.id:
        return "it has no id (a text that is not empty)"
    if not isinstance(document.text, str) or not isinstance(document.title, str):
        return "its text and title must be strings"
    if _SURROGATE.search(document.id) or _SURROGATE.search(document.title):
        return "its id or title is not valid Unicode"
    try:
        fields = list(document.metadata.items())
    except Exception as error:  # noqa: BLE001 - a mapping of the caller's own, a row of a database that is closed
        return f"its metadata cannot be read: {type(error).__name__}: {one_line(str(error), 80)}"
    return next((reported for key, value in fields if (reported := _field_fault(key, value))), None)


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
