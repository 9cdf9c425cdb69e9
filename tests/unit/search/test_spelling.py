"""Words that do not occur: which are reported, which are corrected, and which never are."""

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
def test_words_that_are_never_corrected(text: str) -> None:
    assert corrected(text) == {}


def test_the_more_frequent_of_two_equally_near_words() -> None:
    assert corrected("plannt") == {"plannt": "plant"}
    assert index().alike("planx", 1)[:2] == [(1, "plant"), (1, "plane")]


def test_the_correction_is_reported_and_highlighted() -> None:
    found = ask("grenhouse keys")
    assert found.corrected == (("grenhouse", "greenhouse"),)
    assert found.warnings == ("no 'grenhouse' here; searched greenhouse",)
    assert found.query == "grenhouse keys"
    hit = found.hits[0]
    assert hit.passage.document_id == "rooms"
    assert {hit.passage.text[a:b] for a, b in hit.marks} == {"greenhouse", "keys"}
    assert hit.ranks["lexical"] == 1


def test_lexical_search_finds_the_corrected_word() -> None:
    (hit,) = ask("grenhouse", mode=Mode.LEXICAL).hits
    assert hit.passage.document_id == "rooms"


def test_the_vector_is_of_the_typed_text() -> None:
    encoder = HashingEncoder()
    request = SearchRequest("grenhouse keys", fuzzy=True)
    search(index(), request, encoder, known=KNOWN.__contains__)
    assert encoder.calls == [("queries", ["grenhouse keys"])]


@pytest.mark.parametrize("options", [{"fuzzy": False}, {"mode": Mode.DENSE}])
def test_only_with_fuzzy_lexical_search(options: dict[str, object]) -> None:
    found = ask("grenhouse keys", **options)
    assert found.corrected == ()
    assert found.warnings == ()


def test_nothing_is_corrected_without_a_word_list() -> None:
    assert make_plan(index(), SearchRequest("grenhouse", mode=Mode.LEXICAL, fuzzy=True)).words == "grenhouse"


def test_empty_results_name_the_absent_words() -> None:
    assert ask("for a quasar in the nebula", mode=Mode.LEXICAL).absent == ("quasar", "nebula")
    assert ask('"purple elephant" quasar').absent == ('"purple elephant"', "quasar")
    assert ask('"purple plant"').absent == ('"purple plant"',)
    assert ask("greenhouse keys").absent == ()


def test_words_of_scripts_without_spaces_are_searched_literally() -> None:
    assert absent_words(index(), "冷蔵庫 greenhouse") == ("冷蔵庫",)


def test_a_long_word_is_shortened_in_messages() -> None:
    (word,) = absent_words(index(), "y" * 5_000)
    assert len(word) <= 60


class TestPasted:
    TRACEBACK = (
        'Traceback (most recent call last):\n  File "x.py", line 3, in <module>\nConnectionError: refused by "peer7"'
    )

    def test_its_quotes_are_text_if_they_do_not_occur(self) -> None:
        found = ask(self.TRACEBACK)
        assert found.hits[0].passage.document_id == "log"
        assert any("without its quotes" in warning for warning in found.warnings)
        assert not any(self.TRACEBACK[:30] in warning for warning in found.warnings)

    def test_its_quotes_are_phrases_if_they_occur(self) -> None:
        found = ask('the log of last night says that it was "connection refused" as it had been all week')
        assert [hit.passage.document_id for hit in found.hits] == ["log"]
        assert not found.warnings

    @pytest.mark.parametrize("text", ['"no such phrase"', '"no such phrase" greenhouse keys', '"keys greenhouse"'])
    def test_a_short_quote_is_required(self, text: str) -> None:
        found = ask(text)
        assert found.hits == ()
        assert not any("quotes" in warning for warning in found.warnings)
