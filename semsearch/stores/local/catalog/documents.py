"""The documents of one catalogue state: by path, by number, below a path, and those that could not be read."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from semsearch.errors import NotInIndex
from semsearch.stores.document_fields import iso_time
from semsearch.stores.local.catalog.schema import pack_path, unpack_path
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.files.disk_errors import SqliteErrors
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.member_paths import MEMBER, holder_of, is_member, member_path
from semsearch.stores.records import ADDED, FileFacts, Known, Named, Unreadable
from semsearch.stores.sources import Sources
from semsearch.types.documents import Document, Value

if TYPE_CHECKING:
    from semsearch.conditions import Condition
    from semsearch.types.arrays import Ids
    from semsearch.types.reports import DocumentInfo

__all__ = ["LocalDocuments"]

_KNOWN = "id, source, path, size, mtime_ns, ctime_ns, inode, scanned_ns, content, splitter, type"
_NAMED = (
    "SELECT d.id, d.source, d.path, d.title, d.language, d.type, d.content, "
    "EXISTS (SELECT 1 FROM passages p WHERE p.document = d.id AND p.ordinal >= 0), n.heading, n.hash "
    "FROM documents d LEFT JOIN passages n ON n.document = d.id AND n.ordinal < 0 "
)
_PART = 500
_FROM_TO = " AND path >= ? AND path < ?"


class LocalDocuments:
    """See `stores.base.Documents`; reads through one connection."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection, sources: Sources) -> None:
        """Read nothing yet."""
        self._layout, self._connection, self._sources = layout, connection, sources

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with SqliteErrors(self._layout):
            return self._connection.execute(query, values).fetchall()

    def _parts(self, query: str, *values: Any) -> Iterator[list[tuple[Any, ...]]]:
        """Yield rows in parts: there may be a million."""
        with SqliteErrors(self._layout):
            cursor = self._connection.execute(query, values)
        while True:
            with SqliteErrors(self._layout):
                part = cursor.fetchmany(_PART)
            if not part:
                return
            yield part

    # By path and by number.

    def find(self, source: int, path: str) -> Known | None:
        """Return the document at a path, or None."""
        rows = self._rows(f"SELECT {_KNOWN} FROM documents WHERE source = ? AND path = ?", source, pack_path(path))
        return _known(rows[0]) if rows else None

    def number(self, document_id: str) -> int | None:
        """Return the number of a document, or None; its id may be in any Unicode normalization form."""
        query = "SELECT id FROM documents WHERE source = ? AND path = ?"
        for source, path in self._sources.split(document_id):
            if rows := self._rows(query, source, pack_path(path)):
                return int(rows[0][0])
        return None

    def with_number(self, number: int) -> Known | None:
        """Return the document with a number, or None."""
        rows = self._rows(f"SELECT {_KNOWN} FROM documents WHERE id = ?", number)
        return _known(rows[0]) if rows else None

    def below(self, source: int, path: str = "") -> Iterator[Known]:
        """Yield the documents of a source by number; with a path, only those at, below and inside it."""
        within, values = _within(path)
        query = f"SELECT {_KNOWN} FROM documents WHERE source = ?{within} ORDER BY id"
        for part in self._parts(query, source, *values):
            yield from map(_known, part)

    def members(self, source: int, path: str = "") -> Iterator[Known]:
        """Yield the nested documents among `below`."""
        within, values = _within(path)
        query = f"SELECT {_KNOWN} FROM documents WHERE source = ? AND length(content) = ?{within}"
        for part in self._parts(query, source, MEMBER, *values):
            yield from map(_known, part)

    def inside(self, source: int, path: str) -> tuple[Known, ...]:
        """Return the documents inside one file, by number."""
        query = f"SELECT {_KNOWN} FROM documents WHERE source = ?{_FROM_TO} ORDER BY id"
        found = (k for k in map(_known, self._rows(query, source, *_inside(path))) if is_member(k.content))
        return tuple(k for k in found if holder_of(k.path, k.content) == path)

    def count(self) -> dict[int, int]:
        """Return the number of documents of each source; sources without any are left out."""
        return dict(self._rows("SELECT source, count(*) FROM documents GROUP BY source"))

    def languages(self) -> dict[str, int]:
        """Return the number of documents in each language, with or without a stemmer for it."""
        return dict(self._rows("SELECT language, count(*) FROM documents GROUP BY language"))

    def added_since(self, passage: int) -> list[str]:
        """Return the ids of documents that have a passage with a higher id, by document number."""
        query = (
            "SELECT source, path FROM documents WHERE id IN (SELECT document FROM passages WHERE id > ?) ORDER BY id"
        )
        return [self._sources.absolute(source, unpack_path(path)) for source, path in self._rows(query, passage)]

    # Names.

    def named(self, after: int, limit: int) -> list[Named]:
        """Return the next documents by number, with their name records."""
        return list(map(_named, self._rows(f"{_NAMED}WHERE d.id > ? ORDER BY d.id LIMIT ?", after, limit)))

    # Unreadable files.

    def unread(self, source: int, path: str = "") -> dict[str, Unreadable]:
        """Return the unreadable files of a source by path; with a path, only those at, below and inside it."""
        within, values = _within(path)
        columns = "path, reason, size, mtime_ns, ctime_ns, inode, scanned_ns, splitter"
        rows = self._rows(f"SELECT {columns} FROM unread WHERE source = ?{within}", source, *values)
        return {
            unpack_path(stored): Unreadable(FileFacts(*facts), reason, version)
            for stored, reason, *facts, version in rows
        }

    # Contents.

    def matching(self, filters: Sequence[Condition], within: Sequence[str]) -> Ids:
        """Return the sorted numbers of the matching documents. Raises InvalidFilter."""
        from semsearch.stores.local.catalog.select import matching_documents

        with SqliteErrors(self._layout):
            return matching_documents(self._connection, self._sources, filters, within)

    def infos(self, filters: Sequence[Condition], within: Sequence[str]) -> Iterator[DocumentInfo]:
        """Yield the matching documents, by number. Raises InvalidFilter."""
        from semsearch.stores.local.catalog.label_heads import labels_of
        from semsearch.stores.local.catalog.select import DOCUMENT_COLUMNS

        chosen = set(self.matching(filters, within).tolist()) if filters or within else None
        count = "(SELECT count(*) FROM passages p WHERE p.document = documents.id AND p.ordinal >= 0)"
        for rows in self._parts(f"SELECT {DOCUMENT_COLUMNS}, {count} FROM documents ORDER BY id"):
            labels = labels_of(self._connection, [row[0] for row in rows])
            for row in rows:
                if chosen is None or row[0] in chosen:
                    yield self._info(row, labels.get(row[0], {}))

    def _info(self, row: tuple[Any, ...], labels: dict[str, Value]) -> DocumentInfo:
        from semsearch.stores.local.catalog.select import document_own
        from semsearch.types.reports import DocumentInfo

        path, own = document_own(self._sources, row[:-1], labels)
        root = "" if row[1] == ADDED else self._sources.roots[row[1]]
        return DocumentInfo(
            id=path,
            path=path,
            title=row[3],
            type=row[4],
            size=row[6],
            modified=iso_time(row[7]) or "",
            language=row[5],
            passages=row[-1],
            metadata=own,
            source=root,
            labels=tuple(key for key in own if key in labels),
        )

    def own_fields(self) -> set[str]:
        """Return the names of all own metadata fields of any document."""
        from semsearch.stores.local.catalog.select import own_fields

        with SqliteErrors(self._layout):
            return own_fields(self._connection)

    def whole(self, document_id: str) -> Document:
        """Return a document with its text and its fields. Raises NotInIndex and IndexDamaged."""
        from semsearch.stores.local.catalog.label_heads import labels_of
        from semsearch.stores.local.catalog.select import DOCUMENT_COLUMNS, document_facts

        number = self.number(document_id)
        rows = self._rows(f"SELECT {DOCUMENT_COLUMNS}, chars FROM documents WHERE id = ?", number)
        if number is None or not rows:
            raise NotInIndex(f"{document_id} is not in the index")
        with SqliteErrors(self._layout):
            labels = labels_of(self._connection, [number]).get(number)
            text = read_span(self._connection, number, 0, rows[0][-1])
            return Document(document_id, text, rows[0][3], document_facts(self._sources, rows[0][:-1], labels)[1])

    def text(self, document_id: str, start: int, stop: int) -> str:
        """Return a slice of a document's text; empty if it is not in the index. Raises IndexDamaged."""
        number = self.number(document_id)
        rows = self._rows("SELECT chars FROM documents WHERE id = ?", number)
        if number is None or not rows:
            return ""
        with SqliteErrors(self._layout):
            return read_span(self._connection, number, max(0, start), min(stop, rows[0][0]))


def _known(row: tuple[Any, ...]) -> Known:
    number, source, path, *facts = row[:8]
    return Known(number, source, unpack_path(path), FileFacts(*facts), *row[8:])


def _named(row: tuple[Any, ...]) -> Named:
    number, source, path, title, language, kind, content, text, heading, digest = row
    name = (tuple(json.loads(heading)), digest) if heading is not None else None
    return Named(number, source, unpack_path(path), title, language, kind, content, bool(text), name)


def _inside(path: str) -> tuple[str | bytes, str | bytes]:
    first = member_path(path, "")
    return pack_path(first), pack_path(first[:-1] + "0")


def _within(below: str) -> tuple[str, list[str | bytes]]:
    """Return an SQL condition for paths at, below or inside a path, which the path index can serve.

    Paths are text, or bytes if not UTF-8.
    """
    if not below:
        return "", []
    words = (below, below + "/", below + "0", below + "!/", below + "!0")
    values: list[str | bytes] = [*map(os.fsencode, words)]
    if isinstance(pack_path(below), str):
        values += words
    one = "path = ? OR path >= ? AND path < ? OR path >= ? AND path < ?"
    return f" AND ({' OR '.join([one] * (len(values) // len(words)))})", values
