"""The catalogue tables of label heads, trained on the index's own vectors, and of the labels they assign.

A head is stored as JSON, its weights as base64 of little-endian float32: reading one never runs code.
"""

from __future__ import annotations

import binascii
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog.schema import crc, pack_path
from semsearch.stores.local.files.disk_errors import SqliteErrors
from semsearch.stores.local.files.layout import Layout
from semsearch.types.labels import Example, Head, HeadKind, suffix_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.documents import Value

__all__ = [
    "LocalLabels",
    "drop_broken",
    "faults",
    "label_fields",
    "label_values",
    "labels_of",
    "put_head",
    "put_labels",
    "remove_head",
]


# Heads.


def _dump(head: Head) -> str:
    return json.dumps(
        {
            "kind": head.kind.value,
            "fingerprint": head.fingerprint,
            "shape": list(head.weights.shape),
            "weights": _pack(head.weights),
            "bias": _pack(head.bias),
            "classes": list(head.classes),
            "examples": [[e.number, e.source, e.path, e.value] for e in head.examples],
            "error": head.error,
            "report": head.report,
        },
        sort_keys=True,
    )


def _load(name: str, text: str) -> Head:
    stored = json.loads(text)
    shape = tuple(int(n) for n in stored["shape"])
    return Head(
        field=name,
        kind=HeadKind(stored["kind"]),
        fingerprint=str(stored["fingerprint"]),
        weights=_unpack(stored["weights"]).reshape(shape),
        bias=_unpack(stored["bias"]).reshape(shape[:1]),
        classes=tuple(stored["classes"]),
        examples=tuple(Example(*row) for row in stored["examples"]),
        error=float(stored["error"]),
        report=dict(stored["report"]),
    )


def _pack(values: NDArray[np.float32]) -> str:
    return binascii.b2a_base64(np.ascontiguousarray(values, dtype="<f4").tobytes(), newline=False).decode("ascii")


def _unpack(text: str) -> NDArray[np.float32]:
    return np.frombuffer(binascii.a2b_base64(text, strict_mode=True), dtype="<f4").astype(np.float32)


class LocalLabels:
    """See `stores.base.Labels`; reads through one connection."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        """Read nothing yet."""
        self._layout, self._connection = layout, connection

    def heads(self) -> list[Head]:
        """Return all heads, by name. Raises IndexDamaged for one that does not match its checksum."""
        if not _has_tables(self._connection):
            return []
        heads = []
        for name, text, stored in self._connection.execute("SELECT field, head, crc FROM heads ORDER BY field"):
            if crc((name, text)) != stored:
                raise IndexDamaged(f"the model of the label {name!r} is damaged; run `semsearch doctor --repair`")
            try:
                heads.append(_load(name, text))
            except (ValueError, KeyError, TypeError, binascii.Error):
                raise IndexDamaged(
                    f"the model of the label {name!r} cannot be read; run `semsearch doctor --repair`"
                ) from None
        return heads

    def unlabelled(self, name: str, *, anew: bool = False) -> list[int]:
        """Return the documents without a label, or a value of their own, in this field.

        With `anew` also those with a label: all that a new head fills.
        """
        query = "SELECT id FROM documents d WHERE NOT EXISTS (SELECT 1 FROM json_each(d.metadata) f WHERE f.key = ?)"
        without = " AND NOT EXISTS (SELECT 1 FROM labels l WHERE l.document = d.id AND l.field = ?)"
        values = (name,) if anew else (name, name)
        with SqliteErrors(self._layout):
            found = self._connection.execute(f"{query}{'' if anew else without} ORDER BY id", values)
            return [n for (n,) in found]

    def present(self, head: Head) -> list[Example]:
        """Return the examples whose documents are in the index, with new numbers for those that came back."""
        found = []
        for example in head.examples:
            query = "SELECT id FROM documents WHERE id = ? OR (source = ? AND path = ?) ORDER BY id != ? LIMIT 1"
            place = (example.number, example.source, pack_path(example.path), example.number)
            if row := self._connection.execute(query, place).fetchone():
                found.append(replace(example, number=int(row[0])))
        return found

    def count(self, name: str) -> int:
        """Return the number of documents with a label in this field."""
        if not _has_tables(self._connection):
            return 0
        (count,) = self._connection.execute("SELECT count(*) FROM labels WHERE field = ?", (name,)).fetchone()
        return int(count)


def put_head(connection: sqlite3.Connection, head: Head) -> None:
    """Insert or replace a head; the labels of the old one are deleted."""
    text = _dump(head)
    connection.execute("INSERT OR REPLACE INTO heads VALUES (?, ?, ?)", (head.field, text, crc((head.field, text))))
    connection.execute("DELETE FROM labels WHERE field = ?", (head.field,))


def remove_head(connection: sqlite3.Connection, name: str) -> bool:
    """Remove a head and its labels; return whether it was there."""
    connection.execute("DELETE FROM labels WHERE field = ?", (name,))
    return connection.execute("DELETE FROM heads WHERE field = ?", (name,)).rowcount > 0


# Labels.


def put_labels(connection: sqlite3.Connection, name: str, rows: Iterable[tuple[int, str | int | float, float]]) -> None:
    """Insert labels given as (document, value, confidence); for numbers the third is the expected error."""
    values = ((document, name, value, sure) for document, value, sure in rows)
    connection.executemany("INSERT OR REPLACE INTO labels VALUES (?, ?, ?, ?)", values)


def labels_of(connection: sqlite3.Connection, documents: Sequence[int]) -> dict[int, dict[str, Value]]:
    """Return the labels of documents as metadata fields: the value, and its confidence or error."""
    suffixes = _suffixes(connection)
    if not suffixes:
        return {}
    query = "SELECT document, field, value, confidence FROM labels WHERE document IN (SELECT value FROM json_each(?))"
    found: dict[int, dict[str, Value]] = {}
    for document, name, value, sure in connection.execute(query, (json.dumps(list(documents)),)):
        if name in suffixes:
            found.setdefault(document, {}).update({name: value, name + suffixes[name]: round(sure, 4)})
    return found


def label_fields(connection: sqlite3.Connection) -> set[str]:
    """Return the names of all fields that labels fill."""
    return {form for name, suffix in _suffixes(connection).items() for form in (name, name + suffix)}


def label_values(connection: sqlite3.Connection, asked: str) -> dict[int, Value]:
    """Return {document: value} of a label field, or of its confidence or error; empty for any other field."""
    for name, suffix in _suffixes(connection).items():
        if asked in (name, name + suffix):
            column = "value" if asked == name else "confidence"
            return dict(connection.execute(f"SELECT document, {column} FROM labels WHERE field = ?", (name,)))
    return {}


def _has_tables(connection: sqlite3.Connection) -> bool:
    """Return whether this catalogue has the label tables: one of format 1, opened for reading, has not."""
    return (
        connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'heads'").fetchone() is not None
    )


def _suffixes(connection: sqlite3.Connection) -> dict[str, str]:
    if not _has_tables(connection):
        return {}
    found = {}
    for name, checksum in connection.execute("SELECT field, crc FROM heads").fetchall():
        if (name, checksum) not in _KINDS:
            # A head contains weights, so it is parsed once and its kind cached by its checksum.
            query = "SELECT json_extract(head, '$.kind') FROM heads WHERE field = ? AND json_valid(head)"
            _KINDS[name, checksum] = next((str(k) for (k,) in connection.execute(query, (name,))), "")
        if (kind := _KINDS[name, checksum]) in set(HeadKind):
            found[name] = suffix_of(HeadKind(kind))
    return found


_KINDS: dict[tuple[str, int], str] = {}


# Damage.


def faults(connection: sqlite3.Connection) -> list[str]:
    """Describe the damage of heads and labels, for `doctor`."""
    if not _has_tables(connection):
        return []
    broken = [f"the model of the label {name!r} does not match its checksum" for name in _broken(connection)]
    (lost,) = connection.execute(f"SELECT count(*) FROM labels WHERE {_LOST}").fetchone()
    return broken + ([f"{lost} labels of no document or no head"] if lost else [])


_LOST = "document NOT IN (SELECT id FROM documents) OR field NOT IN (SELECT field FROM heads)"


def drop_broken(connection: sqlite3.Connection) -> None:
    """Delete heads that do not match their checksum, and orphaned labels."""
    if _has_tables(connection):
        connection.executemany("DELETE FROM heads WHERE field = ?", [(name,) for name in _broken(connection)])
        connection.execute(f"DELETE FROM labels WHERE {_LOST}")


def _broken(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT field, head, crc FROM heads ORDER BY field")
    return [name for name, text, stored in rows if crc((name, text)) != stored]
