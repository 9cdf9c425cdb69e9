"""Filters, path prefixes and exact phrases, resolved to rows before anything is ranked."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.corpus.text.terms.folding import folded_text
from semsearch.corpus.text.terms.normal import normal
from semsearch.corpus.text.terms.scripts import BEGINS, ENDS, RUN
from semsearch.errors import InvalidFilter
from semsearch.index.catalog import pack_path, unpack_path
from semsearch.index.columns import Columns, iso_time
from semsearch.index.heads import label_fields
from semsearch.index.sources import ADDED, Sources
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

_NAMED = 40
"""Fields that an error names; `semsearch fields` lists them all."""


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
    connection: sqlite3.Connection,
    sources: Sources,
    filters: Sequence[Filter],
    within: Sequence[str],
    columns: Columns | None = None,
) -> Ids:
    """Return the sorted numbers of the documents that pass every filter and lie under one of the paths.

    Only what the filters name is read, into `columns` where a state keeps them. Raises InvalidFilter for a field that
    neither every document has nor any.
    """
    columns = columns if columns is not None else Columns()
    _check_fields(connection, sources, columns, filters)
    found = [columns.get(connection, sources, f.field).passing(f) for f in filters]
    if within:
        found.append(np.array(sorted(_below(connection, sources, within)), dtype=np.int64))
    if not found:
        return np.zeros(0, np.int64)
    kept = np.sort(found[0])
    for other in found[1:]:
        kept = kept[np.isin(kept, other, assume_unique=True)]
    return kept


def _below(connection: sqlite3.Connection, sources: Sources, prefixes: Sequence[str]) -> set[int]:
    """Return the documents at or below some paths, by the catalogue's index over paths."""
    found: set[int] = set()
    for prefix in {p.rstrip("/") for p in prefixes}:
        for source, below in sources.split(prefix):
            if source != ADDED and not below:
                continue  # a root itself: taken as a whole
            found |= _under(connection, source, below)
        for source, root in sources.roots.items():
            if source != ADDED and (root == prefix or root.startswith(prefix + "/")):
                query = "SELECT id FROM documents WHERE source = ?"
                found.update(n for (n,) in connection.execute(query, (source,)))
    return found


def _under(connection: sqlite3.Connection, source: int, path: str) -> set[int]:
    """Return the documents of one source at a path, below it or inside it; a path that is not UTF-8 is bytes."""
    query = "SELECT id FROM documents WHERE source = ? AND (path = ? OR path >= ? AND path < ?)"
    forms: list[tuple[str | bytes, ...]] = []
    for below in (path, path + "!"):
        words = (path, below + "/", below + "0")
        forms.append(tuple(map(os.fsencode, words)))
        if isinstance(pack_path(path), str):
            forms.append(words)
    return {n for form in forms for (n,) in connection.execute(query, (source, *form))}


def _check_fields(
    connection: sqlite3.Connection, sources: Sources, columns: Columns, filters: Sequence[Filter]
) -> None:
    asked = {f.field for f in filters} - BUILTIN.keys()
    if all(columns.get(connection, sources, field).known for field in asked):
        return
    known = metadata_fields(connection)
    unknown = sorted(asked - known)
    if unknown:
        fields = sorted(BUILTIN.keys() | known)
        names = ", ".join(fields[:_NAMED]) + (f" and {len(fields) - _NAMED:,} more" if len(fields) > _NAMED else "")
        raise InvalidFilter(f"no document has a field `{unknown[0]}`; the fields here are {names}")


def rows_of_documents(connection: sqlite3.Connection, documents: Ids) -> Ids:
    """Return the sorted rows of all passages of some documents."""
    query = "SELECT row FROM passages WHERE document IN (SELECT value FROM json_each(?))"
    rows = np.fromiter((r for (r,) in connection.execute(query, (json.dumps(documents.tolist()),))), np.int64)
    rows.sort()
    return rows


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return a pattern, for `normal` texts, of an exact phrase: case and white space do not matter, word ends do."""
    phrase = normal(phrase)
    body = r"\s+".join(re.escape(word) for word in phrase.split())
    before = BEGINS if _ends_word(phrase[:1]) else ""
    after = ENDS if _ends_word(phrase[-1:]) else ""
    return re.compile(before + body + after, re.IGNORECASE)


def _ends_word(character: str) -> bool:
    """Whether a word may end here only beside something that is no letter: not so where words are not set apart."""
    return character.isalnum() and not RUN.match(character)


def holding(texts: Iterator[tuple[int, str]], patterns: Sequence[re.Pattern[str]]) -> Ids:
    """Return the sorted rows whose text holds every phrase, as it is written or typed without its accents."""
    rows = [row for row, text in texts if all(_holds(normal(text), p) for p in patterns)]
    return np.array(sorted(rows), dtype=np.int64)


def _holds(text: str, pattern: re.Pattern[str]) -> bool:
    return pattern.search(text) is not None or any(pattern.search(form) for form in folded_text(text))
