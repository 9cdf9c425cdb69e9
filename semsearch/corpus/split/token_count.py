"""Token counts of stretches of a text: the text is tokenized once, and stretches are counted by position."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from semsearch.types.models import Tokenizing

__all__ = ["MeasuredText", "WordTokens", "count"]

PIECE = 65_536
"""Characters tokenized at once; longer documents are cut here to limit the tokenizer's memory."""
BATCH = 16
"""Pieces per call."""


class WordTokens:
    """A fallback for an encoder's tokenizer that counts more tokens than subword tokenizers usually find.

    Every run of up to four letters or digits is a token, and so is every other visible character.
    """

    max_tokens = 256
    _token = re.compile(r"[^\W_]{1,4}|[^\w\s]|_")

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the (start, stop) of every token of each text."""
        return [[match.span() for match in self._token.finditer(text)] for text in texts]


def count(tokens: Tokenizing, texts: Sequence[str]) -> list[int]:
    """Return the number of tokens of each text."""
    return [len(spans) for spans in tokens.token_spans(texts)] if texts else []


class MeasuredText:
    """The token starts of a text, in order: 8 bytes per token."""

    __slots__ = ("starts",)

    def __init__(self, text: str, tokens: Tokenizing) -> None:
        """Tokenize a text, in pieces that end at line breaks or blanks if possible."""
        self.starts = array("q")
        pieces = list(_pieces(text))
        for at in range(0, len(pieces), BATCH):
            batch = pieces[at : at + BATCH]
            spans = tokens.token_spans([text[start:stop] for start, stop in batch])
            for (offset, _), token_spans in zip(batch, spans, strict=True):
                starts = [offset + start for start, _ in token_spans] if offset else [start for start, _ in token_spans]
                starts.sort()  # they are mostly in order
                self.starts.extend(starts)

    def count(self, start: int, stop: int) -> int:
        """Return how many tokens begin in [start, stop)."""
        return bisect_left(self.starts, stop) - bisect_left(self.starts, start)

    def after(self, start: int, tokens: int, stop: int) -> int:
        """Return the start of the token after the next `tokens` tokens, at most `stop`.

        It is always beyond `start`, even when one character alone makes more tokens than that.
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
