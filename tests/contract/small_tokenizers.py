"""Tiny tokenizers for tests: real ones, without weights, each with a habit of a kind that encoders have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

Spans = list[list[tuple[int, int]]]


@dataclass(frozen=True)
class Words:
    """A token is a word or one other visible character, so counts add up over any cut between words."""

    max_tokens: int = 32
    pattern = re.compile(r"\w+|[^\w\s]")

    def token_spans(self, texts: Sequence[str]) -> Spans:
        return [[found.span() for found in self.pattern.finditer(text)] for text in texts]


@dataclass(frozen=True)
class Bytes:
    """A token is a byte of UTF-8, spaces included, so one character makes up to four tokens at the same place."""

    max_tokens: int = 64

    def token_spans(self, texts: Sequence[str]) -> Spans:
        return [[(at, at + 1) for at, char in enumerate(text) for _ in char.encode()] for text in texts]


@dataclass(frozen=True)
class Unknowns:
    """Letters are tokens, but a word of more than 300 is one unknown token: its halves are hundreds of them."""

    max_tokens: int = 32
    pattern = re.compile(r"\w{301,}|\w|[^\w\s]")

    def token_spans(self, texts: Sequence[str]) -> Spans:
        return [[found.span() for found in self.pattern.finditer(text)] for text in texts]


@dataclass(frozen=True)
class Pairs:
    """A word and the blanks before it are one token, and a text has one more at its start: counts never add up."""

    max_tokens: int = 32
    pattern = re.compile(r"\s*\S{1,6}")

    def token_spans(self, texts: Sequence[str]) -> Spans:
        return [[(0, 0), *(found.span() for found in self.pattern.finditer(text))] for text in texts]
