"""What a field's name means: a file's facts and a document's own fields, and which of two with one name is meant.

`file.NAME` is always a fact, `own.NAME` always a field of the document's own (its metadata, or a label). The short name
means what is known best: of a file its facts, of a document that an app added its own fields; the other where there is
none of the first.
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
"""The facts that there are of every document, with an example of a value."""
ADDED_TYPE = "document"
"""The type of what is no file."""
FILE, OWN = "file.", "own."
_PLACES = frozenset({"path", "name"})
"""Facts that stand beside the fields of a document (`Hit.path`), not among them."""


def name_of_fact(field: str) -> str | None:
    """Return which fact `file.NAME` or the short name may mean, or None."""
    name = field.removeprefix(FILE)
    return name if name in FACTS else None


def reserved(name: str) -> bool:
    """Whether no caller may name a field so, since it would stand for another one."""
    return name.startswith((FILE, OWN))


def all_fields(facts: Mapping[str, Value], own: Mapping[str, Value], *, added: bool) -> dict[str, Value]:
    """Return all fields of a document by the shortest name that a filter finds each by.

    Facts that are empty are left out, and path and name, which stand beside the fields.
    """
    found = named_own(facts, own, added=added)
    for name, value in facts.items():
        if value not in (None, "") and name not in _PLACES and found.get(name) is None:
            found[name] = value
    return found


def named_own(facts: Mapping[str, Value], own: Mapping[str, Value], *, added: bool) -> dict[str, Value]:
    """Return a document's own fields by the shortest name that a filter finds each by."""
    found: dict[str, Value] = {}
    for name, value in own.items():
        hidden = not added and facts.get(name) not in (None, "")
        found[OWN + name if hidden or reserved(name) else name] = value
    return found


def as_value(stored: Any) -> Value:
    """Return a value as JSON gave it back: several of them are a tuple."""
    return tuple(stored) if isinstance(stored, (list, tuple)) else stored


def metadata_of(stored: str) -> dict[str, Value]:
    """Return the metadata of a row of the catalogue."""
    return {name: as_value(value) for name, value in json.loads(stored).items()}


def iso_time(nanoseconds: int) -> str | None:
    """Return a time as ISO 8601 in UTC, or None for none."""
    if not nanoseconds:
        return None
    return datetime.datetime.fromtimestamp(nanoseconds / 1e9, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
