"""Resolve filters, path prefixes and exact phrases to rows, before ranking (pre-filtering)."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.conditions import And, Condition, Filter, Not, conditions_in, quoted_field
from semsearch.corpus.text.terms.folding import folded_text
from semsearch.corpus.text.terms.normal import normal
from semsearch.corpus.text.terms.scripts import BEGINS, ENDS, run_pattern
from semsearch.errors import InvalidFilter
from semsearch.filters import is_number
from semsearch.stores.document_fields import FACTS, all_fields, iso_time, metadata_of, name_of_fact, named_own
from semsearch.stores.local.catalog.field_columns import Column, Columns
from semsearch.stores.local.catalog.label_heads import label_fields
from semsearch.stores.local.catalog.schema import pack_path, unpack_path
from semsearch.stores.records import ADDED
from semsearch.stores.sources import Sources
from semsearch.types.documents import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids

__all__ = [
    "DOCUMENT_COLUMNS",
    "RowSet",
    "document_facts",
    "document_own",
    "lies_below",
    "matching_documents",
    "metadata_fields",
    "own_fields",
]

DOCUMENT_COLUMNS = "id, source, path, title, type, language, size, mtime_ns, metadata"

_NAMED = 40
"""Maximum number of fields in an error message; `semsearch fields` lists them all."""


@dataclass(frozen=True)
class RowSet:
    """Rows that a filter keeps: sorted, live, unique."""

    rows: Ids

    def __len__(self) -> int:
        """Return how many rows."""
        return len(self.rows)

    def mask(self, rows: int) -> NDArray[np.bool_]:
        """Return the rows as a mask, (rows,) bool."""
        out = np.zeros(rows, dtype=np.bool_)
        out[self.rows[self.rows < rows]] = True
        return out


def document_facts(
    sources: Sources, row: tuple[Any, ...], labels: Mapping[str, Value] | None = None
) -> tuple[str, dict[str, Value]]:
    """Return the path and all fields of a document from a row of DOCUMENT_COLUMNS and its labels."""
    facts, own = _facts_and_own(sources, row, labels)
    return str(facts["path"]), all_fields(facts, own, added=row[1] == ADDED)


def document_own(
    sources: Sources, row: tuple[Any, ...], labels: Mapping[str, Value] | None = None
) -> tuple[str, dict[str, Value]]:
    """Return the path and the own fields of a document from a row of DOCUMENT_COLUMNS and its labels."""
    facts, own = _facts_and_own(sources, row, labels)
    return str(facts["path"]), named_own(facts, own, added=row[1] == ADDED)


def _facts_and_own(
    sources: Sources, row: tuple[Any, ...], labels: Mapping[str, Value] | None
) -> tuple[dict[str, Value], dict[str, Value]]:
    _, source, stored, title, kind, language, size, mtime_ns, metadata = row
    path = sources.absolute(source, unpack_path(stored))
    facts: dict[str, Value] = {"path": path, "name": path.rsplit("/", 1)[-1], "type": kind, "language": language}
    facts |= {"size": size, "modified": iso_time(mtime_ns), "title": title}
    return facts, {**(labels or {}), **metadata_of(metadata)}


def own_fields(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all own metadata fields of any document."""
    query = "SELECT DISTINCT key FROM documents, json_each(documents.metadata)"
    return {str(key) for (key,) in connection.execute(query)}


def metadata_fields(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all metadata and label fields of any document."""
    return own_fields(connection) | label_fields(connection)


def matching_documents(
    connection: sqlite3.Connection,
    sources: Sources,
    filters: Sequence[Condition],
    within: Sequence[str],
    columns: Columns | None = None,
) -> Ids:
    """Return the sorted numbers of the documents that match every filter and are below one of the paths.

    Only the fields of the filters are read, through the cache `columns` if given. Raises InvalidFilter for an unknown
    field, and for an ordering that no value of the field supports.
    """
    columns = columns if columns is not None else Columns()
    column = partial(columns.get, connection, sources)
    _check_fields(connection, column, filters)
    found = [_passing(column, condition) for condition in filters]
    if within:
        found.append(np.array(sorted(set(_below(connection, sources, within))), dtype=np.int64))
    return _in_all(found) if found else np.zeros(0, np.int64)


def _passing(column: Callable[[str], Column], condition: Condition) -> Ids:
    """Return the sorted documents that match a condition."""
    if isinstance(condition, Filter):
        return np.sort(column(condition.field).passing(condition))
    if isinstance(condition, Not):
        every = column(next(conditions_in(condition)).field).ids
        return np.setdiff1d(every, _passing(column, condition.condition), assume_unique=True)
    parts = [_passing(column, part) for part in condition.conditions]
    return _in_all(parts) if isinstance(condition, And) else np.unique(np.concatenate(parts))


def _in_all(parts: Sequence[Ids]) -> Ids:
    kept = np.sort(parts[0])
    for other in parts[1:]:
        kept = kept[np.isin(kept, other, assume_unique=True)]
    return kept


def lies_below(connection: sqlite3.Connection, sources: Sources, prefixes: Sequence[str]) -> bool:
    """Return whether any document is at or below one of the paths."""
    return next(_below(connection, sources, prefixes), None) is not None


def _below(connection: sqlite3.Connection, sources: Sources, prefixes: Sequence[str]) -> Iterator[int]:
    """Yield the documents at or below some paths, using the catalogue's path index; may yield one twice."""
    for prefix in dict.fromkeys(p.rstrip("/") for p in prefixes):
        for source, below in sources.split(prefix):
            if source != ADDED and not below:
                continue  # a root itself: taken as a whole
            yield from _under(connection, source, below)
        for source, root in sources.roots.items():
            if source != ADDED and (root == prefix or root.startswith(prefix + "/")):
                query = "SELECT id FROM documents WHERE source = ?"
                yield from (n for (n,) in connection.execute(query, (source,)))


def _under(connection: sqlite3.Connection, source: int, path: str) -> Iterator[int]:
    """Yield the documents of one source at, below or inside a path; a path that is not UTF-8 is bytes."""
    query = "SELECT id FROM documents WHERE source = ? AND (path = ? OR path >= ? AND path < ?)"
    forms: list[tuple[str | bytes, ...]] = []
    for below in (path, path + "!"):
        words = (path, below + "/", below + "0")
        forms.append(tuple(map(os.fsencode, words)))
        if isinstance(pack_path(path), str):
            forms.append(words)
    for form in forms:
        yield from (n for (n,) in connection.execute(query, (source, *form)))


def _check_fields(
    connection: sqlite3.Connection, column: Callable[[str], Column], filters: Sequence[Condition]
) -> None:
    for filter_ in conditions_in(*filters):
        field = filter_.field
        if not column(field).known and name_of_fact(field) is None:
            raise InvalidFilter(f"no document has a field `{field}`; the fields here are {_names(connection)}")
        if (value := column(field).unlike(filter_)) is not None:
            example = " ".join(str(value).split())
            raise InvalidFilter(
                f"`{filter_}` compares with {'a number' if is_number(filter_.value) else 'a date'}, and `{field}` is "
                f"never one: it is `{example[:60]}{'…' if len(example) > 60 else ''}`, for instance"
            )


def _names(connection: sqlite3.Connection) -> str:
    fields = [quoted_field(name) for name in sorted(FACTS.keys() | metadata_fields(connection))]
    return ", ".join(fields[:_NAMED]) + (f" and {len(fields) - _NAMED:,} more" if len(fields) > _NAMED else "")


def rows_of_documents(connection: sqlite3.Connection, documents: Ids) -> Ids:
    """Return the sorted rows of all passages of some documents."""
    query = "SELECT row FROM passages WHERE document IN (SELECT value FROM json_each(?))"
    rows = np.fromiter((r for (r,) in connection.execute(query, (json.dumps(documents.tolist()),))), np.int64)
    rows.sort()
    return rows


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return a pattern of an exact phrase, for `normal` texts: ignores case and white space, keeps word boundaries."""
    phrase = normal(phrase)
    body = r"\s+".join(re.escape(word) for word in phrase.split())
    before = BEGINS if _ends_word(phrase[:1]) else ""
    after = ENDS if _ends_word(phrase[-1:]) else ""
    return re.compile(before + body + after, re.IGNORECASE)


def _ends_word(character: str) -> bool:
    """Return whether a word boundary is needed here: not in scripts without spaces between words."""
    return character.isalnum() and (character.isascii() or not run_pattern().match(character))


def holding(texts: Iterator[tuple[int, str]], patterns: Sequence[re.Pattern[str]]) -> Ids:
    """Return the sorted rows whose text contains every phrase, with or without its accents."""
    rows = [row for row, text in texts if all(_holds(normal(text), p) for p in patterns)]
    return np.array(sorted(rows), dtype=np.int64)


def _holds(text: str, pattern: re.Pattern[str]) -> bool:
    return pattern.search(text) is not None or any(pattern.search(form) for form in folded_text(text))
