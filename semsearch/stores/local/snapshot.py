"""One state of the catalogue, without the search engines: nothing heavy is opened."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.stores.local.catalog.schema import get_meta
from semsearch.stores.local.catalog.sources import read_sources
from semsearch.stores.local.files.disk_errors import SqliteErrors
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.records import Sizes
from semsearch.stores.sources import Sources

if TYPE_CHECKING:
    from semsearch.stores.local.catalog.documents import LocalDocuments
    from semsearch.stores.local.catalog.label_heads import LocalLabels
    from semsearch.stores.local.catalog.passages import LocalPassages
    from semsearch.stores.local.model_move.kept_vectors import LocalModelMoves

__all__ = ["LocalSnapshot"]


class LocalSnapshot:
    """See `stores.base.Snapshot`. Reads through a connection; inside a read transaction that is one state."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        """Read nothing yet."""
        self.layout, self.connection = layout, connection

    @property
    def root(self) -> Path:
        """The folder of the index."""
        return self.layout.root

    @property
    def meta(self) -> dict[str, Any]:
        """Index-wide values. Raises IndexDamaged."""
        return get_meta(self.connection)

    @property
    def sources(self) -> Sources:
        """The root folders of its documents."""
        with SqliteErrors(self.layout):
            return read_sources(self.layout, self.connection)

    @property
    def documents(self) -> LocalDocuments:
        """Its documents."""
        from semsearch.stores.local.catalog.documents import LocalDocuments

        return LocalDocuments(self.layout, self.connection, self.sources)

    @property
    def passages(self) -> LocalPassages:
        """Its passages."""
        from semsearch.stores.local.catalog.passages import LocalPassages

        return LocalPassages(self.layout, self.connection)

    @property
    def labels(self) -> LocalLabels:
        """Its label heads and their labels."""
        from semsearch.stores.local.catalog.label_heads import LocalLabels

        return LocalLabels(self.layout, self.connection)

    @property
    def moves(self) -> LocalModelMoves:
        """Vectors of other models kept beside the serving ones."""
        from semsearch.stores.local.model_move.kept_vectors import LocalModelMoves

        return LocalModelMoves(self.layout, self.connection)

    def saved_queries(self) -> dict[str, dict[str, Any]]:
        """Return the records of all saved queries, by name. Raises IndexDamaged for a damaged one."""
        from semsearch.stores.local.catalog.saved_queries import saved_queries

        with SqliteErrors(self.layout):
            return saved_queries(self.connection)

    def sizes(self) -> Sizes:
        """Return the sizes of the store."""
        counts = (
            "SELECT count(*) FROM documents",
            "SELECT count(*) FROM passages WHERE ordinal >= 0",
            "SELECT count(*) FROM unread",
            "SELECT coalesce(sum(length(data)), 0) FROM texts",
            "SELECT count(*) FROM tombstones",
        )
        with SqliteErrors(self.layout):
            documents, passages, unread, text, dead = (self.connection.execute(c).fetchone()[0] for c in counts)
        return Sizes(documents, passages, unread, text, self.layout.size(), dead)
