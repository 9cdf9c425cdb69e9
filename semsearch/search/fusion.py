"""Several rankings into one. numpy is imported here; this module is loaded only when something is searched."""

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
"""nDCG@10 on SciFact .724, with 60, the constant of the paper, .718."""


def rrf(rankings: Sequence[Ranking], *, k: int = RRF_K) -> Ranking:
    """Reciprocal rank fusion: each id scores the sum of 1 / (k + its rank) over the lists that hold it.

    Ranks count from 1; equal scores are ordered by id. The scores of the lists themselves play no part.
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
    """Add two kinds of evidence on one scale, for the same passages in the same order: all arrays are (n,).

    `cosines` count in units of `spread`, the deviation of the cosines of random passages, which takes out the scale of
    the encoder. `shares` are BM25 scores as a share of the most that the query's words could have scored, squared: a
    few shared words are chance, most of them are not. A combination of scores after Bruch, Gai and Ingber, "An analysis
    of fusion functions for hybrid retrieval", 2022; measured against RRF in docs/decisions.md.
    """
    return np.asarray(cosines / spread + _SHARE_WEIGHT * shares**2, dtype=np.float32)


def reranked(standing: Scores, opinion: Scores) -> Scores:
    """Add a reranker's opinion to the standing of the same documents: both (n,), each in its own deviations.

    Standardized over the documents at hand, since every reranker has a scale of its own; the standing counts twice as
    much as the opinion. Chosen against RRF with the reranker as a further list: docs/decisions.md has the figures.
    """
    return np.asarray(_standardized(standing) + _RERANK_WEIGHT * _standardized(opinion), dtype=np.float32)


def _standardized(scores: Scores) -> Scores:
    finite = np.isfinite(scores)
    lowest = scores[finite].min() if finite.any() else 0.0
    values = np.where(finite, scores, lowest).astype(np.float64)
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-9), dtype=np.float32)
