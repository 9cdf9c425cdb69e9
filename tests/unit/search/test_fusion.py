"""Reciprocal rank fusion and the weighted sum, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from semsearch.search.fusion import rrf, weighted
from semsearch.types.search import Ranking


def ranking(*ids: int) -> Ranking:
    return Ranking(np.array(ids, dtype=np.int64), np.linspace(1, 0.5, len(ids)).astype(np.float32))


def test_by_hand() -> None:
    fused = rrf([ranking(7, 3), ranking(3, 9)], k=10)
    assert fused.ids.tolist() == [3, 7, 9]
    assert fused.scores.tolist() == pytest.approx([1 / 12 + 1 / 11, 1 / 11, 1 / 12])
    assert fused.ids.dtype == np.int64
    assert fused.scores.dtype == np.float32


def test_ties_are_broken_by_id() -> None:
    assert rrf([ranking(9, 2), ranking(2, 9)]).ids.tolist() == [2, 9]
    assert rrf([ranking(9), ranking(2), ranking(5)]).ids.tolist() == [2, 5, 9]


def test_the_constant_is_ten() -> None:
    assert rrf([ranking(1)]).scores.tolist() == pytest.approx([1 / 11])


def test_nothing_and_one_list() -> None:
    assert len(rrf([]).ids) == 0
    assert len(rrf([ranking(), ranking()]).ids) == 0
    assert rrf([ranking(4, 1, 8), ranking()]).ids.tolist() == [4, 1, 8]


def test_the_weighted_sum_by_hand() -> None:
    cosines, shares = np.array([0.6, 0.3], dtype=np.float32), np.array([0.0, 0.5], dtype=np.float32)
    assert weighted(cosines, shares, 0.1).tolist() == pytest.approx([6.0, 3.0 + 20 * 0.25])
    assert weighted(cosines, shares, 0.1).dtype == np.float32
