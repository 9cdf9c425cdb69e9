"""Verify blocks of the vector log against their checksums: damaged ones are encoded again, never copied."""

from __future__ import annotations

import bisect
import sqlite3
from collections.abc import Callable

from semsearch.stores.local.dense.vector_log import VectorLog, block_checksum

__all__ = ["SoundBlocks", "damaged_blocks"]

_QUERY = "SELECT start, stop, checksum FROM blocks ORDER BY start"


def damaged_blocks(connection: sqlite3.Connection, log: VectorLog, first: int = 0) -> list[tuple[int, int]]:
    """Return (first row, one past the last) of every damaged block from row `first` on."""
    return [
        (start, stop)
        for start, stop, checksum in connection.execute(_QUERY)
        if start >= first and block_checksum(log.bytes_of(start, stop)) != checksum
    ]


class SoundBlocks:
    """Checks whether single rows are intact; every block is read once, on the first check of one of its rows."""

    def __init__(self, connection: sqlite3.Connection, open_log: Callable[[int], VectorLog]) -> None:
        """Take `open_log`, which maps the log up to a row, and a connection, which may commit further blocks."""
        self._connection = connection
        self._open_log = open_log
        self._blocks: list[tuple[int, int, bytes]] = []
        self._sound: dict[int, bool] = {}

    def holds(self, row: int) -> bool:
        """Return whether the block of a row exists and matches its checksum."""
        if not self._blocks or row >= self._blocks[-1][1]:
            self._blocks = self._connection.execute(_QUERY).fetchall()
        place = bisect.bisect_right(self._blocks, row, key=lambda block: block[0]) - 1
        if place < 0 or row >= self._blocks[place][1]:
            return False
        start, stop, checksum = self._blocks[place]
        if start not in self._sound:
            self._sound[start] = block_checksum(self._open_log(stop).bytes_of(start, stop)) == checksum
        return self._sound[start]
