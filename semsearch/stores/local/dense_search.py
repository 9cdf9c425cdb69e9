"""Nearest rows by cosine: exact for small indexes, quantized codes with exact rescoring for large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from semsearch.stores.local.catalog.select import RowSet
from semsearch.stores.local.dense.vector_log import finite
from semsearch.stores.local.state import PinnedState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids, Scores, Vector

__all__ = ["search"]

_GATHERED = 2_000
"""A filter that keeps at most this many rows has them gathered and scored exactly."""
_RESIDENT = 50_000
"""Logs of up to this many rows are kept in memory as float32 between queries."""

_ROUNDING = 1e-4
"""Upper bound of the rounding difference between two ways to compute a cosine."""


def search(
    state: PinnedState, vector: Vector, k: int, keep: RowSet | None, *, exact: bool = False
) -> tuple[Ids, Scores]:
    """Return the k nearest live rows and their exact cosines, best first."""
    if k < 1 or state.rows == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.float32)
    if keep is not None and len(keep) <= _GATHERED:
        return _best(keep.rows, _cosines(state, keep.rows, vector), k)
    mask = state.live if keep is None else keep.mask(state.rows)
    ann = None if exact else state.ann
    if ann is None:
        scores = state.log.scores(vector, keep_resident=state.rows <= _RESIDENT)
        return _rescored(state, np.flatnonzero(mask), scores[mask], vector, k)
    everything = keep is None and state.count == state.rows
    bits = state.live_bits if keep is None and not everything else None
    near = ann.search(vector, ann.candidates(k), None if everything else mask, narrow=keep is not None, bits=bits)
    near.sort()  # sequential reads from disk
    rows, scores = near, _cosines(state, near, vector)
    if ann.rows < state.rows:
        tail = np.flatnonzero(mask[ann.rows :])
        late = state.log.scores(vector, ann.rows, keep_resident=state.warm)[tail]
        if len(scores) > k:  # most of the tail cannot be among the k best
            near_enough = late >= np.partition(scores, len(scores) - k)[len(scores) - k] - _ROUNDING
            tail, late = tail[near_enough], late[near_enough]
        tail, late = _rescored(state, tail + ann.rows, late, vector, k)
        rows, scores = np.concatenate([rows, tail]), np.concatenate([scores, late])
    return _best(rows, scores, k)


def _rescored(state: PinnedState, rows: Ids, scores: Scores, vector: Vector, k: int) -> tuple[Ids, Scores]:
    """Score the best rows again row by row, since a matrix product rounds differently by a row's position."""
    rows, _ = _best(rows, scores, k)
    return _best(rows, _cosines(state, rows, vector), k)


def _cosines(state: PinnedState, rows: Ids, vector: Vector) -> Scores:
    """Return the exact cosines of some rows, on one thread: for so few, waking others costs more than it saves."""
    scores: Scores = np.einsum("ij,j->i", state.log.take(rows), vector)
    return finite(scores)


def _best(rows: Ids, scores: NDArray[np.float32], k: int) -> tuple[Ids, Scores]:
    if len(rows) > k:
        # Ties at the cut are kept by row, so that the same state always gives the same list.
        limit = np.partition(scores, len(scores) - k)[len(scores) - k]
        inside = np.flatnonzero(scores >= limit)
        rows, scores = rows[inside], scores[inside]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order].astype(np.int64), scores[order].astype(np.float32)
