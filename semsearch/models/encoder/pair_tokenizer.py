"""A cross-encoder's tokenizer: query and passage become one row of token ids, a long passage several windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.models.encoder.tokenizer import clean, windows

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from semsearch.types.arrays import Scores

__all__ = ["PairRow", "Pairs", "best"]

_LEAST_ROOM = 8
"""Fewer tokens than this are too few for a window; a model with less room beside a query is rejected."""


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pass through the model: token ids, and for each whether it belongs to the query (0) or the passage (1)."""

    ids: list[int]
    types: list[int]


class Pairs:
    """The tokenizer of one cross-encoder and the length it sees, which query and passage share."""

    def __init__(self, tokenizer: Tokenizer, max_length: int) -> None:
        """Take over `tokenizer`, switching off truncation and padding. ValueError when `max_length` is too small."""
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._room = max_length - tokenizer.num_special_tokens_to_add(is_pair=True)
        self.query_tokens = self._room // 2
        """Tokens of a query that are seen: half of the room, so that a passage always has the other half."""
        if self.query_tokens < _LEAST_ROOM:
            raise ValueError(f"it sees {max_length} tokens, too few for a query and a passage")

    def truncated(self, query: str) -> bool:
        """Return whether a query is cut off."""
        return len(self._plain([query])[0]) > self.query_tokens

    def rows(self, query: str, passages: Sequence[str]) -> list[list[PairRow]]:
        """Return the rows of each passage: one, or one per window of a passage that is too long.

        Neighbouring windows share a quarter of their tokens, so that a sentence cut in one is whole in the next.
        """
        if not passages:
            return []
        first = self._plain([query])[0]
        first.truncate(self.query_tokens)
        room = self._room - len(first)
        rows = []
        for encoding in self._plain(passages):
            encoding.truncate(room, stride=room // 4)
            rows.append([self._row(first, window) for window in (encoding, *encoding.overflowing)])
        return rows

    def windows(self, query: str, passages: Sequence[str]) -> list[list[str]]:
        """Return the same windows as texts, for a model with its own tokenization."""
        if not passages:
            return []
        room = self._room - min(len(self._plain([query])[0]), self.query_tokens)
        encodings = zip(passages, self._plain(passages), strict=True)
        return [windows(text, encoding.offsets, room) for text, encoding in encodings]

    def seen(self, query: str) -> int:
        """Return how many characters of a query are seen."""
        spans = self._plain([query])[0].offsets
        return len(query) if len(spans) <= self.query_tokens else spans[self.query_tokens - 1][1]

    def _row(self, query: Encoding, window: Encoding) -> PairRow:
        pair = self._tokenizer.post_process(query, window)
        return PairRow(pair.ids, pair.type_ids)

    def _plain(self, texts: Sequence[str]) -> list[Encoding]:
        return self._tokenizer.encode_batch(clean(texts), add_special_tokens=False)


def best(windows: Sequence[Sequence[object]], values: Sequence[float] | Scores) -> Scores:
    """Return (n,) float32: for each passage the highest value of its windows; `values` lists them in order."""
    import numpy as np

    owners = np.repeat(np.arange(len(windows)), [len(parts) for parts in windows])
    scores = np.full(len(windows), -np.inf, dtype=np.float32)
    np.maximum.at(scores, owners, np.asarray(values, dtype=np.float32))
    return scores
