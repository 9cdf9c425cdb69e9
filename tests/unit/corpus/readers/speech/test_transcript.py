"""Spoken text becomes passages with times."""

from __future__ import annotations

from semsearch.corpus.readers.speech.transcript import read
from semsearch.corpus.split.passages import split
from semsearch.types.documents import AnchorKind, Parsed
from semsearch.types.models import Utterance


def parsed(*said: tuple[float, float, str], **facts: str | int) -> Parsed:
    return read([Utterance(*each) for each in said], facts)


def spans(document: Parsed, limit: int = 0) -> list[tuple[str, str]]:
    return [(str(s.anchor), document.text[s.start : s.stop]) for s in split(document, None, limit)]


def test_utterances_are_lines_and_their_whole_seconds_the_anchors() -> None:
    document = parsed((0.2, 3.4, " Good morning. "), (3.4, 6.0, "We begin."), (9.5, 12.1, "First the boat."))
    assert document.text == "Good morning.\nWe begin.\n\nFirst the boat."
    assert [(b.anchor.kind, b.anchor.start, b.anchor.stop) for b in document.blocks] == [
        (AnchorKind.TIME, 0, 4),
        (AnchorKind.TIME, 3, 6),
        (AnchorKind.TIME, 9, 13),
    ]
    assert spans(document) == [("00:00-00:13", document.text)]


def test_a_long_silence_separates_passages_however_short_they_are() -> None:
    document = parsed((0, 2, "Good morning."), (3700.5, 3702, "Good night."), (3703, 3704, "Sleep well."))
    assert spans(document) == [
        ("00:00-00:02", "Good morning."),
        ("1:01:40-1:01:44", "Good night.\nSleep well."),
    ]


def test_a_passage_has_the_times_of_its_own_utterances() -> None:
    words = "the heron stands in the reeds and waits for the fish to come"
    said = [(10.0 * n, 10.0 * n + 9, f"{words} {n}") for n in range(60)]
    document = parsed(*said)
    found = spans(document, limit=64)
    assert len(found) > 10
    for place, text in found:
        lines = text.split("\n")
        first, last = int(lines[0].split()[-1]), int(lines[-1].split()[-1])
        minutes, _, seconds = place.partition("-")[0].partition(":")
        assert int(minutes) * 60 + int(seconds) == 10 * first
        minutes, _, seconds = place.partition("-")[2].partition(":")
        assert int(minutes) * 60 + int(seconds) == 10 * last + 9


def test_title_and_facts() -> None:
    document = parsed((0, 1, "Hello."), title="A walk", author="Ann Bell", duration=12)
    assert document.title == "A walk"
    assert document.metadata == {"author": "Ann Bell", "duration": 12}


def test_characters_that_cannot_be_stored_are_replaced_and_empty_utterances_left_out() -> None:
    assert parsed((0, 1, "a \ud800 b"), (1, 2, "  "), (2, 3, "c\nd")).text == "a \ufffd b\nc d"
