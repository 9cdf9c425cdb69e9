"""The noise floor of an index, and scores that are comparable between queries. Imports numpy.

A raw cosine or BM25 score depends on the encoder, the index and its size. So the scores of off-topic queries are
measured on the index itself, and every score is expressed relative to them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import InvalidQuery
from semsearch.models.shared.vectors import encode_queries
from semsearch.search.fusion import weighted
from semsearch.search.offtopic_queries import OFF_TOPIC
from semsearch.stores.searchable import Keep, LexicalRanking, Searchable
from semsearch.types.models import BiEncoder
from semsearch.types.search import Floor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids, Scores

__all__ = ["certain", "coverage", "measure", "relevance"]

_SPREAD = 0.12
"""Prior deviation of the cosines of random passages, typical of small English encoders, for too few pairs."""
_SPREAD_PAIRS = 30
"""Weight of that prior, in pairs."""
_UNMEASURED = Floor(
    cosine_mean=0.23, cosine_std=0.06, coverage_mean=0.15, coverage_std=0.06,
    random_mean=0.06, random_std=_SPREAD, passages=0,
)  # fmt: skip
_PAIRS = 4_000
_HALF_NORMAL = 0.6028
"""Deviation of the lower half of a standard normal distribution: the root of 1 - 2 / pi."""
# How far above the median of the off-topic queries the floor is, by the kinds of evidence there are, and how steeply
# scores rise there. Chosen on nine indexes of 60 to 10,000 passages: docs/decisions.md has the error rates.
_MARGIN_BOTH, _MARGIN_DENSE, _MARGIN_LEXICAL = 0.5, 0.7, 0.3
_STEEPNESS = 0.6


def measure(
    index: Searchable, encoder: BiEncoder, sample: Ids, *, passages: int = 0, among: Keep | None = None
) -> Floor:
    """Measure the noise floor of an index with `passages` passages (0: as in `sample`). Encodes 124 short queries.

    `sample` are passage ids drawn at random by the caller (some hundreds suffice), for the cosines of random pairs;
    `among` are all passages, if the index also has name records. Means are medians, and deviations those of the lower
    half of the off-topic queries, so that the few subjects that the index does cover hardly affect them. Raises
    InvalidQuery for an empty sample.
    """
    if not len(sample):
        raise InvalidQuery("an index without passages has no noise floor")
    cosines, shares = [], []
    for text, vector in zip(OFF_TOPIC, encode_queries(encoder, OFF_TOPIC), strict=True):
        nearest = index.dense(vector, 1, among)
        cosines.append(float(nearest.scores[0]) if len(nearest.ids) else 0.0)
        found = index.lexical(text, 1, among)
        shares.append(float(coverage(found)[0]) if len(found.ranking.ids) else 0.0)
    cosine_mean, cosine_std = _lower_half(np.array(cosines))
    coverage_mean, coverage_std = _lower_half(np.array(shares))
    random_mean, random_std, pairs = _random_pairs(index, sample)
    if pairs >= _SPREAD_PAIRS:
        # For an index about everything no query is off-topic; cap the floor at the expected best of random pairs.
        cosine_mean = min(cosine_mean, random_mean + random_std * _expected_highest(passages or len(sample)))
    return Floor(cosine_mean, cosine_std, coverage_mean, coverage_std, random_mean, random_std, passages or len(sample))


def relevance(floor: Floor | None, cosine: Scores | None, share: Scores | None) -> NDArray[np.float64]:
    """Return a score of 0 to 1 for each passage (n,): .5 at the noise floor, increasing with both kinds of evidence.

    `cosine` is that to the query, `share` the lexical `coverage`; one of them may be None. The order is that of
    `fusion.weighted`.
    """
    f = floor or _UNMEASURED
    none = np.zeros(1, dtype=np.float32)
    middle = np.array([f.coverage_mean], dtype=np.float32)
    if cosine is None:
        assert share is not None
        above = weighted(none, share, 1.0) - weighted(none, middle, 1.0) - _MARGIN_LEXICAL
    elif share is None:
        above = (cosine - f.cosine_mean) / f.random_std - _MARGIN_DENSE
    else:
        noise = weighted(np.array([f.cosine_mean], dtype=np.float32), middle, f.random_std)
        above = weighted(cosine, share, f.random_std) - noise - _MARGIN_BOTH
    return np.asarray(1.0 / (1.0 + np.exp(-_STEEPNESS * above.astype(np.float64))))


def certain(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lift scores above the floor, keeping their order, for passages that contain exactly what was asked for."""
    return 0.5 + 0.5 * scores


def coverage(found: LexicalRanking) -> Scores:
    """Return the score of each passage of a lexical ranking as a share, 0 to 1, of the highest possible one."""
    if found.bound <= 0:
        return np.zeros(len(found.ranking.ids), dtype=np.float32)
    return np.asarray(np.clip(found.ranking.scores / found.bound, 0.0, 1.0), dtype=np.float32)


def _lower_half(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the median, and the deviation of a normal distribution fitted to the lower half of the values."""
    half = np.sort(values)[: len(values) // 2]
    return float(np.median(values)), float(half.std()) / _HALF_NORMAL


def _random_pairs(index: Searchable, sample: Ids) -> tuple[float, float, int]:
    """Return mean and deviation of the cosines of random pairs from different documents, and the number of pairs."""
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, len(sample), (2, _PAIRS))
    numbers = index.document_numbers(sample)
    apart = numbers[first] != numbers[second]
    pairs = np.unique(np.sort(np.stack([first[apart], second[apart]]), axis=0), axis=1)
    count = pairs.shape[1]
    if not count:
        return 0.0, _SPREAD, 0
    vectors = index.vectors(sample)
    cosines = np.einsum("nd,nd->n", vectors[pairs[0]], vectors[pairs[1]])
    variance = (count * float(cosines.var()) + _SPREAD_PAIRS * _SPREAD**2) / (count + _SPREAD_PAIRS)
    return float(cosines.mean()), math.sqrt(variance), count


def _expected_highest(n: int) -> float:
    """Approximate the expected highest of n standard normal values (Cramér, "Mathematical Methods", 1946)."""
    if n < 3:
        return 0.6
    root = math.sqrt(2.0 * math.log(n))
    return root - (math.log(math.log(n)) + math.log(4.0 * math.pi)) / (2.0 * root) + 0.5772 / root
