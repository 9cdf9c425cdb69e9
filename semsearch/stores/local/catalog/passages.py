"""The passages of one catalogue state: their ids and their texts' hashes."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from semsearch.stores.local.catalog.texts import BLOCK, compress
from semsearch.stores.local.files.disk_errors import SqliteErrors
from semsearch.stores.local.files.layout import Layout

if TYPE_CHECKING:
    from semsearch.types.arrays import Ids

__all__ = ["LocalPassages"]


class LocalPassages:
    """See `stores.base.Passages`; reads through one connection."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        """Read nothing yet."""
        self._layout, self._connection = layout, connection

    def count(self) -> int:
        """Return the number of passages, name records not counted."""
        with SqliteErrors(self._layout):
            (count,) = self._connection.execute("SELECT count(*) FROM passages WHERE ordinal >= 0").fetchone()
        return int(count)

    def ids(self, every: int = 1) -> Ids:
        """Return the ids of all passages, or of every n-th, ascending: (n,) int64."""
        import numpy as np

        query = (
            "SELECT id FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM passages WHERE ordinal >= 0) "
            "WHERE place % ? = 0 ORDER BY id"
        )
        with SqliteErrors(self._layout):
            return np.fromiter((i for (i,) in self._connection.execute(query, (every,))), np.int64)

    def newest(self) -> int:
        """Return the highest passage id ever assigned: later passages have higher ones."""
        with SqliteErrors(self._layout):
            row = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passages'").fetchone()
        return int(row[0]) if row else 0

    def holds(self, digest: bytes) -> bool:
        """Return whether any passage or name record has the embedded text with this hash."""
        with SqliteErrors(self._layout):
            found = self._connection.execute("SELECT 1 FROM passages WHERE hash = ? LIMIT 1", (digest,))
            return found.fetchone() is not None

    def stored_size(self, text: str) -> float:
        """Return the estimated stored size of a document's text in bytes, from its beginning."""
        return len(compress(text[:BLOCK])) * max(1.0, len(text) / BLOCK)
