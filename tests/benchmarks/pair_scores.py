"""Scores of a reranker kept on disk, so that a benchmark of many ways to use them pays for each pair once."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from semsearch.types.models import CrossEncoder
from tests.benchmarks.material import cache_folder

if TYPE_CHECKING:
    from semsearch.types.arrays import Scores


class StoredScores:
    """A CrossEncoder that asks another one only for pairs it has not met; their seconds are kept with the scores."""

    def __init__(self, model: CrossEncoder) -> None:
        self.name = model.name
        self.seconds = 0.0
        """What all scores given so far took when they were made."""
        self._model = model
        self._store = sqlite3.connect(cache_folder() / "pair-scores.sqlite", timeout=60)
        self._store.execute(
            "CREATE TABLE IF NOT EXISTS pairs (key BLOB PRIMARY KEY, score REAL, seconds REAL) WITHOUT ROWID"
        )

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        keys = [hashlib.sha256(f"{self.name}\0{query}\0{text}".encode()).digest()[:16] for text in passages]
        rows = {key: row for key in keys if (row := self._row(key))}
        found = {key: row[0] for key, row in rows.items()}
        self.seconds += sum(row[1] for row in rows.values())
        missing = [number for number, key in enumerate(keys) if key not in found]
        if missing:
            started = time.perf_counter()
            scores = self._model.score(query, [passages[number] for number in missing])
            share = (time.perf_counter() - started) / len(missing)
            self.seconds += share * len(missing)
            made = [(keys[n], float(score), share) for n, score in zip(missing, scores.tolist(), strict=True)]
            with self._store:
                self._store.executemany("INSERT OR REPLACE INTO pairs VALUES (?, ?, ?)", made)
            found.update({key: score for key, score, _ in made})
        return np.array([found[key] for key in keys], dtype=np.float32)

    def _row(self, key: bytes) -> tuple[float, float] | None:
        row: tuple[float, float] | None = self._store.execute(
            "SELECT score, seconds FROM pairs WHERE key = ?", (key,)
        ).fetchone()
        return row
