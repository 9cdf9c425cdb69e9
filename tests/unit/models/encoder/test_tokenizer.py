"""Tokenizers whose tokens of a text are those of its parts: those that split at blanks first, and drop them."""

from __future__ import annotations

import pytest
from tokenizers import AddedToken, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer, Lowercase
from tokenizers.pre_tokenizers import BertPreTokenizer, ByteLevel, Metaspace

from semsearch.models.encoder.tokenizer import Tokens
from semsearch.models.weights.fingerprint import Recipe


def made(passage_prompt: str = "") -> tuple[Tokenizer, Recipe]:
    tokenizer = Tokenizer(WordPiece({"[UNK]": 0, "a": 1, "b": 2, "##b": 3}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    return tokenizer, Recipe({}, "", (), 16, passage_prompt=passage_prompt)


def test_words_split_at_blanks_can_be_joined() -> None:
    tokens = Tokens(*made())
    assert tokens.joins
    assert list(tokens.row([1, 2])) == [1, 2]  # a tokenizer without special tokens


@pytest.mark.parametrize("pre_tokenizer", [ByteLevel(), Metaspace()])
def test_words_with_blanks_as_part_of_tokens_cannot_be_joined(pre_tokenizer: ByteLevel | Metaspace) -> None:
    tokenizer, recipe = made()
    tokenizer.pre_tokenizer = pre_tokenizer
    assert not Tokens(tokenizer, recipe).joins


def test_an_unknown_normalizer_prevents_joining() -> None:
    tokenizer, recipe = made()
    tokenizer.normalizer = Lowercase()
    assert not Tokens(tokenizer, recipe).joins


@pytest.mark.parametrize("added", [AddedToken("<m>", lstrip=True), AddedToken("two words")])
def test_an_added_token_that_strips_blanks_prevents_joining(added: AddedToken) -> None:
    tokenizer, recipe = made()
    tokenizer.add_special_tokens([added])
    assert not Tokens(tokenizer, recipe).joins


def test_a_prompt_prevents_joining() -> None:
    assert not Tokens(*made("passage: ")).joins
