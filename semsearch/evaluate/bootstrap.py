"""How sure a mean over queries is: percentile bootstrap, for one run and for the difference of two.

numpy is imported here; this module is loaded only by an evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from semsearch.errors import InvalidQuery

__all__ = ["MeanDifference", "interval", "paired"]

RESAMPLES = 2_000
_SEED = 20_260_101
_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Mean of the second run minus mean of the first, its interval, and the two-sided bootstrap p."""

    mean: float
    low: float
    high: float
    p: float

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0.0 or self.high < 0.0


def interval(
    values: Mapping[str, float], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = _SEED
) -> tuple[float, float]:
    """Return the percentile interval of the mean of {query id: value}; the same numbers every time.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. Raises InvalidQuery when empty.
    """
    means = _means(np.array(list(values.values()), dtype=np.float64), resamples, seed)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def paired(
    first: Mapping[str, float],
    second: Mapping[str, float],
    *,
    level: float = 0.95,
    resamples: int = RESAMPLES,
    seed: int = _SEED,
) -> MeanDifference:
    """Compare two runs over the same queries by resampling the differences of each query.

    `p` is twice the smaller share of resampled means on one side of 0, at least 1 / resamples (Sakai, "Evaluating
    evaluation metrics based on the bootstrap", SIGIR 2006, in its percentile form).
    Raises InvalidQuery when the queries are not the same.
    """
    if first.keys() != second.keys():
        raise InvalidQuery("two runs can be compared only over the same queries")
    deltas = np.array([second[q] - first[q] for q in first], dtype=np.float64)
    means = _means(deltas, resamples, seed)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    side = min((means <= 0).mean(), (means >= 0).mean())
    return MeanDifference(float(deltas.mean()), float(low), float(high), float(min(1.0, max(2 * side, 1 / resamples))))


def _means(values: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """Return the mean of each resample (resamples,), drawn in chunks so that memory stays small."""
    if not len(values):
        raise InvalidQuery("no query to resample")
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // len(values))
    sizes = [min(step, resamples - at) for at in range(0, resamples, step)]
    return np.concatenate([values[rng.integers(0, len(values), (n, len(values)))].mean(axis=1) for n in sizes])
