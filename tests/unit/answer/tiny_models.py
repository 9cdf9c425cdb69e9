"""Tiny models of the roles that answers need, with predictable output."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from semsearch.types.documents import Anchor, AnchorKind, Passage
from semsearch.types.models import Message, Sampling, Token
from semsearch.types.search import Hit

_WORD = re.compile(r"\w+")


class OverlapCrossEncoder:
    """Scores a pair by its words: from -11 for none of the query's words in the passage to 9 for all of them."""

    name = "overlap"

    def score(self, query: str, passages: Sequence[str]) -> np.ndarray:
        asked = set(_WORD.findall(query.casefold()))
        shares = [len(asked & set(_WORD.findall(p.casefold()))) / max(1, len(asked)) for p in passages]
        return np.array([20 * share - 11 for share in shares], dtype=np.float32)


class Parrot:
    """A generator that always writes the same text, one word per token, and records its prompts."""

    name = "parrot"

    def __init__(self, text: str, context: int = 4096) -> None:
        self.text = text
        self.context = context
        self.prompts: list[list[Message]] = []

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(_WORD.findall(message.content)) for message in messages)

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        self.prompts.append(list(messages))
        words = re.findall(r"\S+\s*", self.text)
        for word in words[: sampling.max_tokens]:
            yield Token(word, 0.5)


class Obedient(Parrot):
    """A generator that obeys any passage: it writes what follows `say:` in the prompt before its text."""

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        told = re.findall(r"say: ([^\n]+)", messages[-1].content)
        self.text = " ".join([*told, self.text])
        yield from super().generate(messages, sampling)


def hit(rank: int, text: str, title: str = "", first_line: int = 1) -> Hit:
    """Return a hit of a file that contains only this text."""
    lines = Anchor(AnchorKind.LINE, first_line, first_line + text.count("\n"))
    passage = Passage(rank, f"d{rank}", 0, len(text), lines, (), text)
    return Hit(rank, 0.9, passage, f"d{rank}", {"title": title, "type": "txt"}, {}, {})
