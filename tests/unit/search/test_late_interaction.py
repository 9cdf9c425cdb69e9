from __future__ import annotations

import numpy as np
import pytest

from semsearch.models.encoder.load import load_encoder
from semsearch.search.late_interaction import maxsim, word_matches
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import TokenVectors
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text


def index() -> MemoryIndex:
    return MemoryIndex([Text("a.txt", ("a cat",))], HashingEncoder())


def test_maxsim_sums_the_best_of_each_row_of_the_query() -> None:
    query = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    passage = np.array([[0.8, 0.6], [1, 0]], dtype=np.float32)
    assert maxsim(query, passage) == pytest.approx(1 + 0.6 + 0.96)
    assert maxsim(query, passage[:0]) == 0.0
    assert maxsim(query[:0], passage) == 0.0


@pytest.mark.parametrize(
    ("query", "passage", "asked", "found"),
    [
        ("a beehive has lost its monarch", "No brood and nervous bees: is the queen gone?", "monarch", "queen"),
        ("electricity cuts out", "When it rains the power fails in the whole house.", "electricity", "power"),
        ("transport an amputated thumb", "Wrap severed hands in foil and keep the parcel cool.", "thumb", "hands"),
    ],
)
def test_a_word_matches_its_synonym(query: str, passage: str, asked: str, found: str) -> None:
    (matches,) = word_matches(index(), query, [passage], load_encoder(DEFAULT_MODEL))
    pairs = {query[slice(*m.query)]: passage[slice(*m.passage)] for m in matches}
    assert pairs[asked] == found
    assert all(0.2 <= m.weight <= 1.0 and -1.0 <= m.similarity <= 1.0001 for m in matches)
    assert [m.query for m in matches] == sorted(m.query for m in matches)


def test_words_are_whole_even_if_tokenized_in_pieces() -> None:
    query, passage = "painted beehive", "The beehives stood on the lawn."
    (matches,) = word_matches(index(), query, [passage], load_encoder(DEFAULT_MODEL))
    assert ("beehive", "beehives") in {(query[slice(*m.query)], passage[slice(*m.passage)]) for m in matches}


def test_stop_words_match_only_if_there_are_no_others() -> None:
    encoder = HashingEncoder()
    (matches,) = word_matches(index(), "the cat", ["the cat is on the mat"], encoder)
    assert [m.query for m in matches] == [(4, 7)]
    (matches,) = word_matches(index(), "to be or", ["to be or not"], encoder)
    assert [m.query for m in matches] == [(0, 2), (3, 5), (6, 8)]


def test_an_exact_word_weighs_one() -> None:
    (matches,) = word_matches(index(), "cat", ["dog cat bird"], HashingEncoder())
    (match,) = matches
    assert match.passage == (4, 7)
    assert match.similarity == pytest.approx(1.0)
    assert match.weight == pytest.approx(1.0)


def test_nothing_to_match() -> None:
    assert word_matches(index(), "?!", ["a passage", ""], HashingEncoder()) == [(), ()]
    assert word_matches(index(), "cat", ["", "..."], HashingEncoder()) == [(), ()]
    assert word_matches(index(), "cat", [], HashingEncoder()) == []


def test_truncated_words_are_left_out() -> None:
    class Blind(HashingEncoder):
        def encode_passage_tokens(self, texts: list[str]) -> list[TokenVectors]:  # type: ignore[override]
            return [TokenVectors(t.vectors[:1], t.spans[:1]) for t in super().encode_passage_tokens(texts)]

    (matches,) = word_matches(index(), "cat bird", ["bird cat"], Blind())
    assert all(m.passage == (0, 4) for m in matches)
