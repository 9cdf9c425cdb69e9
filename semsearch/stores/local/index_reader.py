"""The index reader: connections for many threads, and the newest committed state."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from semsearch.errors import IndexClosed, IndexDamaged
from semsearch.stores.local.catalog.schema import connect
from semsearch.stores.local.files.disk_errors import SqliteErrors
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.state import PinnedState
from semsearch.stores.local.view import View

__all__ = ["Reader"]

_TRIES = 5


class Reader:
    """Opens views on the newest committed state; every thread gets its own connection."""

    def __init__(self, layout: Layout) -> None:
        """Open the index. Raises IndexNotFound, IndexIncompatible, IndexDamaged."""
        self.layout = layout
        self._idle: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        self._state: PinnedState | None = None
        self._closed = False
        self._idle.append(connect(layout, write=False))

    @contextmanager
    def view(self) -> Iterator[View]:
        """Pin the newest snapshot for one operation."""
        connection = self._take()
        try:
            with SqliteErrors(self.layout):
                state = self._pin(connection)
            yield View(connection, state)
        finally:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            self._give(connection)

    def _pin(self, connection: sqlite3.Connection) -> PinnedState:
        for attempt in range(_TRIES):
            connection.execute("BEGIN")
            (number,) = connection.execute("SELECT value FROM meta WHERE key = 'state'").fetchone() or ("0",)
            with self._guard:
                if self._state is not None and self._state.number == int(number):
                    return self._state
            try:
                state = PinnedState(self.layout, connection)
            except FileNotFoundError:
                # A compaction removed this generation between our snapshot and our lock: retry with a new snapshot.
                connection.execute("ROLLBACK")
                if attempt == _TRIES - 1:
                    raise IndexDamaged(
                        f"the files of {self.layout.root} are missing; run `semsearch doctor --repair`"
                    ) from None
                continue
            with self._guard:
                if not self._closed and (self._state is None or self._state.number < state.number):
                    self._state = state
            return state
        raise AssertionError("unreachable")

    def _take(self) -> sqlite3.Connection:
        with self._guard:
            if self._closed:
                raise IndexClosed(f"this index object was closed; open {self.layout.root} again")
            if self._idle:
                return self._idle.pop()
        return connect(self.layout, write=False)

    def _give(self, connection: sqlite3.Connection) -> None:
        with self._guard:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close idle connections; running views finish."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
            self._state = None
        for connection in idle:
            connection.close()
