"""One field of all documents at a time, kept for the state that it was read from: what filters are tested against."""

from __future__ import annotations

import datetime
import sqlite3
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.filtering import is_number, predicate
from semsearch.index.catalog import unpack_path
from semsearch.index.heads import json_path, label_fields, label_values
from semsearch.index.sources import Sources
from semsearch.types import Filter, Operator, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types import Ids

__all__ = ["Column", "Columns", "iso_time"]

_KEPT = 8
"""Columns kept for a state: 100,000 documents take some 1 MB each, and their distinct values."""
_ORDERED = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE})


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The values of one field: document `ids[i]` has `values[codes[i]]`."""

    ids: Ids
    codes: NDArray[np.int32]
    values: Sequence[Value]
    """Distinct values; numbers that are no truth values come first, in ascending order."""
    numbers: int
    """How many of the values are such numbers."""
    known: bool
    """Whether any document has the field."""

    def passing(self, filter_: Filter) -> Ids:
        """Return the documents that pass a filter of this field; every distinct value is tested once at most."""
        test = predicate(filter_)
        passed = np.zeros(len(self.values), dtype=np.bool_)
        first = 0
        if filter_.operator in _ORDERED and is_number(filter_.value) and self.numbers:
            # Along ascending numbers such a test changes once, so a few tests tell them all.
            first = self.numbers
            last = test(self.values[first - 1])
            turn = bisect_left(range(first), True, key=lambda n: test(self.values[n]) == last)
            passed[turn:first], passed[:turn] = last, not last
        for n in range(first, len(self.values)):
            passed[n] = test(self.values[n])
        return self.ids[passed[self.codes]]


class Columns:
    """The columns of one state, read when a filter first asks for one. Many threads may use it."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._guard = threading.Lock()
        self._kept: OrderedDict[str, Column] = OrderedDict()

    def get(self, connection: sqlite3.Connection, sources: Sources, field: str) -> Column:
        """Return a field of all documents, as the connection's snapshot has it."""
        with self._guard:
            if field in self._kept:
                self._kept.move_to_end(field)
                return self._kept[field]
        made = _read(connection, sources, field)
        with self._guard:
            self._kept[field] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made


def _read(connection: sqlite3.Connection, sources: Sources, field: str) -> Column:
    ids: list[int] = []
    codes: list[int] = []
    places: dict[tuple[bool, Value], int] = {}
    known = False
    for number, value, here in _values(connection, sources, field):
        known = known or here
        ids.append(number)
        # True and 1 are one key of a dict, and are not the same to a filter.
        codes.append(places.setdefault((isinstance(value, bool), value), len(places)))
    values = [value for _, value in places]
    order = sorted(range(len(values)), key=lambda n: (0, values[n]) if _is_plain_number(values[n]) else (1, 0))
    moved = np.empty(len(values), dtype=np.int32)
    moved[order] = np.arange(len(values), dtype=np.int32)
    numbers = sum(map(_is_plain_number, values))
    return Column(
        np.array(ids, dtype=np.int64),
        moved[np.array(codes, dtype=np.int32)] if codes else np.zeros(0, np.int32),
        [values[n] for n in order],
        numbers,
        known,
    )


def _is_plain_number(value: Value) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _values(connection: sqlite3.Connection, sources: Sources, field: str) -> Iterator[tuple[int, Value, bool]]:
    """Yield (document, value of one field, whether it has the field); the same values as `document_facts` gives."""
    if field in ("path", "name"):
        for number, source, stored in connection.execute("SELECT id, source, path FROM documents"):
            path = sources.absolute(source, unpack_path(stored))
            yield number, path if field == "path" else path.rsplit("/", 1)[-1], True
    elif field in ("type", "language", "size"):
        for number, value in connection.execute(f"SELECT id, {field} FROM documents"):
            yield number, value, True
    elif field == "modified":
        for number, mtime_ns in connection.execute("SELECT id, mtime_ns FROM documents"):
            yield number, iso_time(mtime_ns), True
    else:
        yield from _own_values(connection, field)


def _own_values(connection: sqlite3.Connection, field: str) -> Iterator[tuple[int, Value, bool]]:
    labels = label_values(connection, field) if field in label_fields(connection) else None
    where = json_path(field)
    query = "SELECT id, json_extract(metadata, ?), json_type(metadata, ?), title FROM documents"
    if labels is None and field != "title":
        query = query.replace("title FROM", "'' FROM")
    for number, value, kind, title in connection.execute(query, (where, where)):
        if kind in ("true", "false"):
            yield number, kind == "true", True
        elif kind is None and labels is not None and number in labels:
            yield number, labels[number], True
        elif kind is None and field == "title":
            yield number, title or None, True
        else:
            yield number, value, kind is not None or labels is not None


def iso_time(nanoseconds: int) -> str | None:
    """Return a time as ISO 8601 in UTC, or None for none."""
    if not nanoseconds:
        return None
    return datetime.datetime.fromtimestamp(nanoseconds / 1e9, tz=datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
