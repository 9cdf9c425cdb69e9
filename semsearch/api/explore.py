"""What is behind a search: stored vectors, near-duplicates, and how well an index ranks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.api.arguments import several
from semsearch.errors import InvalidQuery, NotInIndex
from semsearch.explore import near_duplicates as near

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.types.arrays import Embeddings

__all__ = ["document_vectors", "near_duplicates", "vectors"]


def vectors(opened: OpenIndex, ids: Sequence[int]) -> Embeddings:
    """Return the stored vectors of passages: see `Index.vectors`."""
    given: list[Any] = list(ids) if isinstance(ids, Iterable) and not isinstance(ids, (str, bytes)) else [None]
    if not all(isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in given):
        raise InvalidQuery("vectors are asked for by the ids of passages, whole numbers as in [passage.id]")
    asked = np.array([one if 0 <= one < 2**63 else -1 for one in given], dtype=np.int64)
    with opened.view() as view:
        lost = np.flatnonzero(view.document_numbers(asked) < 0)
        if len(lost):
            raise NotInIndex(f"no passage here has the id {given[lost[0]]}; `passages(document_id)` lists them")
        return view.vectors(asked)


def document_vectors(opened: OpenIndex, document_ids: Sequence[str | Path]) -> Embeddings:
    """Return the mean direction of each document's passages: see `Index.document_vectors`."""
    with opened.view() as view:
        out = np.zeros((len(document_ids := several(document_ids)), view.meta["dim"]), dtype=np.float32)
        for row, name in enumerate(document_ids):
            own = view.passages_of(opened.known_id(view, str(name)))
            mean = view.vectors(own).mean(axis=0) if len(own) else out[row]
            out[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return out


def near_duplicates(
    opened: OpenIndex, document_id: str, threshold: float | None, k: int
) -> tuple[near.NearDuplicate, ...]:
    """Return documents that are nearly the same as one: see `Index.near_duplicates`."""
    with opened.view() as view:
        name = opened.known_id(view, document_id)
        return near.near_duplicates(view, name, threshold=near.THRESHOLD if threshold is None else threshold, k=k)
