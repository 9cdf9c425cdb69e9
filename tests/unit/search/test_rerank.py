"""Reranking in a search: the order changes, nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest

from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import InvalidQuery, SemsearchError
from semsearch.search.engine import SearchRequest, rank_many, search
from semsearch.search.fusion import reranked
from semsearch.search.noise_floor import measure
from semsearch.search.rerank import Reranker
from semsearch.types.search import Mode, RerankMode, Results
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text
from tests.contract.overlap_reranker import OverlapReranker

SUBJECTS = ("boiler", "orchard", "violin", "glacier", "harbour", "printer", "passport", "beehive", "lantern", "quarry")
WORK = ("inspect", "repair", "paint", "sell")
QUERY = "how to repair a violin properly"


@cache
def index() -> MemoryIndex:
    encoder = HashingEncoder()
    texts = [
        Text(
            f"{s}/{w}.txt", (f"how to {w} a {s} properly", f"the {s} was last seen near the mill"), {"title": f"On {w}"}
        )
        for s in SUBJECTS
        for w in WORK
    ]
    made = MemoryIndex(texts, encoder)
    made.floor = measure(made, encoder, np.concatenate([made.passages_of(t.id) for t in texts]))
    return made


class Backwards:
    """A reranker that reverses the order."""

    name = "backwards"

    def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
        return np.arange(len(passages), dtype=np.float32)


def ask(text: str = QUERY, model: object = None, how: str = "fuse", top: int = 20, **options: object) -> Results:
    reranker = None if model is None else Reranker(model, embedded_text, RerankMode(how), top)  # type: ignore[arg-type]
    return search(index(), SearchRequest(text=text, **options), HashingEncoder(), reranker=reranker)  # type: ignore[arg-type]


def documents(results: Results) -> list[str]:
    return [hit.passage.document_id for hit in results.hits]


def test_replace_uses_the_rerankers_order_for_the_top_only() -> None:
    plain = documents(ask(k=8))
    assert documents(ask(k=8, model=Backwards(), how="replace", top=5)) == plain[:5][::-1] + plain[5:]


def test_fuse_adds_both_standardized_scores() -> None:
    plain = documents(ask(k=5))
    standing = np.sort(np.array([3.0, 1.0, 0.5, 0.4, 0.1], dtype=np.float32))[::-1]
    opinion = np.arange(5, dtype=np.float32) * 1000
    by_hand = [
        (s - 1.0) / standing.std() + 0.5 * (o - 2000) / opinion.std() for s, o in zip(standing, opinion, strict=True)
    ]
    assert np.allclose(reranked(standing, opinion), by_hand, atol=1e-4)
    assert np.allclose(reranked(standing, opinion / 7 + 3), by_hand, atol=1e-4), "whatever the scale"
    found = documents(ask(k=5, model=Backwards(), top=5))
    assert set(found) == set(plain)
    assert found[0] == plain[0], "the standing counts more"
    assert found != plain


def test_fuse_accepts_equal_scores_and_none_at_all() -> None:
    same, none = np.ones(3, dtype=np.float32), np.full(3, -np.inf, dtype=np.float32)
    rising = np.array([1, 2, 3], dtype=np.float32)
    for flat in (same, none):
        assert np.argsort(reranked(flat, rising)).tolist() == [0, 1, 2]
        assert np.argsort(reranked(rising, flat)).tolist() == [0, 1, 2]
    assert reranked(same[:1], same[:1]).tolist() == [0.0]


def test_a_reranker_that_agrees_changes_nothing() -> None:
    class Agrees:
        name = "agrees"

        def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
            return -np.arange(len(passages), dtype=np.float32)

    assert documents(ask(model=Agrees())) == documents(ask())


@pytest.mark.parametrize("mode", list(Mode))
def test_the_score_of_a_hit_keeps_its_meaning(mode: Mode) -> None:
    before = ask(mode=mode, k=20, floor=False)
    after = ask(model=Backwards(), how="replace", mode=mode, k=20, floor=False)
    assert documents(after) == documents(before)[::-1]
    assert {hit.passage.id: hit.score for hit in after.hits} == {hit.passage.id: hit.score for hit in before.hits}
    assert [hit.rank for hit in after.hits] == list(range(1, 21))


def test_hits_report_rank_and_score_of_the_reranker() -> None:
    found = ask(model=Backwards(), how="replace", top=3, k=5)
    assert [hit.ranks.get("rerank") for hit in found.hits] == [1, 2, 3, None, None]
    assert [hit.scores.get("rerank") for hit in found.hits] == [2.0, 1.0, 0.0, None, None]
    assert all("dense" in hit.ranks for hit in found.hits)
    assert "rerank" not in ask().hits[0].ranks


def test_each_passage_is_read_once_with_its_title() -> None:
    model = OverlapReranker()
    found = ask(model=model, top=7)
    texts = [text for _, passages in model.asked for text in passages]
    assert len(texts) == len(set(texts)) == 7
    assert "On repair\nhow to repair a violin properly" in texts
    assert found.reranked is not None
    assert (found.reranked.model, found.reranked.pairs) == ("overlap", 7)
    assert found.reranked.seconds >= 0
    assert ask().reranked is None


def test_nothing_is_reranked_if_nothing_is_relevant() -> None:
    model = OverlapReranker()
    found = ask("zebra stripes genome", model=model)
    assert found.hits == ()
    assert model.asked == []


def test_deeper_lists_only_score_new_passages() -> None:
    encoder = HashingEncoder()
    copies = [Text(f"copy{n}.txt", ("how to tune a harp",)) for n in range(30)]
    others = [Text(f"other{n}.txt", (f"how to tune a harp with key {n} and patience",)) for n in range(5)]
    memory = MemoryIndex([*copies, *others], encoder)
    model = OverlapReranker()
    request = SearchRequest(text="how to tune a harp", k=4, floor=False)
    found = search(memory, request, encoder, reranker=Reranker(model, embedded_text, RerankMode.FUSE, 40))
    assert len(found.hits) == 4
    assert found.reranked is not None
    assert sum(len(passages) for _, passages in model.asked) == found.reranked.pairs == 35


def test_a_nan_score_comes_last() -> None:
    class Broken:
        name = "broken"

        def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
            return np.array([np.nan, *range(len(passages) - 1)], dtype=np.float32)

    first = documents(ask(k=1))[0]
    assert documents(ask(k=5, model=Broken(), how="replace", top=5))[-1] == first


def test_too_few_scores_are_an_error() -> None:
    class Short:
        name = "short"

        def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
            return np.zeros(len(passages) - 1, dtype=np.float32)

    with pytest.raises(SemsearchError, match="short returned 4 scores for 5 passages"):
        ask(model=Short(), top=5)


def test_reranking_needs_a_text() -> None:
    like = tuple(index().vectors(index().passages_of("violin/repair.txt")))
    with pytest.raises(InvalidQuery, match="or do not rerank"):
        ask("", model=OverlapReranker(), like=like)
    with pytest.raises(InvalidQuery, match="0 documents cannot be reranked"):
        ask(model=OverlapReranker(), top=0)


def test_a_truncated_query_gets_a_warning() -> None:
    class Sees:
        name = "sees little"

        def truncated(self, query: str) -> bool:
            return len(query) > 20

        def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
            return np.zeros(len(passages), dtype=np.float32)

    assert "the query is long: the reranker saw only its beginning" in ask(model=Sees()).warnings
    assert ask("repair violin", model=Sees(), floor=False).warnings == ()


def test_rank_many_reranks_too() -> None:
    request = SearchRequest(text=QUERY, k=6)
    (plain,) = rank_many(index(), [request], HashingEncoder())
    reranker = Reranker(Backwards(), embedded_text, RerankMode.REPLACE, 6)
    (turned,) = rank_many(index(), [request], HashingEncoder(), reranker)
    assert turned.ids.tolist() == plain.ids.tolist()[::-1]
