"""Field names: file facts and a document's own fields, and which one a name shared by both refers to.

`file.NAME` is always a file fact, `own.NAME` always the document's own field (metadata or label). The plain name means
the fact for files and the own field for documents added by the caller, and falls back to the other one if missing.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

from semsearch.types.documents import Value

__all__ = [
    "ADDED_TYPE",
    "FACTS",
    "FILE",
    "OWN",
    "all_fields",
    "as_value",
    "iso_time",
    "metadata_of",
    "name_of_fact",
    "named_own",
    "reserved",
]

FACTS = {
    "path": "docs/**",
    "name": "*.md",
    "type": "pdf",
    "title": "*guide*",
    "language": "en",
    "size": "10k",
    "modified": "2025-01-31",
}
"""The facts of every document, each with an example value."""
ADDED_TYPE = "document"
"""The type of documents that are not files."""
FILE, OWN = "file.", "own."
_PLACES = frozenset({"path", "name"})
"""Facts reported beside the fields of a document (`Hit.path`), not among them."""


def name_of_fact(field: str) -> str | None:
    """Return the fact that `file.NAME` or a plain name may refer to, or None."""
    name = field.removeprefix(FILE)
    return name if name in FACTS else None


def reserved(name: str) -> bool:
    """Return whether callers may not use this field name, since its prefix has a meaning of its own."""
    return name.startswith((FILE, OWN))


def all_fields(facts: Mapping[str, Value], own: Mapping[str, Value], *, added: bool) -> dict[str, Value]:
    """Return all fields of a document, each under the shortest name that a filter finds it by.

    Left out are empty facts, and `path` and `name`, which are reported beside the fields.
    """
    named = named_own(facts, own, added=added)
    for name, value in facts.items():
        if value not in (None, "") and name not in _PLACES and named.get(name) is None:
            named[name] = value
    return named


def named_own(facts: Mapping[str, Value], own: Mapping[str, Value], *, added: bool) -> dict[str, Value]:
    """Return a document's own fields, each under the shortest name that a filter finds it by."""
    named: dict[str, Value] = {}
    for name, value in own.items():
        hidden = not added and facts.get(name) not in (None, "")
        named[OWN + name if hidden or reserved(name) else name] = value
    return named


def as_value(stored: Any) -> Value:
    """Return a value read from JSON, with lists as tuples."""
    return tuple(stored) if isinstance(stored, (list, tuple)) else stored


def metadata_of(stored: str) -> dict[str, Value]:
    """Parse the metadata column of a catalogue row."""
    return {name: as_value(value) for name, value in json.loads(stored).items()}


def iso_time(nanoseconds: int) -> str | None:
    """Return a time in nanoseconds as ISO 8601 in UTC, or None for 0."""
    if not nanoseconds:
        return None
    return datetime.datetime.fromtimestamp(nanoseconds / 1e9, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
