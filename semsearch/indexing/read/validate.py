"""Validate the caller's documents one by one, and keep an error of the caller's iterable."""

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
    """The caller's documents with their positions, from 0. An error of the caller's code ends them and is kept."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Read nothing yet."""
        self._documents = documents
        self.position = 0
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[tuple[int, Document]]:
        """Yield position and document until the end or an error of the iterable."""
        try:
            for document in self._documents:
                yield self.position, document
                self.position += 1
        except Exception as error:  # noqa: BLE001 - the caller's error, re-raised in check()
            self.failure = error

    def check(self) -> None:
        """Raise the unchanged error of the caller's code, if any, with a note that says where."""
        if self.failure is not None:
            committed = f"the {self.position} before it are committed" if self.position else "nothing was added"
            self.failure.add_note(f"semsearch: raised while getting documents[{self.position}]; {committed}")
            raise self.failure


def skipped(document: Any, position: int, reason: str) -> Skipped:
    """Return the report of a document that cannot be stored, under its id or, without one, its position."""
    own = document.id if isinstance(document, Document) else None
    return Skipped(own[:200] if own and isinstance(own, str) else f"documents[{position}]", reason, position)


def taken(documents: Documents, sources: Sources, document_id: str) -> str | None:
    """Return an error message if a file of the index has this id, else None."""
    for source, path in sources.split(document_id):
        if source != ADDED and documents.find(source, path) is not None:
            return "a file of the index has this id; choose another"
    return None


def fault(document: Any) -> str | None:
    """Return why a document cannot be stored, or None: one invalid document must not affect the others."""
    if not isinstance(document, Document):
        return f"it is of type {type(document).__name__}, not a Document"
    if not isinstance(document.metadata, Mapping):
        return f"its metadata is of type {type(document.metadata).__name__}, not a mapping of names to values"
    if not isinstance(document.id, str) or not document.id:
        return "it has no id (a non-empty string)"
    if not isinstance(document.text, str) or not isinstance(document.title, str):
        return "its text and title must be strings"
    if _SURROGATE.search(document.id) or _SURROGATE.search(document.title):
        return "its id or title is not valid Unicode"
    try:
        fields = list(document.metadata.items())
    except Exception as error:  # noqa: BLE001 - a mapping of the caller's, such as a row of a closed database
        return f"its metadata cannot be read: {type(error).__name__}: {one_line(str(error), 80)}"
    return next((problem for key, value in fields if (problem := _field_fault(key, value))), None)


def _field_fault(key: object, value: object) -> str | None:
    """Return why a metadata field cannot be stored or found, or None."""
    name = f"metadata field {str(key)[:60]!r}"
    if not isinstance(key, str) or not key:
        return f"{name} has no name (a non-empty string)"
    if reserved(key):
        return f"{name} begins with {FILE} or {OWN}, which filters use; give it another name"
    values = value if isinstance(value, (list, tuple)) else (value,)
    if not all(isinstance(item, (str, int, float, NoneType)) for item in values) or (
        values is value and any(isinstance(item, (bool, NoneType)) for item in values)
    ):
        return f"{name} is neither text, number, boolean, None nor a list of texts and numbers"
    if any(isinstance(item, (int, float)) and not _finite(item) for item in values):
        return f"{name} is not a finite number"
    if any(isinstance(item, str) and _UNSTORABLE.search(item) for item in (key, *values)):
        return f"{name} is not valid Unicode, or contains a NUL"
    return None


def _finite(number: int | float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:
        return False
