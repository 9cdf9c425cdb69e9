"""Rank and score fusion. Imports numpy; loaded only for a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from semsearch.types.search import Ranking

if TYPE_CHECKING:
    from semsearch.types.arrays import Scores

__all__ = ["RRF_K", "reranked", "rrf", "weighted"]

_SHARE_WEIGHT = 20.0
_RERANK_WEIGHT = 0.5
RRF_K = 10
"""nDCG@10 on SciFact is .724; with 60, the constant of the paper, .718."""


def rrf(rankings: Sequence[Ranking], *, k: int = RRF_K) -> Ranking:
    """Fuse rankings by RRF: each id scores the sum of 1 / (k + its rank) over the rankings that contain it.

    Ranks count from 1; ties are broken by id. The scores of the rankings are not used.
    Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
    methods", SIGIR 2009.
    """
    ids = np.concatenate([r.ids for r in rankings]) if rankings else np.empty(0, np.int64)
    shares = [1.0 / (k + np.arange(1, len(r.ids) + 1)) for r in rankings]
    unique, place = np.unique(ids, return_inverse=True)
    sums = np.zeros(len(unique))
    np.add.at(sums, place, np.concatenate(shares) if shares else np.empty(0))
    scores = sums.astype(np.float32)
    order = np.lexsort((unique, -scores))
    return Ranking(unique[order].astype(np.int64), scores[order])


def weighted(cosines: Scores, shares: Scores, spread: float) -> Scores:
    """Fuse cosines and lexical coverage of the same passages by a weighted sum; all arrays are (n,).

    `cosines` count in units of `spread`, the standard deviation of the cosines of random passages, which normalizes the
    scale of the encoder. `shares` are BM25 scores as a share of the query's maximum, squared: matching a few words is
    chance, matching most is not. A convex combination after Bruch, Gai and Ingber, "An analysis of fusion functions for
    hybrid retrieval", 2022; measured against RRF in docs/decisions.md.
    """
    return np.asarray(cosines / spread + _SHARE_WEIGHT * shares**2, dtype=np.float32)


def reranked(standing: Scores, opinion: Scores) -> Scores:
    """Fuse the first-stage scores `standing` and the reranker's scores `opinion` of the same documents, both (n,).

    Both are standardized over these documents, since every reranker has its own scale; the first stage counts twice as
    much. Chosen over RRF with the reranker as a further ranking: docs/decisions.md has the figures.
    """
    return np.asarray(_standardized(standing) + _RERANK_WEIGHT * _standardized(opinion), dtype=np.float32)


def _standardized(scores: Scores) -> Scores:
    finite = np.isfinite(scores)
    lowest = scores[finite].min() if finite.any() else 0.0
    values = np.where(finite, scores, lowest).astype(np.float64)
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9), dtype=np.float32)
