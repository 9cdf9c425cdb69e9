"""Measuring the noise floor of an index when it has changed enough, and storing it with the index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import numpy as np

from semsearch.index.reader import Reader
from semsearch.index.writer import Writer
from semsearch.roles import BiEncoder
from semsearch.search.floor import measure

__all__ = ["update_floor"]

_CHANGE = 0.2
_SAMPLE = 512


def update_floor(writer: Writer, encoder: Callable[[], BiEncoder]) -> bool:
    """Measure and store the floor when the number of passages has changed by a fifth; return whether it was."""
    (count,) = writer.connection.execute("SELECT count(*) FROM passages").fetchone()
    stored = writer.meta_value("floor")
    if not count or (stored and abs(count - stored["passages"]) <= _CHANGE * stored["passages"]):
        return False
    every = max(1, count // _SAMPLE)
    query = "SELECT id FROM passages WHERE id % ? = (SELECT min(id) FROM passages) % ? LIMIT ?"
    rows = writer.connection.execute(query, (every, every, _SAMPLE))
    sample = np.array([i for (i,) in rows], dtype=np.int64)
    reader = Reader(writer.layout)
    try:
        with reader.view() as view:
            floor = measure(view, encoder(), sample, passages=count)
    finally:
        reader.close()
    writer.set_meta("floor", asdict(floor))
    writer.commit()
    return True
