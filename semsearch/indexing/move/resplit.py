"""Split passages again that are too long for another encoder; the others stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semsearch.corpus.split.passages import embedded_text, split
from semsearch.corpus.split.token_count import WordTokens, count
from semsearch.errors import ModelMismatch
from semsearch.indexing.encode.encode_buffer import embedding_hash
from semsearch.settings import Settings
from semsearch.stores.records import Stored
from semsearch.types.documents import Block, BlockKind, Parsed, Span
from semsearch.types.models import BiEncoder, Tokenizing

__all__ = ["Cutter"]


class Cutter:
    """Splits passages for one encoder, by its tokens and the limit in the settings of the index."""

    def __init__(self, encoder: BiEncoder, settings: Settings) -> None:
        """Take the encoder; without a tokenizer, tokens are estimated from words, as when documents are read."""
        self._tokens: Tokenizing = encoder if isinstance(encoder, Tokenizing) else WordTokens()
        self._name = str(getattr(encoder, "name", encoder.fingerprint))
        self._limit = settings.passage_tokens

    def texts(self, passages: Sequence[Stored]) -> Iterator[dict[bytes, str]]:
        """Yield for each passage the texts to encode by their hashes: its own if it fits, else those of its parts.

        Raises ModelMismatch when even a part is too long for the encoder.
        """
        whole = [embedded_text(p.title, p.span.heading, p.text) for p in passages]
        for passage, text, size in zip(passages, whole, count(self._tokens, whole), strict=True):
            if size <= self._tokens.max_tokens or not passage.text:  # a name is never split
                yield {passage.hash: text}
            else:
                yield {embedding_hash(part): part for _, part in self._parts(passage)}

    def hashes(self, passage: Stored) -> list[tuple[Span, bytes]]:
        """Return the parts of a passage that does not fit, each with the hash of its embedded text."""
        return [(span, embedding_hash(text)) for span, text in self._parts(passage)]

    def _parts(self, passage: Stored) -> list[tuple[Span, str]]:
        spans = split(_parsed(passage), self._tokens, self._limit)
        texts = [embedded_text(passage.title, s.heading, passage.text[s.start : s.stop]) for s in spans]
        if not spans or max(count(self._tokens, texts)) > self._tokens.max_tokens:
            raise ModelMismatch(
                f"{self._name} reads {self._tokens.max_tokens} tokens at once, too few for any part of a passage under "
                f"{' > '.join(passage.span.heading)[:60]!r}; choose a model that reads more"
            )
        at = passage.span.start
        moved = [Span(at + s.start, at + s.stop, s.anchor, s.heading) for s in spans]
        return list(zip(moved, texts, strict=True))


def _parsed(passage: Stored) -> Parsed:
    """Return a passage as a parsed document: its headings above one block."""
    anchor = passage.span.anchor
    above = [
        Block(0, 0, BlockKind.HEADING, anchor, level, label) for level, label in enumerate(passage.span.heading, 1)
    ]
    body = Block(0, len(passage.text), BlockKind.PARAGRAPH, anchor)
    return Parsed(passage.text, (*above, body), passage.title)
