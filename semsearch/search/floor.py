"""The noise floor of an index, and scores that mean the same on every query. numpy is imported here.

A cosine or a BM25 score says nothing by itself: it depends on the encoder, on the index and on its size. So what
queries on unrelated subjects score is measured on the index itself, and every score is told in its units.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import InvalidQuery
from semsearch.search.offtopic import OFF_TOPIC
from semsearch.types import BiEncoder, Floor, LexicalRanking, Searchable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types import Ids, Scores

__all__ = ["certain", "coverage", "measure", "relevance"]

_UNMEASURED = Floor(
    cosine_mean=0.22, cosine_std=0.055, coverage_mean=0.15, coverage_std=0.055,
    random_mean=0.06, random_std=0.12, passages=0,
)  # fmt: skip
"""Typical of small English encoders; stands in where nothing was measured."""
# Logistic weights (intercept, cosine, coverage) over z-scores, fitted on 12 indexes of 60 to 10,000 passages; then
# halved, which moves no decision and spreads the scores of the hits.
_BOTH = (-1.9, 0.575, 0.775)
_DENSE = (-1.7, 0.675, 0.0)
_LEXICAL = (-0.85, 0.0, 0.85)
_HIGHEST = 6.0
_LEAST_COVERAGE_STD = 0.05
_LEAST_COSINE_STD = 0.05
_PAIRS = 4_000
_FEW_PAIRS = 30


def measure(index: Searchable, encoder: BiEncoder, sample: Ids, *, passages: int = 0) -> Floor:
    """Measure the noise floor of an index of so many passages (0: as many as `sample`). Encodes 120 short queries.

    `sample` are ids of passages, drawn at random by the caller (some hundreds are enough), for the cosines of random
    pairs. The floor is fitted to the lower half of the off-topic queries, so that it stays where it is when the index
    is about up to two in five of their subjects. Raises InvalidQuery for an empty sample.
    """
    if not len(sample):
        raise InvalidQuery("an index without passages has no noise floor")
    passages = passages or len(sample)
    vectors = encoder.encode_queries(OFF_TOPIC)
    cosines, shares = [], []
    for text, vector in zip(OFF_TOPIC, vectors, strict=True):
        nearest = index.dense(vector, 1)
        cosines.append(float(nearest.scores[0]) if len(nearest.ids) else 0.0)
        found = index.lexical(text, 1)
        shares.append(float(coverage(found)[0]) if len(found.ranking.ids) else 0.0)
    cosine_mean, cosine_std = _lower_half(np.array(cosines))
    coverage_mean, coverage_std = _lower_half(np.array(shares))
    random_mean, random_std, pairs = _random_pairs(index, sample)
    if pairs >= _FEW_PAIRS:
        # An index about everything has no unrelated query; its best passage still beats what chance brings together.
        cosine_mean = min(cosine_mean, random_mean + random_std * _expected_highest(passages))
    return Floor(cosine_mean, cosine_std, coverage_mean, coverage_std, random_mean, random_std, passages)


def relevance(floor: Floor | None, cosine: Scores | None, share: Scores | None) -> NDArray[np.float64]:
    """Return a score of 0 to 1 for each passage (n,), .5 at the noise floor, rising with both kinds of evidence.

    `cosine` is to the query, `share` is the lexical `coverage`; None leaves a kind out (there must be one). Words that
    a passage lacks do not count against it. Logistic regression over z-scores of the off-topic queries' best passages.
    """
    f = floor or _UNMEASURED
    intercept, by_cosine, by_share = _DENSE if share is None else _LEXICAL if cosine is None else _BOTH
    logit = np.float64(intercept)
    if cosine is not None:
        std = max(f.cosine_std, 0.4 * f.random_std if f.random_std else _LEAST_COSINE_STD, 1e-6)
        logit = logit + by_cosine * np.clip((cosine - f.cosine_mean) / std, -_HIGHEST, _HIGHEST)
    if share is not None:
        std = max(f.coverage_std, _LEAST_COVERAGE_STD)
        lowest = -_HIGHEST if cosine is None else 0.0
        logit = logit + by_share * np.clip((share - f.coverage_mean) / std, lowest, _HIGHEST)
    return np.asarray(1.0 / (1.0 + np.exp(-logit)), dtype=np.float64)


def certain(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lift scores above the floor in their order: for passages that hold exactly what was asked for."""
    return 0.5 + 0.5 * scores


def coverage(found: LexicalRanking) -> Scores:
    """Return for each passage of a lexical ranking its share, 0 to 1, of what the query's words could have scored."""
    if found.bound <= 0:
        return np.zeros(len(found.ranking.ids), dtype=np.float32)
    return np.asarray(np.clip(found.ranking.scores / found.bound, 0.0, 1.0), dtype=np.float32)


def _lower_half(values: NDArray[np.float64]) -> tuple[float, float]:
    """Estimate mean and deviation of a normal distribution from the lower half of its values.

    For a normal distribution the lower half has mean m - .7979 s and deviation .6028 s (the half-normal distribution).
    """
    half = np.sort(values)[: len(values) // 2]
    std = float(half.std()) / 0.6028
    return float(half.mean()) + 0.7979 * std, std


def _random_pairs(index: Searchable, sample: Ids) -> tuple[float, float, int]:
    """Return mean and deviation of the cosines of random pairs from different documents, and how many there were."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, len(sample), (2, _PAIRS))
    numbers = index.document_numbers(sample)
    apart = numbers[first] != numbers[second]
    pairs = np.unique(np.sort(np.stack([first[apart], second[apart]]), axis=0), axis=1)
    if not pairs.shape[1]:
        return 0.0, 0.0, 0
    vectors = index.vectors(sample)
    cosines = np.einsum("nd,nd->n", vectors[pairs[0]], vectors[pairs[1]])
    few = pairs.shape[1] < _FEW_PAIRS
    return float(cosines.mean()), 0.0 if few else float(cosines.std()), pairs.shape[1]


def _expected_highest(n: int) -> float:
    """Approximate the expected highest of n standard normal values (Cramér, "Mathematical Methods", 1946)."""
    if n < 3:
        return 0.6
    root = math.sqrt(2.0 * math.log(n))
    return root - (math.log(math.log(n)) + math.log(4.0 * math.pi)) / (2.0 * root) + 0.5772 / root
