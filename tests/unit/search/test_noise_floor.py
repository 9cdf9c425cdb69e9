"""The noise floor of an index, and scores relative to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import InvalidQuery
from semsearch.search.noise_floor import certain, coverage, measure, relevance
from semsearch.search.offtopic_queries import OFF_TOPIC
from semsearch.stores.base import LexicalRanking
from semsearch.types.search import Floor, Ranking
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text

FLOOR = Floor(0.25, 0.05, 0.15, 0.06, 0.1, 0.12, 1_000)


def index_of(*passages: str) -> MemoryIndex:
    return MemoryIndex([Text(f"d{n}", (p,)) for n, p in enumerate(passages)], HashingEncoder())


def measured(index: MemoryIndex, passages: int) -> Floor:
    return measure(index, HashingEncoder(), np.arange(10, 10 * passages + 1, 10, dtype=np.int64))


def numbered(n: int) -> list[str]:
    return [f"passage {i} on subject {i % 17} and matter {i % 23}" for i in range(n)]


def score(cosine: float | None, share: float | None, floor: Floor | None = FLOOR) -> float:
    made = [None if v is None else np.array([v], dtype=np.float32) for v in (cosine, share)]
    return float(relevance(floor, made[0], made[1])[0])


def test_the_floor_is_measured_by_off_topic_queries() -> None:
    index = index_of(*numbered(60))
    vectors = HashingEncoder().encode_queries(OFF_TOPIC)
    best = [float(index.dense(v, 1).scores[0]) for v in vectors]
    floor = measured(index, 60)
    assert floor.cosine_mean == pytest.approx(np.median(best))
    assert 0 < floor.cosine_std < 0.3
    assert floor.passages == 60
    assert measured(index, 60) == floor


def test_the_off_topic_queries_are_many_and_all_different() -> None:
    assert len(set(OFF_TOPIC)) == len(OFF_TOPIC) >= 100
    lengths = [len(text.split()) for text in OFF_TOPIC]
    assert min(lengths) <= 4
    assert max(lengths) >= 10


def test_covering_some_off_topic_subjects_hardly_moves_the_floor() -> None:
    plain = measured(index_of(*numbered(100)), 100)
    about = measured(index_of(*numbered(70), *OFF_TOPIC[:30]), 100)
    assert about.cosine_mean == pytest.approx(plain.cosine_mean, abs=plain.cosine_std)
    assert about.cosine_std == pytest.approx(plain.cosine_std, rel=0.5)
    assert about.coverage_mean < 0.35
    assert relevance(about, np.ones(1, np.float32), np.ones(1, np.float32))[0] > 0.9


def test_random_pairs_cap_the_floor_of_an_index_about_everything() -> None:
    floor = measured(index_of(*OFF_TOPIC), len(OFF_TOPIC))
    assert floor.cosine_mean < 0.9


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_tiny_index_has_a_floor(count: int) -> None:
    floor = measured(index_of(*numbered(count)), count)
    assert floor.random_std > 0.05
    assert np.isfinite([floor.cosine_mean, floor.cosine_std, floor.coverage_mean, floor.coverage_std]).all()


def test_a_single_document_has_no_random_pairs() -> None:
    index = MemoryIndex([Text("one", tuple(numbered(9)))], HashingEncoder())
    assert measured(index, 9).random_std == pytest.approx(0.12)


def test_an_empty_index_has_no_floor() -> None:
    with pytest.raises(InvalidQuery):
        measure(index_of("a"), HashingEncoder(), np.zeros(0, dtype=np.int64))


def test_the_floor_scores_half() -> None:
    assert score(0.25, 0.15) < 0.5
    assert score(0.25 + 0.5 * 0.12 - 1e-4, 0.15) < 0.5 < score(0.25 + 0.5 * 0.12 + 1e-4, 0.15)
    assert score(0.25 + 0.7 * 0.12 - 1e-4, None) < 0.5 < score(0.25 + 0.7 * 0.12 + 1e-4, None)
    edge = (0.15**2 + 0.3 / 20) ** 0.5
    assert score(None, edge - 1e-3) < 0.5 < score(None, edge + 1e-3)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_more_evidence_never_scores_less(a: float, b: float, c: float, d: float) -> None:
    low, high = sorted((a, b)), sorted((c, d))
    assert score(low[0], high[0]) <= score(low[1], high[1])
    assert score(low[0], None) <= score(low[1], None)
    assert score(None, high[0]) <= score(None, high[1])
    assert 0 <= score(a, c) <= 1


def test_the_scale_of_the_encoder_does_not_matter() -> None:
    squeezed = replace(FLOOR, cosine_mean=0.7 + 0.25 / 4, random_std=0.12 / 4)
    assert score(0.7 + 0.6 / 4, 0.3, squeezed) == pytest.approx(score(0.6, 0.3), abs=1e-4)


def test_without_a_floor_scores_still_tell_good_from_bad() -> None:
    assert score(0.7, 0.4, None) > 0.9
    assert score(0.1, 0.0, None) < 0.3


def test_certain_keeps_the_order() -> None:
    assert certain(np.array([0.0, 0.2, 0.9])).tolist() == pytest.approx([0.5, 0.6, 0.95])


def test_coverage_is_a_share_of_the_bound() -> None:
    ranking = Ranking(np.array([10, 20]), np.array([6.0, 3.0], dtype=np.float32))
    assert coverage(LexicalRanking(ranking, 12.0)).tolist() == [0.5, 0.25]
    assert coverage(LexicalRanking(ranking, 0.0)).tolist() == [0.0, 0.0]
