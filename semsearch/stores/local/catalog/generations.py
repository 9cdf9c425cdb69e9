"""Generations kept beside the serving one: vectors of the model an index moves to, and the state before the last move.

No reader opens them. Their rows are identified by the hash of the exact text that was encoded, so they stay valid
whatever is edited, removed or compacted meanwhile.
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
    """Return the generations kept beside the serving one."""
    return frozenset(one.generation for key in (MOVE, PREVIOUS) if (one := Kept.of(meta, key)) is not None)


def next_generation(layout: Layout, meta: dict[str, Any]) -> int:
    """Return a generation number never used in this index: a reader may still hold an old snapshot."""
    named = (int(meta["generation"]), int(meta.get(NEWEST, 0)), *kept_generations(meta), *layout.generations())
    return max(named) + 1


def tables(connection: sqlite3.Connection) -> None:
    """Create the tables if missing, inside the caller's transaction."""
    for statement in MOVE_TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)


def drop(connection: sqlite3.Connection, meta: dict[str, Any], key: str) -> Kept | None:
    """Drop what is kept under a key, inside the caller's transaction; the next clean-up removes its files."""
    one = Kept.of(meta, key)
    if one is not None:
        forget_rows(connection, one.generation)
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    return one


def forget_rows(connection: sqlite3.Connection, generation: int) -> None:
    """Delete all records of a kept generation's rows."""
    for table in ("kept_rows", "kept_blocks", "kept_passages"):
        connection.execute(f"DELETE FROM {table} WHERE generation = ?", (generation,))


def forget_all(connection: sqlite3.Connection) -> bool:
    """Drop everything that is kept, inside the caller's transaction; return whether there was anything."""
    found = connection.execute("DELETE FROM meta WHERE key IN (?, ?)", (MOVE, PREVIOUS)).rowcount > 0
    if found:
        for table in ("kept_rows", "kept_blocks", "kept_passages"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        tables(connection)
    return found


def put_rows(connection: sqlite3.Connection, rows: Iterator[tuple[int, int, int, bytes, str]]) -> None:
    """Insert (generation, row, passage, hash, language) rows, each with its CRC."""
    connection.executemany("INSERT INTO kept_rows VALUES (?, ?, ?, ?, ?, ?)", ((*r, crc(r)) for r in rows))


def log_rows(connection: sqlite3.Connection, generation: int) -> int:
    """Return the rows of a kept generation's log that the catalogue knows."""
    query = "SELECT coalesce(max(stop), 0) FROM kept_blocks WHERE generation = ?"
    (rows,) = connection.execute(query, (generation,)).fetchone()
    return int(rows)
