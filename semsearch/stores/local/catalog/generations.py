"""What stands beside the serving state: vectors of the model an index moves to, and the state it has come from.

Each is a generation of its own that no reader opens. Its rows are known by the hash of the exact text that was encoded,
so it stays true whatever is edited, removed or compacted meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from semsearch.stores.local.catalog.schema import MOVE_TABLES, crc
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.records import MOVE, PREVIOUS, Kept

__all__ = [
    "NEWEST",
    "drop",
    "forget_all",
    "forget_rows",
    "kept_generations",
    "log_rows",
    "next_generation",
    "put_rows",
    "tables",
]

NEWEST = "newest_generation"


def kept_generations(meta: dict[str, Any]) -> frozenset[int]:
    """Return the generations that are named beside the serving one."""
    return frozenset(one.generation for key in (MOVE, PREVIOUS) if (one := Kept.of(meta, key)) is not None)


def next_generation(layout: Layout, meta: dict[str, Any]) -> int:
    """Return a number that no generation of this index ever had: a reader may still hold an old snapshot of one."""
    named = (int(meta["generation"]), int(meta.get(NEWEST, 0)), *kept_generations(meta), *layout.generations())
    return max(named) + 1


def tables(connection: sqlite3.Connection) -> None:
    """Make the tables where they are missing, inside the caller's transaction."""
    for statement in MOVE_TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)


def drop(connection: sqlite3.Connection, meta: dict[str, Any], key: str) -> Kept | None:
    """Forget what is kept under a key, inside the caller's transaction; its files are removed by the next clean-up."""
    one = Kept.of(meta, key)
    if one is not None:
        forget_rows(connection, one.generation)
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    return one


def forget_rows(connection: sqlite3.Connection, generation: int) -> None:
    """Delete everything about the rows of a generation that is kept."""
    for table in ("kept_rows", "kept_blocks", "kept_passages"):
        connection.execute(f"DELETE FROM {table} WHERE generation = ?", (generation,))


def forget_all(connection: sqlite3.Connection) -> bool:
    """Forget everything that is kept, inside the caller's transaction; return whether there was anything."""
    found = connection.execute("DELETE FROM meta WHERE key IN (?, ?)", (MOVE, PREVIOUS)).rowcount > 0
    if found:
        for table in ("kept_rows", "kept_blocks", "kept_passages"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        tables(connection)
    return found


def put_rows(connection: sqlite3.Connection, rows: Iterator[tuple[int, int, int, bytes, str]]) -> None:
    """Insert (generation, row, passage, hash, language), the CRC of each computed here."""
    connection.executemany("INSERT INTO kept_rows VALUES (?, ?, ?, ?, ?, ?)", ((*r, crc(r)) for r in rows))


def log_rows(connection: sqlite3.Connection, generation: int) -> int:
    """Return how long the log of a kept generation is, as far as the catalogue knows."""
    query = "SELECT coalesce(max(stop), 0) FROM kept_blocks WHERE generation = ?"
    (rows,) = connection.execute(query, (generation,)).fetchone()
    return int(rows)
