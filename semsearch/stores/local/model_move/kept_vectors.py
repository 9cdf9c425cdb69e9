"""Vectors of another model kept beside the serving ones, from an unfinished move or from before the last one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.files.disk_errors import storage_errors
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.records import Kept, Stored
from semsearch.types.documents import Anchor, AnchorKind, EmbeddedText, Span

__all__ = ["LocalModelMoves"]

_PART = 500


class LocalModelMoves:
    """See `stores.base.ModelMoves`; reads through one connection."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        """Read nothing yet."""
        self._layout, self._connection = layout, connection

    def known(self, one: Kept, hashes: Iterable[bytes]) -> set[bytes]:
        """Return the hashes whose text has a vector in a kept log."""
        found: set[bytes] = set()
        wanted = list(set(hashes))
        for first in range(0, len(wanted), _PART):
            part = wanted[first : first + _PART]
            marks = ", ".join("?" * len(part))
            query = f"SELECT hash FROM kept_rows WHERE generation = ? AND hash IN ({marks})"
            found.update(digest for (digest,) in self._connection.execute(query, (one.generation, *part)))
        return found

    def counts(self, one: Kept) -> tuple[int, int]:
        """Return the number of passages, and how many of them have a vector in a kept log."""
        query = (
            "SELECT count(*), count(*) FILTER (WHERE EXISTS "
            "(SELECT 1 FROM kept_rows k WHERE k.generation = ? AND k.hash = p.hash)) "
            "FROM passages p WHERE p.ordinal >= 0"
        )
        with storage_errors(self._layout):
            count, done = self._connection.execute(query, (one.generation,)).fetchone()
        return int(count), int(done)

    def missing(self, one: Kept, after: int, limit: int, skip: Sequence[int] = ()) -> list[Stored]:
        """Return the next passages, by id, without a vector in a kept log; `skip` are documents left out."""
        query = (
            "SELECT p.id, p.document, p.start, p.stop, p.anchor, p.anchor_start, p.anchor_stop, p.heading, p.hash, "
            "d.title FROM passages p JOIN documents d ON d.id = p.document WHERE p.id > ? AND NOT EXISTS "
            "(SELECT 1 FROM kept_rows k WHERE k.generation = ? AND k.hash = p.hash) "
            "AND (p.ordinal < 0 OR p.document NOT IN (SELECT value FROM json_each(?))) ORDER BY p.id LIMIT ?"
        )
        with self._one_state():
            found = self._connection.execute(query, (after, one.generation, json.dumps(list(skip)), limit)).fetchall()
            return [self._stored(*row) for row in found]

    def _stored(
        self, number: int, document: int, start: int, stop: int, kind: str, first: int, last: int, *rest: Any
    ) -> Stored:
        heading, digest, title = rest
        span = Span(start, stop, Anchor(AnchorKind(kind), first, last), tuple(json.loads(heading)))
        return Stored(number, document, span, digest, title, read_span(self._connection, document, start, stop))

    @contextmanager
    def _one_state(self) -> Iterator[None]:
        """Read passages and their texts from one state."""
        with storage_errors(self._layout):
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")

    def restorable(self, one: Kept, embedded_text: EmbeddedText, digest: Callable[[str], bytes]) -> list[int]:
        """Return unchanged documents that a move had split again, whose old passages can be restored.

        Verified on the text: every kept passage must still give the exact text that was encoded.
        """
        query = (
            "SELECT k.document, k.start, k.stop, k.heading, k.hash, k.content = d.content AND k.splitter = d.splitter, "
            "d.title, d.chars "
            "FROM kept_passages k JOIN documents d ON d.id = k.document WHERE k.generation = ? AND k.ordinal >= 0 "
            "ORDER BY k.document"
        )
        intact: dict[int, bool] = {}
        with storage_errors(self._layout):
            rows = self._connection.execute(query, (one.generation,))
            for document, start, stop, heading, hashed, same, title, chars in rows:
                if not intact.setdefault(document, bool(same)):
                    continue
                text = read_span(self._connection, document, start, min(stop, chars))
                intact[document] = digest(embedded_text(title, json.loads(heading), text)) == hashed
            lost = self._lost(one)
        return [document for document, whole in intact.items() if whole and document not in lost]

    def _lost(self, one: Kept) -> set[int]:
        """Return documents with kept passages whose vectors were lost with a damaged block."""
        query = (
            "SELECT DISTINCT k.document FROM kept_passages k WHERE k.generation = ? AND k.ordinal >= 0 AND NOT EXISTS "
            "(SELECT 1 FROM kept_rows r WHERE r.generation = k.generation AND r.hash = k.hash)"
        )
        return {document for (document,) in self._connection.execute(query, (one.generation,))}
