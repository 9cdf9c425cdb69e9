"""The catalogue table of saved queries, created with the first of them.

It does not belong to a format version: older versions ignore it, and an index without it has no saved queries.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog.schema import crc

__all__ = [
    "SAVED_TABLE",
    "drop_broken_queries",
    "put_saved",
    "query_faults",
    "remove_saved",
    "saved_queries",
]

SAVED_TABLE = """
CREATE TABLE IF NOT EXISTS saved_queries(
  name TEXT PRIMARY KEY,
  record TEXT NOT NULL,             -- the query, its options, its hits when they were last looked at
  crc INTEGER NOT NULL) WITHOUT ROWID;
"""


def saved_queries(connection: sqlite3.Connection) -> dict[str, dict[str, Any]]:
    """Return the records of all saved queries, by name. Raises IndexDamaged for a damaged one."""
    found = {}
    for name, text, stored in _rows(connection):
        if crc((name, text)) != stored:
            raise IndexDamaged(f"the saved query {name!r} is damaged; run `semsearch doctor --repair`")
        found[name] = json.loads(text)
    return found


def put_saved(connection: sqlite3.Connection, name: str, record: dict[str, Any]) -> None:
    """Insert or replace a saved query, inside the caller's transaction."""
    connection.execute(SAVED_TABLE)
    text = json.dumps(record, sort_keys=True)
    connection.execute("INSERT OR REPLACE INTO saved_queries VALUES (?, ?, ?)", (name, text, crc((name, text))))


def remove_saved(connection: sqlite3.Connection, name: str) -> bool:
    """Remove a saved query; return whether it existed."""
    if not _has_table(connection):
        return False
    return connection.execute("DELETE FROM saved_queries WHERE name = ?", (name,)).rowcount > 0


def query_faults(connection: sqlite3.Connection) -> list[str]:
    """Describe the damage of saved queries, for `doctor`."""
    return [f"the saved query {name!r} does not match its checksum" for name in _broken(connection)]


def drop_broken_queries(connection: sqlite3.Connection) -> None:
    """Delete saved queries that do not match their checksum."""
    for name in _broken(connection):
        connection.execute("DELETE FROM saved_queries WHERE name = ?", (name,))


def _broken(connection: sqlite3.Connection) -> list[str]:
    return [name for name, text, stored in _rows(connection) if crc((name, text)) != stored]


def _rows(connection: sqlite3.Connection) -> list[tuple[str, str, int]]:
    if not _has_table(connection):
        return []
    return connection.execute("SELECT name, record, crc FROM saved_queries ORDER BY name").fetchall()


def _has_table(connection: sqlite3.Connection) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'saved_queries'"
    return connection.execute(query).fetchone() is not None
