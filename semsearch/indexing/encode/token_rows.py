"""Token ids of passages, reused from the tokenization for splitting."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TypeGuard

from semsearch.corpus.split.passages import BLANKS, CHARACTERS_A_TOKEN
from semsearch.types.documents import Span
from semsearch.types.models import BiEncoder, Row, Tokenized, TokenizingOnce

__all__ = ["KeptRows", "tokenizes_once"]


def tokenizes_once(encoder: BiEncoder) -> TypeGuard[TokenizingOnce]:
    """Return whether to pass token rows instead of texts to an encoder.

    Not if it is wrapped or its `encode_passages` was overridden: then that method must be used.
    """
    rows, passages = (_depth(encoder, name) for name in ("encode_rows", "encode_passages"))
    return rows is not None and passages is not None and rows <= passages


def _depth(encoder: object, name: str) -> int | None:
    """Return the level of an attribute's definition: 0 for the object itself, 1 its class...; None if undefined."""
    levels = (getattr(encoder, "__dict__", {}), *map(vars, type(encoder).__mro__))
    return next((depth for depth, level in enumerate(levels) if name in level), None)


class KeptRows:
    """An encoder's tokenizer that caches the tokens of one document and its parts.

    Of a document so long that it is tokenized in pieces only short parts are cached, as a token in a Python list takes
    a hundred bytes.
    """

    def __init__(self, encoder: TokenizingOnce, whole: str) -> None:
        """Start with an empty cache; `whole` is the text of the document."""
        self._encoder = encoder
        self._whole = whole
        self._known: dict[str, Tokenized] = {}
        self.max_tokens, self.joins = encoder.max_tokens, encoder.joins
        self._longest = CHARACTERS_A_TOKEN * encoder.max_tokens

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) character offsets of every token, in order, never truncated."""
        found = self._encoder.tokenize(texts)
        for text, tokenized in zip(texts, found, strict=True):
            if len(text) <= self._longest or text == self._whole:
                self._known[text] = tokenized
        return [tokenized.spans for tokenized in found]

    def row(self, embedded: str, text: str, span: Span) -> Row | None:
        """Return the row of a passage of the document `text`; None if it cannot be derived from the cache."""
        ids = self._ids(embedded, text, span)
        return self._encoder.row(ids) if ids is not None and len(ids) <= self.max_tokens else None

    def _ids(self, embedded: str, text: str, span: Span) -> Sequence[int] | None:
        if embedded in self._known:
            return self._known[embedded].ids
        above = embedded[: len(embedded) - (span.stop - span.start)]
        prefix = self._known.get(above[:-1]) if above else Tokenized((), [])
        whole = self._known.get(text)  # absent when it was tokenized in pieces
        if prefix is None or whole is None or not self._apart(text, span):
            return None
        first = bisect_left(whole.spans, (span.start, -1))
        return [*prefix.ids, *whole.ids[first : bisect_left(whole.spans, (span.stop, -1), first)]]

    def _apart(self, text: str, span: Span) -> bool:
        """Return whether a passage is surrounded by blanks or the ends of the text."""
        before, after = text[span.start - 1 : span.start] if span.start else "", text[span.stop : span.stop + 1]
        return all(not character or character in BLANKS for character in (before, after))
