"""Intervals over queries."""

from __future__ import annotations

import numpy as np
import pytest

from semsearch.errors import InvalidQuery
from semsearch.evaluate.bootstrap import interval, paired


def values(mean: float, n: int, seed: int) -> dict[str, float]:
    drawn = np.random.default_rng(seed).normal(mean, 0.3, n)
    return {f"q{i}": float(v) for i, v in enumerate(drawn)}


def test_the_interval_is_that_of_the_normal_approximation() -> None:
    own = values(0.5, 400, 1)
    mean, error = np.mean(list(own.values())), np.std(list(own.values())) / 20
    low, high = interval(own)
    assert low == pytest.approx(mean - 1.96 * error, abs=0.004)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.004)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    covered = [low <= 0.5 <= high for low, high in (interval(values(0.5, 80, s), resamples=400) for s in range(200))]
    assert 0.88 <= np.mean(covered) <= 0.99


def test_the_same_numbers_every_time() -> None:
    assert interval(values(0.5, 50, 2)) == interval(values(0.5, 50, 2))
    assert interval(values(0.5, 50, 2)) != interval(values(0.5, 50, 2), seed=1)


def test_a_narrower_level_is_narrower() -> None:
    wide, narrow = interval(values(0.5, 50, 3), level=0.99), interval(values(0.5, 50, 3), level=0.5)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_constant_values_have_no_width() -> None:
    assert interval({"a": 0.25, "b": 0.25}) == (0.25, 0.25)
    assert interval({"a": 0.25}) == (0.25, 0.25)


def test_paired_sees_a_small_steady_gain_that_the_intervals_hide() -> None:
    first = values(0.5, 60, 4)
    second = {q: v + 0.02 for q, v in first.items()} | {"q0": first["q0"] - 0.01}
    difference = paired(first, second)
    assert difference.significant
    assert difference.mean == pytest.approx((59 * 0.02 - 0.01) / 60)
    assert difference.low <= difference.mean <= difference.high
    assert difference.p < 0.01
    low, high = interval(first)
    assert low < np.mean(list(second.values())) < high


def test_paired_sees_nothing_in_noise() -> None:
    difference = paired(values(0.5, 60, 5), values(0.5, 60, 6))
    assert not difference.significant
    assert difference.p > 0.05
    assert paired(values(0.5, 9, 5), values(0.5, 9, 5)).p == 1.0


def test_what_cannot_be_compared() -> None:
    with pytest.raises(InvalidQuery, match="same queries"):
        paired({"a": 1.0}, {"b": 1.0})
    with pytest.raises(InvalidQuery, match="no query"):
        interval({})


def test_many_queries_are_drawn_in_parts() -> None:
    low, high = interval(values(0.5, 30_000, 7), resamples=100)
    assert 0.48 < low < high < 0.52
