"""Words that stand nowhere: which are told, which are searched as others, and which never are."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from semsearch.search.engine import SearchRequest, make_plan, search
from semsearch.search.noise_floor import measure
from semsearch.search.parse_query import parse
from semsearch.search.spelling import absent_words, corrections
from semsearch.types.search import Mode, Results
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text

TEXTS = (
    Text("rooms", ("accommodation for guests costs forty euros", "the greenhouse keys are with the caretaker")),
    Text("plants", ("a plant by the window", "another plant, and the plane tree", "plant labels for every plant")),
    Text("log", ("the scheduler raised ConnectionError: connection refused by peer",)),
    Text("people", ("Brinkmann keeps the minutes", "ring Brinkmann about the mitochondria lecture")),
)
KNOWN = frozenset("planet refrigerator greenhouses caretakers guests zeppelin".split())  # noqa: SIM905


@cache
def index() -> MemoryIndex:
    encoder = HashingEncoder()
    made = MemoryIndex(TEXTS, encoder)
    made.floor = measure(made, encoder, np.concatenate([made.passages_of(t.id) for t in TEXTS]))
    return made


def corrected(text: str) -> dict[str, str]:
    query = parse(text)
    return corrections(index(), query.text, query.phrases, KNOWN.__contains__)


def ask(text: str, **options: object) -> Results:
    query = parse(text)
    request = SearchRequest(query.text, query.phrases, pasted=query.pasted, **{"fuzzy": True, **options})  # type: ignore[arg-type]
    return search(index(), request, HashingEncoder(), known=KNOWN.__contains__)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("acommodation", "accommodation"),
        ("acomodation", "accommodation"),
        ("Acommodation", "accommodation"),
        ("accommodatoin", "accommodation"),
        ("grenhouse", "greenhouse"),
        ("caretakre", "caretaker"),
        ("acretaker", "caretaker"),
        ("schedulr", "scheduler"),
        ("mitocondira", "mitochondria"),
        ("brinkman", "brinkmann"),
        ("Brinkman", "brinkmann"),
    ],
)
def test_a_misspelled_word(typed: str, meant: str) -> None:
    assert corrected(f"where is {typed}, please?") == {typed: meant}


@pytest.mark.parametrize(
    "text",
    [
        "accommodation",
        "planet",  # a word of the language, though plant is near
        "planes",  # a form of a word that is there
        "zeppelin refrigerator",
        '"acommodation"',
        '"the acommodation" costs',
        "gest",  # nothing is near enough for a word so short
        "kays",
        "ccommodation oreenhouse",  # the first letter is right mostly
        "grenhouse2 gr33nhouse 20311",
        "grenHouse GRENHOUSE",
        "gren_house grenhouse.key src/grenhouse --grenhouse grenhouse@home x=grenhouse",
        "frobnicate",
        "冷蔵庫 холодильник",
        "x" * 40,
        "acommodation " + "and then the keys of the greenhouse " * 20,
        "",
        "?!",
    ],
)
def test_never_replaced(text: str) -> None:
    assert corrected(text) == {}


def test_the_more_frequent_of_two_that_are_as_near() -> None:
    assert corrected("plannt") == {"plannt": "plant"}
    assert index().alike("planx", 1)[:2] == [(1, "plant"), (1, "plane")]


def test_what_was_searched_is_said_and_marked() -> None:
    found = ask("grenhouse keys")
    assert found.corrected == (("grenhouse", "greenhouse"),)
    assert found.warnings == ("no 'grenhouse' here; searched greenhouse",)
    assert found.query == "grenhouse keys"
    hit = found.hits[0]
    assert hit.passage.document_id == "rooms"
    assert {hit.passage.text[a:b] for a, b in hit.marks} == {"greenhouse", "keys"}
    assert hit.ranks["lexical"] == 1


def test_words_find_what_is_meant_by_themselves() -> None:
    (hit,) = ask("grenhouse", mode=Mode.LEXICAL).hits
    assert hit.passage.document_id == "rooms"


def test_the_vector_is_that_of_what_was_typed() -> None:
    encoder = HashingEncoder()
    request = SearchRequest("grenhouse keys", fuzzy=True)
    search(index(), request, encoder, known=KNOWN.__contains__)
    assert encoder.calls == [("queries", ["grenhouse keys"])]


@pytest.mark.parametrize("options", [{"fuzzy": False}, {"mode": Mode.DENSE}])
def test_only_where_words_are_searched_so(options: dict[str, object]) -> None:
    found = ask("grenhouse keys", **options)
    assert found.corrected == ()
    assert found.warnings == ()


def test_without_anything_that_knows_words_none_is_misspelled() -> None:
    assert make_plan(index(), SearchRequest("grenhouse", mode=Mode.LEXICAL, fuzzy=True)).words == "grenhouse"


def test_an_empty_answer_names_what_stands_nowhere() -> None:
    assert ask("for a quasar in the nebula", mode=Mode.LEXICAL).absent == ("quasar", "nebula")
    assert ask('"purple elephant" quasar').absent == ('"purple elephant"', "quasar")
    assert ask('"purple plant"').absent == ('"purple plant"',)
    assert ask("greenhouse keys").absent == ()


def test_words_without_spaces_are_looked_for_as_they_stand() -> None:
    assert absent_words(index(), "冷蔵庫 greenhouse") == ("冷蔵庫",)


def test_a_long_word_is_named_in_short() -> None:
    (word,) = absent_words(index(), "y" * 5_000)
    assert len(word) <= 60


class TestPasted:
    TRACEBACK = (
        'Traceback (most recent call last):\n  File "x.py", line 3, in <module>\nConnectionError: refused by "peer7"'
    )

    def test_its_quotes_are_text_where_they_stand_nowhere(self) -> None:
        found = ask(self.TRACEBACK)
        assert found.hits[0].passage.document_id == "log"
        assert any("without its quotes" in warning for warning in found.warnings)
        assert not any(self.TRACEBACK[:30] in warning for warning in found.warnings)

    def test_and_phrases_where_they_do(self) -> None:
        found = ask('the log of last night says that it was "connection refused" as it had been all week')
        assert [hit.passage.document_id for hit in found.hits] == ["log"]
        assert not found.warnings

    @pytest.mark.parametrize("text", ['"no such phrase"', '"no such phrase" greenhouse keys', '"keys greenhouse"'])
    def test_a_short_quote_is_a_demand(self, text: str) -> None:
        found = ask(text)
        assert found.hits == ()
        assert not any("quotes" in warning for warning in found.warnings)
