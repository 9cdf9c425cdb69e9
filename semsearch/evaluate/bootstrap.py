"""How sure a mean over queries is: SciPy's percentile bootstrap, for one run and for the difference of two.

numpy is imported here, scipy.stats (a second) by the first interval; this module is loaded only by an evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import InvalidQuery

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MeanDifference", "interval", "paired"]

RESAMPLES = 2_000
_SEED = 20_260_101
_BATCH = 1_000_000
"""Values that are drawn at a time."""


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
    low, high, _ = _resampled(np.array(list(values.values()), dtype=np.float64), level, resamples, seed)
    return low, high


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
    low, high, means = _resampled(deltas, level, resamples, seed)
    side = min((means <= 0).mean(), (means >= 0).mean())
    return MeanDifference(float(deltas.mean()), low, high, float(min(1.0, max(2 * side, 1 / resamples))))


def _resampled(
    values: NDArray[np.float64], level: float, resamples: int, seed: int
) -> tuple[float, float, NDArray[np.float64]]:
    """Return the interval of the mean of (n,), and the mean of each resample, drawn in batches of bounded memory."""
    from scipy.stats import bootstrap

    if not len(values):
        raise InvalidQuery("no query to resample")
    data = np.repeat(values, 2) if len(values) == 1 else values  # it takes no single value
    batch, rng = max(1, _BATCH // len(data)), np.random.default_rng(seed)
    found = bootstrap(
        (data,), np.mean, n_resamples=resamples, batch=batch, confidence_level=level, method="percentile", rng=rng
    )
    return float(found.confidence_interval.low), float(found.confidence_interval.high), found.bootstrap_distribution
