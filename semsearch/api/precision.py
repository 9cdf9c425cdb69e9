"""In what an index's passages are encoded: decided before its first one, kept with it, and never mixed silently."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from semsearch.errors import IndexIncompatible
from semsearch.types.models import BiEncoder, FetchProgress, Precise, Precision

__all__ = ["KEY", "as_stored", "chosen_precision", "own_precision", "stored_precision"]

KEY = "precision"
"""The meta key. An index without it is in float32, as all were that were made before there was a choice."""


def stored_precision(meta: Mapping[str, Any]) -> Precision:
    """Return what the passages of an index, or of a state beside it, are encoded in. IndexIncompatible for another."""
    try:
        return Precision(meta.get(KEY) or Precision.FLOAT32)
    except ValueError:
        raise IndexIncompatible(f"the index is in {meta[KEY]}, which this semsearch does not know; update it") from None


def _is_precise(encoder: BiEncoder) -> TypeGuard[Precise]:
    """Whether it is Precise; asked with every search, for which `isinstance` takes thirty times as long."""
    return all(hasattr(encoder, name) for name in ("precision", "passages_as", "fastest_precision"))


def own_precision(encoder: BiEncoder) -> Precision:
    """Return what an encoder encodes passages in."""
    return Precision(encoder.precision) if _is_precise(encoder) else Precision.FLOAT32


def chosen_precision(encoder: BiEncoder) -> Precision:
    """Return what a new index is encoded in with a model that was loaded by its name; may measure, for seconds."""
    return encoder.fastest_precision() if _is_precise(encoder) else Precision.FLOAT32


def as_stored(encoder: BiEncoder, meta: Mapping[str, Any], progress: FetchProgress | None = None) -> BiEncoder:
    """Return the encoder with passages in the precision of an index; `progress` hears of it where there is none."""
    wanted = stored_precision(meta)
    if _is_precise(encoder):
        return encoder.passages_as(wanted)
    if wanted is not Precision.FLOAT32 and progress is not None:
        progress(f"the index is in {wanted}, which this encoder does not do: new passages are in float32", 0, 0)
    return encoder
