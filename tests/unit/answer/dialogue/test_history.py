"""Standalone follow-up questions, and saved dialogues."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch.answer.dialogue.followup import Turn, completed, is_faithful, leans_on_history, standalone
from semsearch.answer.dialogue.history import Dialogue, Exchange, Said, Told
from semsearch.errors import InvalidQuery, SemsearchError
from tests.contract.tiny_generators import EchoingGenerator

FIRST = "How do I treat varroa mites in winter?"
HISTORY = [Turn(FIRST, FIRST, FIRST, "Trickle oxalic acid over the bees.")]
EXCHANGE = Exchange(
    FIRST,
    FIRST,
    FIRST,
    "extractive",
    True,
    (Said("Trickle acid. \x1b", (1,)),),
    (Told("/a.md", "L3-4", "Trickle acid."),),
)


@pytest.mark.parametrize(
    "text", ["and how often?", "why?", "What about wax moths?", "How much does it cost?", "in spring?"]
)
def test_a_follow_up_depends_on_the_history(text: str) -> None:
    assert leans_on_history(text)
    query = standalone(text, HISTORY, None)
    assert query.startswith(text), "no new word is lost"
    assert {"varroa", "mites", "winter"} <= set(query.split())


@pytest.mark.parametrize("text", [FIRST, "When is the annual general meeting?", "How is beeswax cleaned?"])
def test_a_standalone_question_is_unchanged(text: str) -> None:
    assert not leans_on_history(text)
    assert standalone(text, HISTORY, None) == text


def test_the_first_question_has_no_history() -> None:
    assert standalone("and how often?", [], EchoingGenerator()) == "and how often?"


def test_words_of_the_follow_up_are_not_repeated() -> None:
    assert completed("and mites in spring?", FIRST) == "and mites in spring? treat varroa winter"


@pytest.mark.parametrize(
    ("written", "believed"),
    [
        ("How often should varroa mites be treated?", True),
        ("How often do I treat varroa mites in Canada?", False),  # out of the air
        ("How do I treat varroa mites?", False),  # the new word is lost
        ("How often?", False),  # nothing is gained
        ("", False),
        ("How often treat varroa mites " * 20, False),
    ],
)
def test_a_faithful_rewrite_is_used(written: str, believed: bool) -> None:
    assert is_faithful(written, "how often?", HISTORY) is believed


def test_an_echoed_question_is_not_used() -> None:
    echoing = EchoingGenerator()
    assert standalone("and how often?", HISTORY, echoing) == "and how often? treat varroa mites winter"
    assert len(echoing.prompts) == 1


def test_a_dialogue_is_saved_and_resumed(tmp_path: Path) -> None:
    file = tmp_path / "h.json"
    Dialogue([EXCHANGE]).save(file)
    assert Dialogue.load(file).exchanges == [EXCHANGE]
    assert file.stat().st_mode & 0o077 == 0
    Dialogue([EXCHANGE, EXCHANGE]).save(file)
    assert len(Dialogue.load(file).exchanges) == 2
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"semsearch_dialogue": 1}',
        '{"semsearch_dialogue": 1, "exchanges": [1]}',
        '{"semsearch_dialogue": 7, "exchanges": []}',
    ],
)
def test_a_damaged_file_is_a_one_line_error_and_unchanged(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "h.json"
    file.write_text(damage)
    with pytest.raises(InvalidQuery, match=r"h\.json .*name another file") as caught:
        Dialogue.load(file)
    assert "\n" not in str(caught.value)
    if damage:
        with pytest.raises(InvalidQuery):
            Dialogue([EXCHANGE]).save(file)
        assert file.read_text() == damage


def test_a_missing_source_is_damage(tmp_path: Path) -> None:
    file = tmp_path / "h.json"
    Dialogue([EXCHANGE]).save(file)
    values = json.loads(file.read_text())
    values["exchanges"][0]["sentences"][0]["sources"] = [2]
    file.write_text(json.dumps(values))
    with pytest.raises(InvalidQuery, match="is damaged"):
        Dialogue.load(file)


def test_a_missing_folder_is_a_one_line_error(tmp_path: Path) -> None:
    with pytest.raises(SemsearchError, match="cannot be written"):
        Dialogue([EXCHANGE]).save(tmp_path / "no" / "h.json")
