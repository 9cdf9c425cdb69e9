"""Assign rows of a kept log to passages: the previous row, another one with the same text, or a new one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import IndexDamaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rows"]


class Rows:
    """Assigns one row per passage, since a row identifies a hit."""

    def __init__(
        self, connection: sqlite3.Connection, generation: int, rows: int, end: int, *, any_language: bool
    ) -> None:
        """Assign rows of a log that has `rows` rows; new ones begin at `end`.

        `any_language` ignores the language of a row's terms, for when the lexical index is rebuilt.
        """
        self._connection, self._generation = connection, generation
        self._used: NDArray[np.bool_] = np.zeros(rows, dtype=np.bool_)
        self._end, self._any = end, any_language
        self.copies: list[int] = []
        """For each new row, in order, the row to copy its vector from."""
        self._waiting: dict[bytes, list[tuple[int, str]]] = {}
        self._sources: dict[bytes, int] = {}

    def has(self, digest: bytes) -> bool:
        """Return whether the log has a vector for a text."""
        query = "SELECT 1 FROM kept_rows WHERE generation = ? AND hash = ? LIMIT 1"
        return self._connection.execute(query, (self._generation, digest)).fetchone() is not None

    def take(self, digest: bytes, passage: int, language: str) -> tuple[int, bool]:
        """Return a row for a passage, and whether it is new, without terms yet. Raises IndexDamaged."""
        own = "SELECT row, language FROM kept_rows WHERE generation = ? AND hash = ? AND passage = ?"
        rows = self._connection.execute(own, (self._generation, digest, passage)).fetchall()
        for row in self._usable(rows, language):
            return self._use(row), False
        others = self._others(digest)
        for place, (row, _) in enumerate(others):
            if row in self._usable(others[place : place + 1], language):
                del others[: place + 1]
                return self._use(row), False
        self.copies.append(self._sources[digest])
        return self._end + len(self.copies) - 1, True

    def _usable(self, rows: Sequence[tuple[int, str]], language: str) -> list[int]:
        return [row for row, known in rows if not self._used[row] and (self._any or known == language)]

    def _use(self, row: int) -> int:
        self._used[row] = True
        return row

    def _others(self, digest: bytes) -> list[tuple[int, str]]:
        """Return the rows with a text, read once; assigned ones are removed from the list."""
        if digest not in self._waiting:
            query = "SELECT row, language FROM kept_rows WHERE generation = ? AND hash = ? ORDER BY row"
            found = self._connection.execute(query, (self._generation, digest)).fetchall()
            if not found:
                raise IndexDamaged("a passage has no vector of the new model; run the command again")
            self._waiting[digest], self._sources[digest] = found, found[0][0]
        return self._waiting[digest]
