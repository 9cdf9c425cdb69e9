"""Near duplicates are one hit; texts that differ in a number, a sign or a word are not near duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from semsearch.search.near_copies import fold, same_text
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text

LONG = "The boiler must be drained before the first frost, and the valve in the cellar has to stay open all winter."


@pytest.mark.parametrize(
    "other",
    [
        LONG,
        LONG.upper(),
        "  " + LONG.replace(" ", "\n"),
        LONG.replace("first", "fir-\nst"),
        LONG.replace("first", "ﬁrst"),
        "> " + LONG,
        "* " + LONG.replace(", and", " – and"),
        LONG + " Thank you.",
        "Note: " + LONG,
    ],
)
def test_the_same(other: str) -> None:
    assert same_text(LONG, other)
    assert same_text(other, LONG)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG, LONG.replace("must", "must not")),
        (LONG, LONG.replace("open", "shut")),
        (LONG, LONG.replace("cellar", "attic")),
        (LONG, LONG + " Page 3"),
        (LONG, LONG + LONG),
        ("Invoice 1041 for the boat", "Invoice 1042 for the boat"),
        ("the dose is 1.5 mg a day", "the dose is 15 mg a day"),
        ("it fell to -5 degrees", "it fell to 5 degrees"),
        ("if a < b return", "if a > b return"),
        ("total = a + b", "total = a - b"),
        ("", "words"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert not same_text(one, other)
    assert not same_text(other, one)


def index_of(*passages: str) -> MemoryIndex:
    return MemoryIndex([Text(f"d{n}", (p,)) for n, p in enumerate(passages)], HashingEncoder())


def every(index: MemoryIndex) -> np.ndarray:
    return np.concatenate([index.passages_of(f"d{n}") for n in range(100)])


def test_copies_go_under_the_first() -> None:
    index = index_of(LONG, "something else entirely", LONG + "\n", LONG.upper())
    shown = fold(index, every(index), 10)
    assert [(s.passage.document_id, s.folded) for s in shown] == [("d0", ["d2", "d3"]), ("d1", [])]


def test_a_heading_that_differs_keeps_copies_apart() -> None:
    vectors = np.eye(3, 4, dtype=np.float32)
    index = MemoryIndex([Text(f"d{n}", (LONG,)) for n in range(3)], None, vectors=vectors)
    assert [s.folded for s in fold(index, every(index), 10)] == [[], [], []]


def test_folded_hits_are_replaced_by_further_ones() -> None:
    index = index_of(*([LONG] * 30), "one more", "and another")
    shown = fold(index, every(index), 3)
    assert [s.passage.document_id for s in shown] == ["d0", "d30", "d31"]
    assert len(shown[0].folded) == 29


def test_folding_can_be_switched_off() -> None:
    index = index_of(LONG, LONG)
    assert len(fold(index, every(index), 10, copies=False)) == 2


def test_no_more_than_asked_for() -> None:
    index = index_of("one", "two", "three")
    assert [s.passage.document_id for s in fold(index, every(index), 2)] == ["d0", "d1"]
    assert fold(index, every(index)[:0], 2) == []
