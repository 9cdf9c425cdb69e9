"""Check the vectors that an encoder returns: it may be third-party code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelMismatch
from semsearch.types.models import BiEncoder

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["checked_vectors", "encode_passages", "encode_queries"]

_UNIT = 0.02
"""Largest deviation of a vector's squared length from 1; float16 encoders are well within it."""


def encode_queries(encoder: BiEncoder, texts: Sequence[str]) -> Embeddings:
    """Return (n, dim) unit vectors of queries. Raises ModelMismatch when the encoder returns something else."""
    return checked_vectors(encoder.encode_queries(texts), (len(texts), encoder.dim))


def encode_passages(encoder: BiEncoder, texts: Sequence[str]) -> Embeddings:
    """Return (n, dim) unit vectors of passages. Raises ModelMismatch when the encoder returns something else."""
    return checked_vectors(encoder.encode_passages(texts), (len(texts), encoder.dim))


def checked_vectors(found: Any, expected: tuple[int, int]) -> Embeddings:
    """Return what an encoder returned, if it is (n, dim) floating-point unit vectors. Raises ModelMismatch."""
    shape, kind = getattr(found, "shape", None), getattr(getattr(found, "dtype", None), "kind", None)
    if shape is None or kind != "f":
        returned = f"an array of {found.dtype}" if kind else f"an object of type {type(found).__name__}"
        raise ModelMismatch(f"the encoder returned {returned}; expected a numpy array of float32, one row per text")
    if tuple(shape) != expected:
        raise ModelMismatch(f"the encoder returned vectors of shape {tuple(shape)}, the index needs {expected}")
    if not (abs((found * found).sum(axis=1) - 1.0) < _UNIT).all():
        raise ModelMismatch("the encoder returned vectors that are not of unit length; divide each by its norm")
    vectors: Embeddings = found
    return vectors
