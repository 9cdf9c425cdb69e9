"""Columns: one field of all documents, cached for the state it was read from, for testing filters."""

from __future__ import annotations

import json
import sqlite3
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.conditions import Filter, Operator
from semsearch.filters import comparable, is_number, is_orderable, predicate
from semsearch.stores.document_fields import FILE, OWN, as_value, iso_time, name_of_fact
from semsearch.stores.local.catalog.label_heads import label_fields, label_values
from semsearch.stores.local.catalog.schema import unpack_path
from semsearch.stores.records import ADDED
from semsearch.stores.sources import Sources
from semsearch.types.documents import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids

__all__ = ["Column", "Columns"]

_KEPT = 8
"""Columns cached for a state: about 1 MB each for 100,000 documents, plus their distinct values."""
_ORDERED = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE})


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The values of one field: document `ids[i]` has `values[codes[i]]`."""

    ids: Ids
    codes: NDArray[np.int32]
    values: Sequence[Value]
    """Distinct values; numbers (not booleans) come first, in ascending order."""
    numbers: int
    """How many of the values are such numbers."""
    known: bool
    """Whether any document has the field."""

    def passing(self, filter_: Filter) -> Ids:
        """Return the documents that match a filter of this field; every distinct value is tested at most once."""
        test = predicate(filter_)
        passed = np.zeros(len(self.values), dtype=np.bool_)
        first = 0
        if filter_.operator in _ORDERED and is_number(filter_.value) and self.numbers:
            # Along ascending numbers such a test flips once, so a binary search suffices.
            first = self.numbers
            last = test(self.values[first - 1])
            turn = bisect_left(range(first), True, key=lambda n: test(self.values[n]) == last)
            passed[turn:first], passed[:turn] = last, not last
        for n in range(first, len(self.values)):
            passed[n] = test(self.values[n])
        return self.ids[passed[self.codes]]

    def unlike(self, filter_: Filter) -> Value:
        """Return an example value if the filter is an ordering one that no value can be compared with, else None."""
        if filter_.operator not in _ORDERED or not is_orderable(filter_.value):
            return None
        present = [value for value in self.values if value not in (None, "", ())]
        return present[0] if present and not any(comparable(filter_, value) for value in present) else None


class Columns:
    """The columns of one state, read on first use by a filter. Thread-safe."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._guard = threading.Lock()
        self._kept: OrderedDict[str, Column] = OrderedDict()

    def get(self, connection: sqlite3.Connection, sources: Sources, field: str) -> Column:
        """Return the column of a field in the connection's snapshot."""
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
    for number, value, has_field in _values(connection, sources, field):
        known = known or has_field
        ids.append(number)
        # True and 1 are the same key of a dict, but not the same to a filter.
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
    """Yield (document, value of one field, whether it has the field), as `document_fields.all_fields` names them."""
    fact = name_of_fact(field)
    if fact is None:
        yield from _own_values(connection, field.removeprefix(OWN))
        return
    own = {} if field.startswith(FILE) else _own_beside(connection, fact)
    for number, source, value in _fact_values(connection, sources, fact):
        mine = own.get(number)
        own_first = mine is not None and (source == ADDED or value in (None, ""))
        yield number, mine if own_first else value, True


def _fact_values(
    connection: sqlite3.Connection, sources: Sources, fact: str
) -> Iterator[tuple[int, int, str | int | None]]:
    """Yield (document, source, value) of a fact."""
    if fact in ("path", "name"):
        for number, source, stored in connection.execute("SELECT id, source, path FROM documents"):
            path = sources.absolute(source, unpack_path(stored))
            yield number, source, path if fact == "path" else path.rsplit("/", 1)[-1]
    elif fact == "modified":
        for number, source, mtime_ns in connection.execute("SELECT id, source, mtime_ns FROM documents"):
            yield number, source, iso_time(mtime_ns)
    else:
        yield from connection.execute(f"SELECT id, source, nullif({fact}, '') FROM documents")


def _own_beside(connection: sqlite3.Connection, fact: str) -> dict[int, Value]:
    """Return the values of the few documents with an own field named like a fact."""
    query = (
        "SELECT d.id, f.value, f.type FROM documents d, json_each(d.metadata) f "
        "WHERE instr(d.metadata, ?) AND f.key = ? AND f.type != 'null'"
    )
    return {number: _value(value, kind) for number, value, kind in connection.execute(query, (f'"{fact}"', fact))}


def _own_values(connection: sqlite3.Connection, field: str) -> Iterator[tuple[int, Value, bool]]:
    labels = label_values(connection, field) if field in label_fields(connection) else None
    query = "SELECT d.id, f.value, f.type FROM documents d LEFT JOIN json_each(d.metadata) f ON f.key = ?"
    for number, value, kind in connection.execute(query, (field,)):
        if kind is None and labels is not None and number in labels:
            yield number, labels[number], True
        else:
            yield number, _value(value, kind), kind is not None or labels is not None


def _value(value: str | int | float | None, kind: str | None) -> Value:
    """Convert a value from SQLite's JSON functions."""
    if kind in ("true", "false"):
        return kind == "true"
    return as_value(json.loads(str(value))) if kind == "array" else value
