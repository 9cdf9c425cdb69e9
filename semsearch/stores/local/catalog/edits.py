"""The SQL of a batch: store, replace, move and remove documents.

Everything runs inside the writer's transaction, after the rows of the log are written.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from semsearch.stores.local.catalog.schema import DOCUMENT, PASSAGE, crc, pack_path
from semsearch.stores.local.catalog.texts import store_text
from semsearch.stores.member_paths import member_path
from semsearch.stores.records import FileFacts, Record, Renamed
from semsearch.types.documents import AnchorKind, Span

__all__ = [
    "NAME",
    "add_source",
    "delete_documents",
    "forget_unread_inside",
    "put_document",
    "put_unread",
    "relocate",
    "touch",
]

NAME = -1
"""The ordinal of a name record, a row of `passages` without text whose headings are the words of the name."""


@dataclass(frozen=True, slots=True)
class OldPassage:
    """A stored passage that an edited document may keep."""

    id: int
    row: int


def put_document(
    connection: sqlite3.Connection, record: Record | Renamed
) -> tuple[int, str, dict[bytes, list[OldPassage]]]:
    """Insert or replace the document and its text; return its number, old language and old passages by hash."""
    if isinstance(record, Renamed):
        return _rename(connection, record)
    path = pack_path(record.path)
    query = "SELECT id, language FROM documents WHERE source = ? AND path = ?"
    old = connection.execute(query, (record.source, path)).fetchone()
    number = int(old[0]) if old else _next_id(connection, "documents")
    facts = record.facts
    values = (
        number, record.source, path, record.title, record.type, record.language,
        facts.size, facts.mtime_ns, facts.ctime_ns, facts.inode, facts.scanned_ns, record.content,
        json.dumps(dict(record.metadata), sort_keys=True, ensure_ascii=False), len(record.text), record.splitter,
    )  # fmt: skip
    _write_document(connection, values)
    connection.execute("DELETE FROM unread WHERE source = ? AND path = ?", (record.source, path))
    connection.execute("DELETE FROM texts WHERE document = ?", (number,))
    connection.execute("DELETE FROM labels WHERE document = ?", (number,))  # a new text needs new labels
    store_text(connection, number, record.text)
    kept = old_passages(connection, number) if old else {}
    return number, str(old[1]) if old else record.language, kept


def _rename(connection: sqlite3.Connection, renamed: Renamed) -> tuple[int, str, dict[bytes, list[OldPassage]]]:
    """Move a document if it has a new path; return what `put_document` returns, for its name record only."""
    if renamed.place is not None:
        relocate(connection, renamed.number, *renamed.place)
    return renamed.number, renamed.language, old_passages(connection, renamed.number, names=True)


def old_passages(connection: sqlite3.Connection, number: int, *, names: bool = False) -> dict[bytes, list[OldPassage]]:
    """Return the `passages` rows of a document by hash, or only its name record."""
    kept: dict[bytes, list[OldPassage]] = {}
    query = f"SELECT id, row, hash FROM passages WHERE document = ?{' AND ordinal < 0' if names else ''}"
    for passage, row, digest in connection.execute(query, (number,)):
        kept.setdefault(digest, []).append(OldPassage(passage, row))
    return kept


def put_passage(
    connection: sqlite3.Connection, document: int, ordinal: int, span: Span, digest: bytes, row: int, old: int | None
) -> None:
    """Insert a passage, or update the one with id `old`."""
    ordinal = NAME if span.anchor.kind is AnchorKind.NAME else ordinal
    number = _next_id(connection, "passages") if old is None else old
    values = (
        number, document, ordinal, span.start, span.stop,
        span.anchor.kind.value, span.anchor.start, span.anchor.stop,
        json.dumps(list(span.heading), ensure_ascii=False), digest, row,
    )  # fmt: skip
    write_passage(connection, values)


def write_passage(connection: sqlite3.Connection, values: tuple[Any, ...]) -> None:
    """Insert or replace a row of `passages`, with its CRC."""
    marks = ", ".join("?" * (len(PASSAGE) + 1))
    connection.execute(f"INSERT OR REPLACE INTO passages VALUES ({marks})", (*values, crc(values)))


def delete_passages(connection: sqlite3.Connection, passages: Iterable[tuple[int, int]]) -> None:
    """Delete passages given as (id, row) and write tombstones for their rows."""
    pairs = list(passages)
    connection.executemany("DELETE FROM passages WHERE id = ?", [(number,) for number, _ in pairs])
    connection.executemany("INSERT OR IGNORE INTO tombstones VALUES (?)", [(row,) for _, row in pairs])


def delete_documents(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Remove documents with their texts and passages."""
    for number in numbers:
        pairs = connection.execute("SELECT id, row FROM passages WHERE document = ?", (number,)).fetchall()
        delete_passages(connection, pairs)
        connection.execute("DELETE FROM texts WHERE document = ?", (number,))
        connection.execute("DELETE FROM labels WHERE document = ?", (number,))
        connection.execute("DELETE FROM documents WHERE id = ?", (number,))


def relocate(connection: sqlite3.Connection, number: int, source: int, path: str, facts: FileFacts) -> None:
    """Change the path of a document; its text, passages and vectors stay."""
    _update(connection, number, source=source, path=pack_path(path), **_columns(facts))
    connection.execute("DELETE FROM unread WHERE source = ? AND path = ?", (source, pack_path(path)))


def touch(connection: sqlite3.Connection, number: int, facts: FileFacts) -> None:
    """Record new dates of a file with unchanged content."""
    _update(connection, number, **_columns(facts))


def put_unread(
    connection: sqlite3.Connection, source: int, path: str, reason: str, facts: FileFacts, splitter: int
) -> None:
    """Record a file that could not be read, so that it is retried only when it changes."""
    columns = _columns(facts)
    values = (source, pack_path(path), reason, *columns.values(), splitter)
    connection.execute("INSERT OR REPLACE INTO unread VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)


def forget_unread_inside(connection: sqlite3.Connection, source: int, path: str) -> None:
    """Remove the records of everything unreadable inside a file."""
    first = member_path(path, "")
    forms = {tuple(map(form, (first, first[:-1] + "0"))) for form in (pack_path, os.fsencode)}
    for form in forms:
        connection.execute("DELETE FROM unread WHERE source = ? AND path >= ? AND path < ?", (source, *form))


def add_source(connection: sqlite3.Connection, stored: str) -> int:
    """Insert a root and return its number."""
    number = _next_id(connection, "sources")
    values = (number, pack_path(stored))
    connection.execute("INSERT INTO sources VALUES (?, ?, ?)", (*values, crc(values)))
    return number


def _columns(facts: FileFacts) -> dict[str, int]:
    return {
        "size": facts.size,
        "mtime_ns": facts.mtime_ns,
        "ctime_ns": facts.ctime_ns,
        "inode": facts.inode,
        "scanned_ns": facts.scanned_ns,
    }


def _update(connection: sqlite3.Connection, number: int, **changes: Any) -> None:
    row = connection.execute(f"SELECT {', '.join(DOCUMENT)} FROM documents WHERE id = ?", (number,)).fetchone()
    _write_document(connection, tuple((dict(zip(DOCUMENT, row, strict=True)) | changes).values()))


def _write_document(connection: sqlite3.Connection, values: tuple[Any, ...]) -> None:
    marks = ", ".join("?" * (len(DOCUMENT) + 1))
    connection.execute(f"INSERT OR REPLACE INTO documents VALUES ({marks})", (*values, crc(values)))


def _next_id(connection: sqlite3.Connection, table: str) -> int:
    """Return an id that was never used in the table (AUTOINCREMENT's own counter)."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(row[0]) + 1 if row else 1
