"""Vectors of passages, checked where they come in: an encoder may be anybody's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from semsearch.errors import ModelMismatch
from semsearch.roles import BiEncoder

if TYPE_CHECKING:
    from semsearch.types import Embeddings

__all__ = ["SLICE", "encode_passages"]

SLICE = 32
"""Passages given to the encoder at once; between two slices progress is told and an interruption is heard."""
_UNIT = 0.02
"""How far the squared length of a vector may be from 1: float16 encoders are well inside."""


def encode_passages(encoder: BiEncoder, texts: Sequence[str], dim: int) -> Embeddings:
    """Return (n, dim) unit vectors. Raises ModelMismatch for what is none."""
    found = encoder.encode_passages(texts)
    if found.shape != (len(texts), dim):
        expected = (len(texts), dim)
        raise ModelMismatch(f"the encoder returned vectors of shape {found.shape}, the index wants {expected}")
    if not (abs((found * found).sum(axis=1) - 1.0) < _UNIT).all():
        raise ModelMismatch("the encoder returned vectors that are not of unit length; divide each by its norm")
    return found
