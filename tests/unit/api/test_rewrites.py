"""What an index does with an encoder-decoder: a T5 that the tests train, and models of the caller's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch import Document, Index, InvalidQuery, ModelUnavailable
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.tiny_seq2seq import Reversing

BOXES = (
    "The red box holds seven keys. The blue tin holds two coins.\n\n"
    "Note: The green bag holds four stones. The white bowl holds six cards."
)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder(), offline=True)
    made.add([Document("boxes", BOXES), Document("more", "The black tin holds three letters.")])
    return made


def test_questions_with_the_passage_that_answers_them(index: Index, small_t5: Path) -> None:
    found = list(index.rewrites.questions(model=str(small_t5)))
    assert [question.text for question in found] == [
        "What does the red box hold?",
        "What does the blue tin hold?",
        "What does the green bag hold?",
        "What does the black tin hold?",
    ]
    assert [question.passage.document_id for question in found] == ["boxes"] * 3 + ["more"]
    assert [q.text for q in index.rewrites.questions(1, model=str(small_t5), within=["more"])] == [
        "What does the black tin hold?"
    ]
    with pytest.raises(InvalidQuery, match="0 questions"):
        next(index.rewrites.questions(0, model=Reversing()))


def test_a_summary_of_texts(index: Index, small_t5: Path) -> None:
    assert index.rewrites.summarize([BOXES], model=str(small_t5)) == "The green bag holds four stones."
    assert index.rewrites.summarize(["one two", "three"], model=Reversing()) == "three two one"


def test_a_translation_of_texts(index: Index, small_t5: Path) -> None:
    assert index.rewrites.translate([BOXES.replace("Note: ", "")], "de", model=str(small_t5)) == [
        "Die rote Kiste enthält sieben Schlüssel. Die blaue Dose enthält zwei Münzen.\n\n"
        "Die grüne Tasche enthält vier Steine. Die weiße Schale enthält sechs Karten."
    ]
    assert index.rewrites.translate(["Der Schlüssel liegt in der Kiste und die Karte ist nicht da."], "de") == [
        "Der Schlüssel liegt in der Kiste und die Karte ist nicht da."
    ]


def test_what_cannot_be_translated_is_told(index: Index, small_t5: Path) -> None:
    with pytest.raises(InvalidQuery, match="does not translate en to fr: it translates en to de"):
        index.rewrites.translate([BOXES], "fr", model=str(small_t5))
    with pytest.raises(InvalidQuery, match="unknown language 'xx'"):
        index.rewrites.translate([BOXES], "xx", model=str(small_t5))


def test_without_a_model_the_default_is_named(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    with pytest.raises(ModelUnavailable, match=r"google-t5/t5-small is not on this computer.*name its folder"):
        index.rewrites.translate(["The red box holds seven keys and the blue one is empty."], "de")
    with pytest.raises(ModelUnavailable, match="Helsinki-NLP/opus-mt-en-es is not on this computer"):
        index.rewrites.translate(["The red box holds seven keys and the blue one is empty."], "es")
    with pytest.raises(ModelUnavailable, match="google/flan-t5-small is not on this computer"):
        index.rewrites.summarize([BOXES])
