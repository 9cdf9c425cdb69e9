"""How many tokens a stretch of a text has: the text is tokenized once, and stretches are then counted by position."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from semsearch.types.models import Tokenizing

__all__ = ["MeasuredText", "WordTokens", "count"]

PIECE = 65_536
"""Characters tokenized as one text; long documents are cut here so that a tokenizer's memory stays small."""
BATCH = 16
"""Pieces in one call."""


class WordTokens:
    """A stand-in for an encoder's tokenizer that counts more tokens than subword tokenizers usually find.

    Every run of at most four letters or digits is a token, and so is every other visible character.
    """

    max_tokens = 256
    _token = re.compile(r"[^\W_]{1,4}|[^\w\s]|_")

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the (start, stop) of every token of each text."""
        return [[found.span() for found in self._token.finditer(text)] for text in texts]


def count(tokens: Tokenizing, texts: Sequence[str]) -> list[int]:
    """Return the number of tokens of each text."""
    return [len(spans) for spans in tokens.token_spans(texts)] if texts else []


class MeasuredText:
    """The token starts of a text, in order: 8 bytes a token."""

    __slots__ = ("starts",)

    def __init__(self, text: str, tokens: Tokenizing) -> None:
        """Tokenize a text, in pieces that end at line breaks or blanks where they can."""
        self.starts = array("q")
        pieces = list(_pieces(text))
        for at in range(0, len(pieces), BATCH):
            batch = pieces[at : at + BATCH]
            spans = tokens.token_spans([text[start:stop] for start, stop in batch])
            for (offset, _), found in zip(batch, spans, strict=True):
                starts = [offset + start for start, _ in found] if offset else [start for start, _ in found]
                starts.sort()  # they mostly are in order
                self.starts.extend(starts)

    def count(self, start: int, stop: int) -> int:
        """Return how many tokens begin in [start, stop)."""
        return bisect_left(self.starts, stop) - bisect_left(self.starts, start)

    def after(self, start: int, tokens: int, stop: int) -> int:
        """Return where the token that follows the next `tokens` ones begins: as far as they reach, at most `stop`.

        It is always beyond `start`, even when one character alone makes more tokens than asked for.
        """
        at = bisect_left(self.starts, start) + tokens
        while at < len(self.starts) and self.starts[at] <= start:
            at += 1
        return min(self.starts[at], stop) if at < len(self.starts) else stop


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while len(text) - start > PIECE:
        stop = max(text.rfind("\n", start, start + PIECE), text.rfind(" ", start + PIECE // 2, start + PIECE)) + 1
        if stop <= start:
            stop = start + PIECE
        yield start, stop
        start = stop
    if start < len(text):
        yield start, len(text)
