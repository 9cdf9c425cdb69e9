"""`query --translate` and `--summarize=seq2seq` on a terminal and as JSON, with a T5 that the tests train."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Workplace

RED = "The red box holds seven keys."
GERMAN = "Die rote Kiste enthält sieben Schlüssel."


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A user with an index of two files about boxes."""
    root = tmp_path_factory.mktemp("boxes")
    place = Workplace(root, root / "corpus")
    place.corpus.mkdir()
    (place.corpus / "red.txt").write_text(f"{RED}\nThe blue tin holds two coins.\n")
    (place.corpus / "white.txt").write_text("The white bowl holds six cards.\n")
    done = place.call("index", ".")
    assert done.code == 0, done.err
    return place


def test_hits_in_another_language(boxes: Workplace, small_t5: Path) -> None:
    done = boxes.call("query", "red box", "--no-floor", "-k", "1", "--translate", "de", "--seq2seq", small_t5)
    assert done.code == 0, done.err
    assert f"    {RED}" in done.out
    assert f"    [de] {GERMAN}" in done.out
    assert "Die blaue Dose enthält zwei Münzen." in done.out
    assert done.err == ""


def test_translations_as_json(boxes: Workplace, small_t5: Path) -> None:
    asked = ["query", "red box", "--no-floor", "--json", "--translate", "de"]
    done = boxes.call(*asked, SEMSEARCH_SEQ2SEQ=str(small_t5))
    hits = done.json()["hits"]
    assert hits[0]["text"].startswith(RED)
    assert hits[0]["translation"].startswith(GERMAN)
    assert all(hit["translation"].startswith("Die ") for hit in hits)
    plain = boxes.call("query", "red box", "--no-floor", "--json").json()
    assert "translation" not in plain["hits"][0]


def test_a_language_that_is_none_is_told_at_once(boxes: Workplace) -> None:
    done = boxes.call("query", "red box", "--translate", "tlh")
    assert (done.code, done.out) == (2, "")
    assert done.err == "semsearch: error: unknown language 'tlh': give its ISO 639-1 code, such as de, fr or es\n"


def test_a_model_that_does_not_translate_so_is_told(boxes: Workplace, small_t5: Path) -> None:
    done = boxes.call("query", "red box", "--no-floor", "--translate", "fr", "--seq2seq", small_t5)
    assert done.code == 2
    assert "does not translate en to fr: it translates en to de; name another model with --seq2seq" in done.err
    assert done.err.count("\n") == 1


def test_a_model_that_is_not_to_be_had_is_told_in_one_line(boxes: Workplace, tmp_path: Path) -> None:
    away = {"HF_HOME": str(tmp_path), "HF_ENDPOINT": "http://127.0.0.1:9"}
    done = boxes.call("query", "red box", "--no-floor", "--translate", "de", **away)
    assert done.code == 2
    assert done.err.startswith(
        "semsearch: error: google-t5/t5-small could not be fetched: 127.0.0.1:9 could not be reached;"
    )
    assert done.err.count("\n") == 1
    offline = boxes.call("query", "red box", "--no-floor", "--translate", "de", "--offline", **away)
    assert "offline mode is on" in offline.err


def test_translating_paths_is_refused(boxes: Workplace) -> None:
    done = boxes.call("query", "red box", "--files", "--translate", "de")
    assert done.code == 2
    assert "--translate has no text to show with --files" in done.err


def test_a_summary_is_cited_and_translated(boxes: Workplace, small_t5: Path) -> None:
    asked = ["query", "what does the red box hold", "--no-floor", "--summarize=seq2seq", "--translate", "de"]
    done = boxes.call(*asked, "--no-rerank", "--json", "--seq2seq", small_t5)
    assert done.code == 0, done.err
    answer = done.json()["answer"]
    assert answer["found"]
    assert answer["method"] == str(small_t5)
    (sentence,) = answer["sentences"]
    assert sentence["text"] == RED
    assert sentence["translation"] == GERMAN
    (citation,) = sentence["citations"]
    assert citation["quote"] == RED
    assert (boxes.corpus / "red.txt").read_text()[citation["start"] : citation["stop"]] == RED
    shown = boxes.call(*asked, "--no-rerank", "--seq2seq", small_t5).out
    assert f"{RED} [1]" in shown
    assert f"[de] {GERMAN}" in shown
