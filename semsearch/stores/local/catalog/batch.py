"""A batch of catalogue edits, applied by the next commit, all or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from semsearch.stores.local.catalog import edits, label_heads, saved_queries
from semsearch.stores.local.catalog.schema import pack_path, put_meta, unpack_path
from semsearch.stores.records import FileFacts
from semsearch.types.labels import Head

__all__ = ["Batch"]


class Batch:
    """The catalogue edits that the next commit applies."""

    connection: sqlite3.Connection

    def __init__(self) -> None:
        """Create an empty batch."""
        self._edits: list[Callable[[int], object]] = []
        """Each receives the number of the batch's first row."""

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove documents by number."""
        self._edits.append(lambda _: edits.delete_documents(self.connection, numbers))

    def relocate(self, number: int, source: int, path: str, facts: FileFacts) -> None:
        """Change the path of a document to a free one."""
        self._edits.append(lambda _: edits.relocate(self.connection, number, source, path, facts))

    def touch(self, number: int, facts: FileFacts) -> None:
        """Record new dates of an unchanged file."""
        self._edits.append(lambda _: edits.touch(self.connection, number, facts))

    def unread(self, source: int, path: str, reason: str, facts: FileFacts, splitter: int) -> None:
        """Record a file that this version of the readers could not read."""
        self._edits.append(lambda _: edits.put_unread(self.connection, source, path, reason, facts, splitter))

    def forget_unread(self, source: int, path: str) -> None:
        """Remove the record of an unreadable file that is gone."""
        self._sql("DELETE FROM unread WHERE source = ? AND path = ?", source, pack_path(path))

    def forget_unread_inside(self, source: int, path: str) -> None:
        """Remove the records of what could not be read inside a file."""
        self._edits.append(lambda _: edits.forget_unread_inside(self.connection, source, path))

    def drop_blocks(self, starts: Sequence[int]) -> None:
        """Remove blocks of the log that no passage uses any more."""
        for start in starts:
            self._sql("DELETE FROM blocks WHERE start = ?", start)

    def set_meta(self, key: str, value: Any) -> None:
        """Set an index-wide value with the next commit."""
        self._edits.append(lambda _: put_meta(self.connection, key, value))

    def remove_source(self, number: int) -> None:
        """Remove a root and everything known below it, with the next commit."""
        query = "SELECT id FROM documents WHERE source = ?"
        self.delete([i for (i,) in self.connection.execute(query, (number,))])
        self._sql("DELETE FROM unread WHERE source = ?", number)
        self._sql("DELETE FROM sources WHERE id = ?", number)

    def move_source(self, number: int, into: int, below: str) -> None:
        """Move the documents of one root into another root that contains it, with the next commit."""
        query = "SELECT id, path, size, mtime_ns, ctime_ns, inode, scanned_ns FROM documents WHERE source = ?"
        for document, stored, *facts in self.connection.execute(query, (number,)).fetchall():
            path = unpack_path(stored)
            inside = below + ("!/" if path.startswith("/") else "/")
            self.relocate(document, into, inside + path.removeprefix("/") if path else below, FileFacts(*facts))
        self._sql("DELETE FROM unread WHERE source = ?", number)
        self._sql("DELETE FROM sources WHERE id = ?", number)

    def put_head(self, head: Head) -> None:
        """Store a label head; the labels of its predecessor are removed."""
        self._edits.append(lambda _: label_heads.put_head(self.connection, head))

    def remove_head(self, field: str) -> None:
        """Remove a label head and its labels."""
        self._edits.append(lambda _: label_heads.remove_head(self.connection, field))

    def put_labels(self, field: str, labels: Sequence[tuple[int, str | int | float, float]]) -> None:
        """Store labels of documents by number, each with its confidence (for numbers, its expected error)."""
        self._edits.append(lambda _: label_heads.put_labels(self.connection, field, labels))

    def put_saved(self, name: str, record: dict[str, Any]) -> None:
        """Store or replace a saved query."""
        self._edits.append(lambda _: saved_queries.put_saved(self.connection, name, record))

    def remove_saved(self, name: str) -> None:
        """Remove a saved query."""
        self._edits.append(lambda _: saved_queries.remove_saved(self.connection, name))

    def _sql(self, statement: str, *parameters: Any) -> None:
        def run(_: int) -> None:
            self.connection.execute(statement, parameters)

        self._edits.append(run)
