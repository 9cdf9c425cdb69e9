"""Filters, path prefixes and exact phrases, resolved to rows before anything is ranked."""

from __future__ import annotations

import datetime
import json
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.errors import InvalidFilter
from semsearch.filtering import predicate
from semsearch.index.analysis import CJK
from semsearch.index.catalog import unpack_path
from semsearch.index.heads import json_path, label_fields, label_values
from semsearch.index.sources import Sources
from semsearch.types import Filter, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types import Ids

__all__ = [
    "BUILTIN",
    "DOCUMENT_COLUMNS",
    "RowSet",
    "document_facts",
    "matching_documents",
    "metadata_fields",
    "own_fields",
]

BUILTIN = {
    "path": "docs/**",
    "name": "*.md",
    "type": "pdf",
    "title": "*guide*",
    "language": "en",
    "size": "10k",
    "modified": "2025-01-31",
}
"""The fields that every document has, with an example of a value."""

DOCUMENT_COLUMNS = "id, source, path, title, type, language, size, mtime_ns, metadata"


@dataclass(frozen=True)
class RowSet:
    """Rows that a filter keeps: sorted, live, unique."""

    rows: Ids

    def __len__(self) -> int:
        """How many rows."""
        return len(self.rows)

    def mask(self, rows: int) -> NDArray[np.bool_]:
        """Return them as (rows,) bool."""
        out = np.zeros(rows, dtype=np.bool_)
        out[self.rows[self.rows < rows]] = True
        return out


def document_facts(
    sources: Sources, row: tuple[Any, ...], labels: Mapping[str, Value] | None = None
) -> tuple[str, dict[str, Value]]:
    """Turn a row of DOCUMENT_COLUMNS, and the document's labels, into its path and all its fields."""
    _, source, stored, title, kind, language, size, mtime_ns, metadata = row
    path = sources.absolute(source, unpack_path(stored))
    facts: dict[str, Value] = {**(labels or {}), **json.loads(metadata)}
    if title:
        facts.setdefault("title", title)
    facts |= {"type": kind, "language": language, "size": size}
    if mtime_ns:
        facts["modified"] = iso_time(mtime_ns)
    return path, facts


def own_fields(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all metadata fields that any document has of its own."""
    query = "SELECT DISTINCT key FROM documents, json_each(documents.metadata)"
    return {str(key) for (key,) in connection.execute(query)}


def metadata_fields(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all metadata fields that any document has, of its own or as a label."""
    return own_fields(connection) | label_fields(connection)


def matching_documents(
    connection: sqlite3.Connection, sources: Sources, filters: Sequence[Filter], within: Sequence[str]
) -> list[int]:
    """Return the numbers of the documents that pass every filter and lie under one of the paths.

    Only what the filters name is read, and every distinct value is tested once. Raises InvalidFilter for a field that
    neither every document has nor any.
    """
    _check_fields(connection, filters)
    kept: set[int] | None = None
    for filter_ in filters:
        found = set(_passing(connection, sources, filter_))
        kept = found if kept is None else kept & found
    if within:
        prefixes = tuple(p.rstrip("/") for p in within)
        below = {n for n, path in _paths(connection, sources) if _is_below(path, prefixes)}
        kept = below if kept is None else kept & below
    return sorted(kept or ())


def _passing(connection: sqlite3.Connection, sources: Sources, filter_: Filter) -> Iterator[int]:
    test = predicate(filter_)
    known: dict[Value, bool] = {}
    for number, value in _values(connection, sources, filter_.field):
        # True and 1 are one key of a dict, and are not the same to a filter.
        key = value if not isinstance(value, bool) else f"\0{value}"
        if key not in known:
            known[key] = test(value)
        if known[key]:
            yield number


def _values(connection: sqlite3.Connection, sources: Sources, field: str) -> Iterator[tuple[int, Value]]:
    """Yield (document, value of one field); the same values as `document_facts` gives."""
    if field in ("path", "name"):
        for number, path in _paths(connection, sources):
            yield number, path if field == "path" else path.rsplit("/", 1)[-1]
    elif field in ("type", "language", "size"):
        yield from connection.execute(f"SELECT id, {field} FROM documents")
    elif field == "modified":
        for number, mtime_ns in connection.execute("SELECT id, mtime_ns FROM documents"):
            yield number, iso_time(mtime_ns)
    else:
        where, labels = json_path(field), label_values(connection, field)
        query = "SELECT id, json_extract(metadata, ?), json_type(metadata, ?), title FROM documents"
        for number, value, kind, title in connection.execute(query, (where, where)):
            if kind in ("true", "false"):
                yield number, kind == "true"
            elif kind is None and number in labels:
                yield number, labels[number]
            else:
                yield number, (title or None) if kind is None and field == "title" else value


def _paths(connection: sqlite3.Connection, sources: Sources) -> Iterator[tuple[int, str]]:
    for number, source, stored in connection.execute("SELECT id, source, path FROM documents"):
        yield number, sources.absolute(source, unpack_path(stored))


def _is_below(path: str, prefixes: Sequence[str]) -> bool:
    return any(path == p or path.startswith(p + "/") for p in prefixes)


def iso_time(nanoseconds: int) -> str | None:
    """Return a time as ISO 8601 in UTC, or None for none."""
    if not nanoseconds:
        return None
    return datetime.datetime.fromtimestamp(nanoseconds / 1e9, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_fields(connection: sqlite3.Connection, filters: Sequence[Filter]) -> None:
    asked = {f.field for f in filters} - BUILTIN.keys()
    if not asked:
        return
    known = metadata_fields(connection)
    unknown = sorted(asked - known)
    if unknown:
        names = ", ".join(sorted(BUILTIN.keys() | known))
        raise InvalidFilter(f"no document has a field `{unknown[0]}`; the fields here are {names}")


def rows_of_documents(connection: sqlite3.Connection, documents: Sequence[int]) -> Ids:
    """Return the sorted rows of all passages of some documents."""
    query = "SELECT row FROM passages WHERE document IN (SELECT value FROM json_each(?))"
    rows = np.fromiter((r for (r,) in connection.execute(query, (json.dumps(list(documents)),))), np.int64)
    rows.sort()
    return rows


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return a pattern for an exact phrase: case and the kind of white space do not matter, word ends do."""
    body = r"\s+".join(re.escape(word) for word in phrase.split())
    before = r"(?<!\w)" if _ends_word(phrase[:1]) else ""
    after = r"(?!\w)" if _ends_word(phrase[-1:]) else ""
    return re.compile(before + body + after, re.IGNORECASE)


def _ends_word(character: str) -> bool:
    """Whether a word may end here only beside something that is no letter: not so where words are not set apart."""
    return character.isalnum() and not CJK.match(character)


def holding(texts: Iterator[tuple[int, str]], patterns: Sequence[re.Pattern[str]]) -> Ids:
    """Return the sorted rows whose text holds every phrase."""
    rows = [row for row, text in texts if all(p.search(text) for p in patterns)]
    return np.array(sorted(rows), dtype=np.int64)
