"""The measures, some of them computed by hand."""

from __future__ import annotations

import math

import pytest

from semsearch.errors import InvalidQuery
from semsearch.evaluate.measures import MEASURES, average, by_query, run_of

QRELS = {"q1": {"a": 2, "b": 1, "c": 0, "d": 1}, "q2": {"x": 1}, "q3": {"y": 1}}
RUN = run_of({"q1": ["b", "c", "a", "z"], "q2": [*(f"n{i}" for i in range(11)), "x"]})


def test_ndcg_by_hand() -> None:
    # q1: b (grade 1) first, c (0) second, a (2) third; the ideal order is a, b, d. The gain is the grade itself.
    gained = 1 / math.log2(2) + 0 / math.log2(3) + 2 / math.log2(4)
    ideal = 2 / math.log2(2) + 1 / math.log2(3) + 1 / math.log2(4)
    assert by_query(QRELS, RUN)["nDCG@10"]["q1"] == pytest.approx(gained / ideal)


def test_the_others_by_hand() -> None:
    values = by_query(QRELS, RUN)
    assert values["RR@10"] == pytest.approx({"q1": 1.0, "q2": 0.0, "q3": 0.0})
    assert values["R@10"] == pytest.approx({"q1": 2 / 3, "q2": 0.0, "q3": 0.0})
    assert values["R@100"] == pytest.approx({"q1": 2 / 3, "q2": 1.0, "q3": 0.0})


def test_a_query_without_results_counts_zero() -> None:
    values = by_query(QRELS, RUN)
    assert all(list(v) == ["q1", "q2", "q3"] for v in values.values())
    assert average(values)["R@100"] == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert average(by_query(QRELS, {})) == dict.fromkeys(MEASURES, 0.0)


def test_the_names_are_those_of_ir_measures() -> None:
    assert list(by_query(QRELS, RUN)) == ["nDCG@10", "RR@10", "R@10", "R@100"]
    assert set(by_query(QRELS, RUN, ["P@1"])) == {"P@1"}


def test_an_unknown_measure() -> None:
    with pytest.raises(InvalidQuery, match="nonsense"):
        by_query(QRELS, RUN, ["nonsense@10"])


def test_a_document_keeps_its_first_rank() -> None:
    assert run_of({"q": ["a", "b", "a", "c", "b"]}) == {"q": {"a": 1.0, "b": 0.5, "c": pytest.approx(1 / 3)}}


def test_the_order_is_that_of_the_search_not_of_the_names() -> None:
    many = [f"d{i:04}" for i in range(1_000)]
    forward, backward = run_of({"q": many}), run_of({"q": many[::-1]})
    for place in (0, 1, 500, 999):
        qrels = {"q": {many[place]: 1}}
        assert by_query(qrels, forward, ["RR@1000"])["RR@1000"]["q"] == pytest.approx(1 / (place + 1))
        assert by_query(qrels, backward, ["RR@1000"])["RR@1000"]["q"] == pytest.approx(1 / (1_000 - place))
