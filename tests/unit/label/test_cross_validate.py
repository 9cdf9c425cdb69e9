"""Balanced folds, out-of-fold predictions, and intervals that keep a width."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from semsearch.label.cross_validate import accuracy_interval, folds, out_of_fold, r2, r2_interval


def test_every_stratum_is_dealt_to_the_folds_in_turn() -> None:
    strata = np.repeat(np.arange(7), [2, 3, 5, 8, 13, 1, 4])
    fold = folds(strata, 5, np.random.default_rng(0))
    for stratum in range(7):
        counts = np.bincount(fold[strata == stratum], minlength=5)
        assert counts.max() - counts.min() <= 1
    assert np.bincount(fold).max() - np.bincount(fold).min() <= 1


def test_every_row_is_predicted_by_a_head_not_trained_on_it() -> None:
    strata = np.repeat(np.arange(3), 6)
    judged: list[int] = []

    def predict(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        assert not set(learn) & set(judge)
        assert len(learn) + len(judge) == len(strata)
        judged.extend(judge.tolist())
        return judge.astype(np.float64)

    found = list(out_of_fold(strata, predict, repeats=3))
    assert len(found) == 3
    for repetition in found:
        assert repetition.tolist() == list(range(18))
    assert sorted(judged) == sorted(list(range(18)) * 3)


def test_an_interval_has_a_width_if_every_prediction_is_correct() -> None:
    low, high = accuracy_interval(np.ones(10))
    assert low == pytest.approx(0.7225, abs=1e-4)  # Wilson's, by the book
    assert high == pytest.approx(1.0)
    assert accuracy_interval(np.array([1.0, 0.0] * 50)) == pytest.approx((0.4038, 0.5962), abs=1e-4)


def test_r2_is_that_of_scikit_learn() -> None:
    chance = np.random.default_rng(1)
    values, guesses = chance.normal(size=50), chance.normal(size=50)
    assert r2(values, (values - guesses) ** 2) == pytest.approx(r2_score(values, guesses))
    noisy = values + chance.normal(0, 0.3, 50)
    low, high = r2_interval(values, (values - noisy) ** 2)
    assert low < r2(values, (values - noisy) ** 2) < high
