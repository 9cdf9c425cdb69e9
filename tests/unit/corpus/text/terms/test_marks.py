"""Marks of a text without CJK, found by its distinct words, equal those found word by word."""

from __future__ import annotations

from itertools import product
from string import ascii_lowercase

from hypothesis import given
from hypothesis import strategies as st

from semsearch.corpus.text.terms.analysis import asked_words, findable_terms, word_terms, words
from semsearch.corpus.text.terms.marks import Marking

PIECES = st.sampled_from(
    ["sleep", "sleeping", "Sleeps", "the", "fox", "foxes", "x1", "re-read", "snake_case", "naïve", "ﬁre", "²", "don't"]
) | st.sampled_from(
    ["kite", "\u212aite", "Kites", "izmir", "\u0130zmir", "élan", "Élan", "elan", "FOX", "redFox", "FOXTail"]
)
GLUE = st.sampled_from([" ", "_", "-", "", ". ", "\n", "\u00b7"])
TEXTS = st.lists(st.tuples(PIECES, GLUE), max_size=12).map(lambda parts: "".join(a + b for a, b in parts))


def one_by_one(query: str, text: str) -> tuple[tuple[int, int], ...]:
    wanted = asked_words(query, "en").terms()
    return tuple((a, b) for a, b in words(text) if wanted & set(findable_terms(text[a:b], "en")))


@given(TEXTS, TEXTS)
def test_marks_are_the_words_of_the_query(query: str, text: str) -> None:
    assert Marking(query, ["en"]).marks(text) == one_by_one(query, text)


def test_stems_begin_like_their_words() -> None:
    """Check endings after every beginning: the assumption behind English marks, and its exceptions."""
    endings = [
        "",
        "s",
        "es",
        "ies",
        "ied",
        "ed",
        "eds",
        "ing",
        "ingly",
        "edly",
        "eed",
        "y",
        "ly",
        "er",
        "e",
        "al",
        "ion",
    ]
    beginnings = ["".join(p) for n in (1, 2) for p in product(ascii_lowercase + "1", repeat=n)]
    for word in (a + b for a in beginnings for b in endings):
        assert Marking(word, ["en"]).marks(word) == one_by_one(word, word)
        for term in word_terms(word, "en"):
            assert Marking(term, ["en"]).marks(word.upper()) == one_by_one(term, word.upper()), (term, word)


def test_one_query_marks_many_texts() -> None:
    marking = Marking("sleeping foxes", ["en"])
    assert marking.marks("A fox sleeps.") == ((2, 5), (6, 12))
    assert marking.marks("sleepless") == ()
    assert marking.marks("the fox, the fox") == ((4, 7), (13, 16))
    assert marking.marks("FOX Sleeping naïve fox") == ((0, 3), (4, 12), (19, 22))
    assert marking.marks("FOX Sleeping naive fox") == ((0, 3), (4, 12), (19, 22))


def test_overlapping_pairs_become_one_mark() -> None:
    assert Marking("東京都", ["en"]).marks("今日は東京都です") == ((3, 6),)
