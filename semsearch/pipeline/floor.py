"""Measuring the noise floor of an index when it has changed enough, and storing it with the index."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from semsearch.index.reader import Reader
from semsearch.index.writer import Writer
from semsearch.roles import BiEncoder
from semsearch.search.floor import measure

if TYPE_CHECKING:
    from semsearch.types import Ids

__all__ = ["sampled", "update_floor"]

_CHANGE = 0.2
_SAMPLE = 512


def sampled(connection: sqlite3.Connection, count: int) -> Ids:
    """Return the ids of some hundred passages of all `count`, spread over the whole index and always the same."""
    every = max(1, count // _SAMPLE)
    query = "SELECT id FROM passages WHERE id % ? = (SELECT min(id) FROM passages) % ? ORDER BY id LIMIT ?"
    return np.array([i for (i,) in connection.execute(query, (every, every, _SAMPLE))], dtype=np.int64)


def update_floor(writer: Writer, encoder: Callable[[], BiEncoder]) -> bool:
    """Measure and store the floor when the number of passages has changed by a fifth; return whether it was."""
    (count,) = writer.connection.execute("SELECT count(*) FROM passages").fetchone()
    stored = writer.meta_value("floor")
    if not count or (stored and abs(count - stored["passages"]) <= _CHANGE * stored["passages"]):
        return False
    sample = sampled(writer.connection, count)
    reader = Reader(writer.layout)
    try:
        with reader.view() as view:
            floor = measure(view, encoder(), sample, passages=count)
    finally:
        reader.close()
    writer.set_meta("floor", asdict(floor))
    writer.commit()
    return True
