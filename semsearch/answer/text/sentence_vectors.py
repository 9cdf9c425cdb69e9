"""Encode sentences of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from semsearch.models.shared.vectors import encode_passages
from semsearch.types.models import BiEncoder, Tokenizing

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["sentence_vectors"]


def sentence_vectors(texts: Sequence[str], encoder: BiEncoder) -> Embeddings:
    """Encode sentences: (n, dim), unit rows; one longer than the encoder's limit is truncated."""
    if isinstance(encoder, Tokenizing):
        spans = encoder.token_spans(texts)
        most = encoder.max_tokens
        texts = [t[: s[most - 1][1]] if len(s) > most else t for t, s in zip(texts, spans, strict=True)]
    return encode_passages(encoder, texts)
