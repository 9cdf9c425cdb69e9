"""The whole search over a small in-memory index: modes, filters, depth, floor, examples, folding, warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from semsearch.errors import InvalidFilter, InvalidQuery
from semsearch.search.engine import SearchRequest, rank_many, search, search_many
from semsearch.search.noise_floor import measure
from semsearch.search.parse_filter import parse_filter
from semsearch.search.parse_query import parse
from semsearch.types.search import Floor, Mode, Results
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text

SUBJECTS = ("boiler", "orchard", "violin", "glacier", "harbour", "printer", "passport", "beehive", "lantern", "quarry")
WORK = ("inspect", "repair", "paint", "sell", "photograph", "insure", "measure", "move")


def texts() -> list[Text]:
    made = []
    for i, subject in enumerate(SUBJECTS):
        for j, work in enumerate(WORK):
            passages = (
                f"how to {work} a {subject} properly step by step",
                f"the {subject} was last seen near the old mill, {work} it again in week {i * 8 + j}",
                "general remarks on safety and on keeping the workshop tidy",
            )
            made.append(Text(f"{subject}/{work}.txt", passages, {"year": 2000 + j, "subject": subject}))
    made.append(Text("log.txt", ("the service stopped with ERR_4521 after midnight",), {"year": 1999}))
    return made


@cache
def index() -> MemoryIndex:
    encoder = HashingEncoder()
    made = MemoryIndex(texts(), encoder)
    made.floor = measure(made, encoder, np.concatenate([made.passages_of(t.id) for t in texts()]))
    return made


def ask(text: str = "", **options: object) -> Results:
    query = parse(text)
    request = SearchRequest(text=query.text, phrases=query.phrases, **options)  # type: ignore[arg-type]
    return search(index(), request, HashingEncoder())


def documents(results: Results) -> list[str]:
    return [hit.passage.document_id for hit in results.hits]


@pytest.mark.parametrize("mode", list(Mode))
def test_the_right_document_comes_first(mode: Mode) -> None:
    results = ask("how to repair a violin properly", mode=mode)
    assert documents(results)[0] == "violin/repair.txt"
    assert results.relevant
    assert results.mode is mode
    assert results.query == "how to repair a violin properly"


def test_hits_are_documents_with_consecutive_ranks() -> None:
    results = ask("violin", k=20)
    assert [hit.rank for hit in results.hits] == list(range(1, 21))
    assert len(set(documents(results))) == 20


def test_a_hit_has_ranks_and_scores_of_each_list() -> None:
    hit = ask("repair violin").hits[0]
    assert set(hit.ranks) == {"dense", "lexical"}
    assert hit.ranks["lexical"] == 1
    encoder = HashingEncoder()
    cosine = index().similarity(encoder.encode_queries(["repair violin"])[0], np.array([hit.passage.id]))[0]
    assert hit.scores["dense"] == pytest.approx(float(cosine))
    assert hit.scores["lexical"] == pytest.approx(float(index().lexical("repair violin", 1).ranking.scores[0]))
    assert [hit.passage.text[a:b] for a, b in hit.marks] == ["repair", "violin"]
    assert hit.path == "violin/repair.txt"
    assert hit.metadata["subject"] == "violin"


def test_a_mode_uses_only_its_own_list() -> None:
    dense, lexical = (ask("how to repair a violin properly", mode=mode).hits[0] for mode in (Mode.DENSE, Mode.LEXICAL))
    assert set(dense.ranks) == set(dense.scores) == {"dense"}
    assert set(lexical.ranks) == set(lexical.scores) == {"lexical"}


def test_the_hybrid_score_falls_with_the_rank() -> None:
    scores = [hit.score for hit in ask("repair a violin", k=40, floor=False).hits]
    assert all(0 <= s <= 1 for s in scores)
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > 0.8 > 0.5 > scores[-1]


def test_further_passages_are_of_the_same_document_and_above_the_floor() -> None:
    results = ask("repair violin again", per_document=3)
    first = results.hits[0]
    assert first.passage.document_id == "violin/repair.txt"
    assert [p.document_id for p in first.more] == ["violin/repair.txt"]
    assert first.more[0].id != first.passage.id
    assert all(not hit.more for hit in ask("violin", per_document=1).hits)


def test_lexical_mode_needs_no_encoder() -> None:
    results = search(index(), SearchRequest("violin", mode=Mode.LEXICAL), None)
    assert results.hits
    with pytest.raises(InvalidQuery, match="needs an encoder"):
        search(index(), SearchRequest("violin"), None)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"text": " \n"},
        {"text": "a", "k": 0},
        {"text": "a", "k": -3},
        {"text": "a", "per_document": 0},
        {"unlike": (np.ones(64, np.float32),)},
        {"mode": Mode.LEXICAL, "like": (np.ones(64, np.float32),)},
    ],
)
def test_invalid_queries(options: dict[str, object]) -> None:
    with pytest.raises(InvalidQuery):
        SearchRequest(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ['" OR (', "?", "a" * 100_000, "word " * 20_000, "\x07", "* ~ ^2", "語" * 500, "the of and"]
)
def test_any_text_is_a_valid_query(text: str) -> None:
    for mode in Mode:
        ask(text, mode=mode)
        ask(text, mode=mode, floor=False)


def test_k_beyond_the_number_of_documents() -> None:
    assert len(ask("violin", k=100_000, floor=False, fold=False).hits) == len(texts())


def test_a_filter_is_applied_before_ranking() -> None:
    results = ask("repair", k=100, filters=(parse_filter("subject=quarry"),), floor=False)
    assert sorted(documents(results)) == sorted(f"quarry/{w}.txt" for w in WORK)
    assert ask("repair", filters=(parse_filter("subject=nothing"),)).hits == ()
    with pytest.raises(InvalidFilter):
        ask("repair", filters=(parse_filter("colour=red"),))


def test_folders() -> None:
    results = ask("repair", k=100, within=("violin", "quarry"), floor=False)
    assert {d.split("/")[0] for d in documents(results)} == {"violin", "quarry"}


def test_every_hit_contains_the_phrase_and_is_relevant() -> None:
    results = ask('"old mill" glacier', k=5)
    assert len(results.hits) == 5
    assert results.relevant
    assert all("old mill" in hit.passage.text and hit.score >= 0.5 for hit in results.hits)
    assert documents(results)[0].startswith("glacier/")
    assert not ask('"mill old"').hits


def test_excluded_documents_are_not_hits() -> None:
    results = ask("repair a violin", exclude=("violin/repair.txt", "no/such.txt"))
    assert "violin/repair.txt" not in documents(results)


class TestDepth:
    """One long document must not use up the lists."""

    @staticmethod
    def world() -> MemoryIndex:
        long = Text("long.txt", tuple(f"apple pie number {i}" for i in range(900)))
        short = [Text(f"short{i}.txt", (f"one apple in basket {i}",)) for i in range(6)]
        return MemoryIndex([long, *short], HashingEncoder())

    @pytest.mark.parametrize("mode", list(Mode))
    def test_lists_are_deepened_until_there_are_enough_documents(self, mode: Mode) -> None:
        results = search(self.world(), SearchRequest("apple pie number", mode=mode, k=5), HashingEncoder())
        assert len(results.hits) == 5
        assert documents(results)[0] == "long.txt"

    def test_lists_are_deepened_until_enough_are_left_after_folding(self) -> None:
        copies = [Text(f"copy{i}.txt", ("the very same apple text",)) for i in range(300)]
        others = [Text(f"other{i}.txt", (f"apple {i} differs",)) for i in range(4)]
        results = search(
            MemoryIndex([*copies, *others], HashingEncoder()), SearchRequest("same apple text", k=5), HashingEncoder()
        )
        assert len(results.hits) == 5
        assert len(results.hits[0].folded) == 299

    def test_excluding_the_long_one_still_finds_the_rest(self) -> None:
        request = SearchRequest("apple pie number", k=6, exclude=("long.txt",))
        assert len(search(self.world(), request, HashingEncoder()).hits) == 6


class TestFloor:
    """Without anything relevant there are no hits."""

    OFF_TOPIC = ("who was the first emperor of Rome", "cheap flights to Lisbon", "symptoms of a broken collarbone")

    @pytest.mark.parametrize("text", OFF_TOPIC)
    @pytest.mark.parametrize("mode", list(Mode))
    def test_nothing_is_shown_without_floor_off(self, text: str, mode: Mode) -> None:
        results = ask(text, mode=mode)
        assert (results.relevant, results.hits) == (False, ())
        shown = ask(text, mode=mode, floor=False)
        assert not shown.relevant
        assert all(hit.score < 0.5 for hit in shown.hits)
        if mode is not Mode.LEXICAL:
            assert len(shown.hits) == 10

    def test_the_answer_does_not_depend_on_k(self) -> None:
        for text in (*self.OFF_TOPIC, "repair a violin", "harbour safety"):
            assert len({ask(text, k=k).relevant for k in (1, 3, 10, 50)}) == 1

    @pytest.mark.parametrize("text", ["ERR_4521", "what does ERR_4521 mean to me, when is it seen and who can help?"])
    def test_an_identifier_counts_whatever_its_cosine(self, text: str) -> None:
        results = ask(text)
        assert results.relevant
        assert documents(results)[0] == "log.txt"
        assert results.hits[0].score >= 0.5

    def test_without_the_identifier_it_does_not(self) -> None:
        assert not ask("what does ERR_9999 mean to me, when is it seen and who can help?").relevant

    def test_every_word_of_a_short_query_counts(self) -> None:
        far = replace(index().floor or Floor(0, 1, 0, 1, 0, 1, 1), cosine_mean=5.0, coverage_mean=5.0)
        world = MemoryIndex(texts(), HashingEncoder())
        world.floor = far
        assert search(world, SearchRequest("midnight service"), HashingEncoder()).relevant
        assert not search(world, SearchRequest("midnight emperor"), HashingEncoder()).relevant
        phrase = search(
            world, SearchRequest("is it safety that you mean", phrases=("remarks on safety",)), HashingEncoder()
        )
        assert phrase.relevant
        assert all(hit.score >= 0.5 for hit in phrase.hits)

    def test_without_a_measured_floor_everything_is_shown(self) -> None:
        world = MemoryIndex(texts(), HashingEncoder())
        results = search(world, SearchRequest("who was the first emperor of Rome"), HashingEncoder())
        assert results.relevant
        assert len(results.hits) == 10
        assert all(0 <= hit.score <= 1 for hit in results.hits)

    def test_an_empty_index(self) -> None:
        world = MemoryIndex([], None, vectors=np.zeros((0, 64), np.float32))
        for mode in Mode:
            results = search(world, SearchRequest("anything", mode=mode), HashingEncoder())
            assert (results.hits, results.relevant) == ((), False)


class TestLikeness:
    """--like and --unlike."""

    @staticmethod
    def vector(text: str) -> np.ndarray:
        return HashingEncoder().encode_passages([text])[0]

    def test_like_alone(self) -> None:
        results = ask(
            like=(self.vector("how to repair a violin properly step by step"),), exclude=("violin/repair.txt",)
        )
        assert set(results.hits[0].ranks) == {"dense"}
        assert all("violin" in d or "repair" in d for d in documents(results)[:5])
        assert results.hits[0].marks == ()

    def test_unlike_moves_away(self) -> None:
        text = "how to repair properly step by step"
        before = documents(ask(text, mode=Mode.DENSE, k=80, floor=False))
        violin = self.vector("how to repair a violin properly step by step")
        after = documents(ask(text, unlike=(violin,), mode=Mode.DENSE, k=80, floor=False))
        assert after.index("violin/repair.txt") > before.index("violin/repair.txt")

    def test_text_and_like_together(self) -> None:
        results = ask("glacier", like=(self.vector("how to paint something properly step by step"),))
        assert documents(results)[0] == "glacier/paint.txt"


def test_many_queries_are_encoded_in_one_call() -> None:
    encoder = HashingEncoder()
    requests = [
        SearchRequest("violin"),
        SearchRequest("glacier", mode=Mode.LEXICAL),
        SearchRequest("harbour", mode=Mode.DENSE),
    ]
    many = search_many(index(), requests, encoder)
    assert encoder.calls == [("queries", ["violin", "harbour"])]
    assert many == [search(index(), request, HashingEncoder()) for request in requests]
    assert search_many(index(), [], encoder) == []


def test_a_given_vector_is_not_encoded_again() -> None:
    encoder = HashingEncoder()
    given = SearchRequest("violin", vector=encoder.encode_queries(["violin"])[0])
    encoder.calls.clear()
    assert documents(search(index(), given, encoder)) == documents(ask("violin"))
    assert encoder.calls == []


def test_rank_many_orders_documents_as_search_does() -> None:
    requests = [SearchRequest(t, k=20) for t in ("repair a violin", "safety at the harbour")]
    for request, ranking in zip(requests, rank_many(index(), requests, HashingEncoder()), strict=True):
        hits = search(index(), replace(request, floor=False, fold=False), HashingEncoder()).hits
        assert [hit.passage.id for hit in hits] == ranking.ids.tolist()


class OnlyEnglish(HashingEncoder):
    languages = ("en",)


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("где скрипка", Mode.HYBRID, ["Cyrillic"]),
        ("где скрипка", Mode.LEXICAL, []),
        ("violin", Mode.HYBRID, []),
        ("violin " * 100, Mode.DENSE, ["long"]),
        ("wie repariert man eine Geige", Mode.DENSE, ["German"]),
    ],
)
def test_warnings(text: str, mode: Mode, words: Sequence[str]) -> None:
    found = search(
        index(), SearchRequest(text, mode=mode), OnlyEnglish(), detect=lambda t: "de" if "Geige" in t else ""
    )
    assert len(found.warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, found.warnings, strict=True))
