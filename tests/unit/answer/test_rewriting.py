"""Summaries, translations and questions by tiny encoder-decoders: nothing is left out or truncated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from semsearch.answer.rewriting import summarize, translate, write_questions
from semsearch.answer.text.split_long import packed, sentences, split
from semsearch.errors import InvalidQuery
from tests.contract.tiny_seq2seq import Reversing

WEEK = (
    "On Monday the pump was bled. On Tuesday it rained, e.g. in the valley.\n\nOn Wednesday the old valve broke!\n"
    "- Thursday: nothing.\n- Friday: a new valve, 3.5 bar.\nThe weekend was dry and nobody came near the boiler at all"
)


@dataclass
class Words:
    """A summary is the first `keep` words of an input, a question asks for its first word; a token is a word."""

    keep: int = 4
    max_tokens: int = 12
    name: str = "words"
    seen: list[str] = field(default_factory=list)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 1 for text in texts]

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        assert all(count <= self.max_tokens for count in self.count_tokens(texts))
        self.seen += texts
        return [" ".join(text.split()[: self.keep]) for text in texts]


class Asking(Words):
    """Asks what the first word of an input is; for one that begins with `No` it writes something else."""

    def transform(self, texts: Sequence[str], *, max_new_tokens: int = 128) -> list[str]:
        super().transform(texts)
        words = [[word.strip(".,") for word in text.split() if word != "<hl>"] for text in texts]
        return [f"{own[0]} is nothing." if own[0] == "No" else f"What is {own[0]}?" for own in words]


def test_sentences_joined_are_the_text() -> None:
    parts = sentences(WEEK)
    assert "".join(parts) == WEEK
    assert [part.strip() for part in parts] == [
        "On Monday the pump was bled.",
        "On Tuesday it rained, e.g. in the valley.",
        "On Wednesday the old valve broke!",
        "- Thursday: nothing.",
        "- Friday: a new valve, 3.5 bar.",
        "The weekend was dry and nobody came near the boiler at all",
    ]


@pytest.mark.parametrize("limit", [2, 3, 5, 12, 100])
def test_cut_parts_fit_and_joined_are_the_text(limit: int) -> None:
    model = Words(max_tokens=limit)
    texts = [WEEK, "one", "", "x" * 300]
    for text, parts in zip(texts, split(texts, model), strict=True):
        assert "".join(parts) == text
        assert max(model.count_tokens(parts)) <= limit


def test_a_model_with_too_small_a_limit_is_an_error() -> None:
    with pytest.raises(InvalidQuery, match="too few for any text"):
        split(["words"], Words(max_tokens=1))


def test_passages_are_packed_in_order_and_whole() -> None:
    model = Words(max_tokens=9)
    inputs = packed(["a b c", "d e f", "  ", "g h", "i j k l m n o p q r s t"], model)
    assert [text.split() for text in inputs] == [list("abcdefgh"), list("ijklm"), list("nopqrst")]


def test_short_passages_are_summarized_at_once() -> None:
    model = Words()
    assert summarize(["one two", "three four five"], model) == "one two three four"
    assert model.seen == ["one two\n\nthree four five"]


def test_every_word_of_long_passages_is_seen_and_parts_are_merged() -> None:
    model = Words(keep=2)
    passages = [WEEK, WEEK.replace("On", "At"), WEEK.upper()]
    summary = summarize(passages, model)
    first = len(packed(passages, model))
    assert "".join("".join(model.seen[:first]).split()) == "".join("".join(passages).split())
    assert len(model.seen) > first
    assert summary == "On Monday"


def test_summaries_that_get_no_shorter_are_joined() -> None:
    model = Reversing(max_tokens=5)
    passages = ["a b c d", "e f g h"]
    assert set(summarize(passages, model).split()) == set("abcdefgh")


def test_empty_passages_have_no_summary() -> None:
    assert summarize([], Words()) == ""
    assert summarize(["  ", "\n"], Words()) == ""


def german(text: str) -> str:
    return "de" if "der" in text.split() else "en" if "the" in text.split() else ""


def test_a_translation_keeps_blanks_and_what_has_no_words() -> None:
    asked: list[str] = []

    def translator(source: str) -> Reversing:
        asked.append(source)
        return Reversing()

    texts = ["the first one.\n\n  Then  the\nsecond.\n---\n", "", "der Hund", "third"]
    assert translate(texts, "de", translator, german) == [
        "one. first the\n\n  second. the Then\n---\n",
        "",
        "der Hund",
        "third",
    ]
    assert set(asked) == {"en"}


def test_a_long_sentence_is_translated_in_parts() -> None:
    model = Reversing(max_tokens=4)
    found = translate(["a b c d e f g"], "de", lambda source: model, german)
    assert set("".join(found).split()) == set("abcdefg")
    assert max(model.count_tokens(model.seen)) <= 4


def test_questions_end_in_a_question_mark_and_are_unique() -> None:
    model = Asking()
    passages = [
        "Keys are in the box. Coins are in the bag. Keys again, in a tin.",
        "No, that is not it. Coins are here too.",
    ]
    assert write_questions(passages, model) == [["What is Keys?", "What is Coins?"], []]


def test_no_more_questions_than_asked_for() -> None:
    text = "A is one thing. B is one thing. C is one thing. D is one thing. E is one thing."
    assert write_questions([text], Asking(), 2) == [["What is A?", "What is B?"]]
    assert write_questions(["Too short.", ""], Asking(), 2) == [[], []]


def test_a_sentence_is_highlighted_if_the_model_has_a_token_for_it() -> None:
    model = Asking(max_tokens=14)
    write_questions(["Keys are in boxes. Bags hold many coins."], model, highlight="<hl>")
    assert model.seen == [
        "<hl> Keys are in boxes. <hl> Bags hold many coins.",
        "Keys are in boxes. <hl> Bags hold many coins. <hl>",
    ]
    small = Asking(max_tokens=8)
    write_questions(["Keys are in boxes. Bags hold many coins."], small, highlight="<hl>")
    assert small.seen == ["<hl> Keys are in boxes. <hl>", "<hl> Bags hold many coins. <hl>"]
