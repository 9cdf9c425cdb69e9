"""Pairs of query and passage as rows of tokens: the windows of a passage lose nothing."""

from __future__ import annotations

import pytest
from tokenizers import Tokenizer

from semsearch.models.encoder.pair_tokenizer import Pairs
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from semsearch.settings import DEFAULT_RERANKER

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
LONG = " ".join(f"{word} {number}" for number in range(40) for word in WORDS)


def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(fetch(CATALOG[DEFAULT_RERANKER], offline=False) / "tokenizer.json"))


def test_a_pair_is_encoded_as_by_the_tokenizer() -> None:
    whole = tokenizer()
    whole.no_padding()
    expected = whole.encode("who are you?", "I am me.")
    (((row,),)) = (Pairs(tokenizer(), 512).rows("who are you?", ["I am me."])[0],)
    assert (row.ids, row.types) == (expected.ids, expected.type_ids)
    assert 1 in row.types


@pytest.mark.parametrize("sees", [40, 64, 512])
def test_windows_contain_every_token_and_overlap(sees: int) -> None:
    pairs = Pairs(tokenizer(), sees)
    (rows,) = pairs.rows("how many?", [LONG])
    plain = tokenizer()
    plain.no_padding()
    plain.no_truncation()
    ids = plain.encode(LONG, add_special_tokens=False).ids
    assert all(len(row.ids) <= sees for row in rows)
    parts = [[i for i, kind in zip(row.ids, row.types, strict=True) if kind][:-1] for row in rows]
    at, end = 0, 0
    for part in parts:
        at = next(n for n in range(at, len(ids)) if ids[n : n + len(part)] == part)
        assert at <= end, "no gap between two windows"
        end = at + len(part)
    assert end == len(ids)
    (texts,) = pairs.windows("how many?", [LONG])
    assert len(texts) == len(rows)
    assert LONG.startswith(texts[0])
    assert LONG.endswith(texts[-1])


def test_a_long_query_leaves_half_of_the_room_to_the_passage() -> None:
    pairs = Pairs(tokenizer(), 64)
    assert pairs.truncated(LONG)
    assert not pairs.truncated("how many?")
    (rows,) = pairs.rows(LONG, ["a short passage"])
    assert len(rows) == 1
    assert rows[0].types.count(0) == 30 + 2
    assert LONG.startswith(LONG[: pairs.seen(LONG)])
    assert len(tokenizer().encode(LONG[: pairs.seen(LONG)], add_special_tokens=False).ids) >= 30


def test_a_model_with_too_short_a_context_is_rejected() -> None:
    with pytest.raises(ValueError, match="it sees 12 tokens, too few"):
        Pairs(tokenizer(), 12)
