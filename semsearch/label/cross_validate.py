"""Cross-validation of label heads: every document is scored by a head that was not trained on it, with intervals.

Needs numpy only; the training function is passed in.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Rows = NDArray[np.int64]

__all__ = ["accuracy_interval", "folds", "out_of_fold", "r2", "r2_interval"]

FOLDS = 5
REPEATS = 4
RESAMPLES = 2_000
_SEED = 20_260_101
_Z = 1.959964
"""The 97.5 % quantile of the normal distribution."""


def folds(strata: Rows, count: int, rng: np.random.Generator) -> Rows:
    """Return the fold of each row, (n,): strata are dealt to the folds in turn, so that sizes differ by at most one.

    A stratum with fewer rows than folds is in some of them only; a single row is never in its own training fold.
    """
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    fold = np.empty(len(strata), dtype=np.int64)
    fold[order] = np.arange(len(strata)) % count
    return fold


def out_of_fold(
    strata: Rows, predict: Callable[[Rows, Rows], Numbers], *, repeats: int = REPEATS, count: int = FOLDS
) -> Iterator[Numbers]:
    """Yield for each repetition the prediction for each row by a head trained without its fold.

    `predict(learn, judge)` trains on some rows and predicts others.
    """
    count = min(count, len(strata))
    for repeat in range(repeats):
        fold = folds(strata, count, np.random.default_rng((_SEED, repeat)))
        found: Numbers | None = None
        for number in range(count):
            judge = np.flatnonzero(fold == number)
            part = predict(np.flatnonzero(fold != number), judge)
            if found is None:
                found = np.empty((len(strata), *part.shape[1:]), dtype=np.float64)
            found[judge] = part
        assert found is not None
        yield found


def accuracy_interval(right: Numbers) -> tuple[float, float]:
    """Return the 95 % interval of an accuracy from the share of correct predictions of each document, (n,) in 0..1.

    Wilson's score interval over the documents ("Probable inference", JASA 1927): documents are the random sample, and
    repetitions do not add to it; unlike a bootstrap it keeps a width when every prediction is correct.
    """
    n, share = len(right), float(right.mean())
    centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def r2(values: Numbers, errors: Numbers) -> float:
    """Return 1 - sum of squared errors / sum of squares around the mean, (n,) and (n,): `sklearn.metrics.r2_score`."""
    around = float(((values - values.mean()) ** 2).sum())
    return 1.0 - float(errors.sum()) / around if around > 0 else 0.0


def r2_interval(values: Numbers, errors: Numbers) -> tuple[float, float]:
    """Return the 95 % percentile bootstrap interval of R2 over the documents; `errors` are squared, (n,)."""
    rng = np.random.default_rng(_SEED)
    found = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, len(values), len(values))
        if np.ptp(values[drawn]) > 0:
            found.append(r2(values[drawn], errors[drawn]))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
