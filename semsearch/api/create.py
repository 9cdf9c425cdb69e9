"""A new, empty index: its settings, and the model whose vectors it will hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.settings import Settings
from semsearch.stores.open import create_store
from semsearch.types.models import BiEncoder

if TYPE_CHECKING:
    from semsearch.types.models import FetchProgress

__all__ = ["make_index"]


def make_index(
    root: Path,
    settings: Settings,
    encoder: BiEncoder | None,
    *,
    offline: bool | None,
    wait: float,
    fetch_progress: FetchProgress | None,
) -> BiEncoder:
    """Write an empty index and trust it; return its encoder, loaded by name where the caller gives none."""
    from semsearch.api.precision import chosen_precision, own_precision
    from semsearch.api.trust import trust

    loaded = encoder
    if loaded is None:
        from semsearch.models.encoder.load import load_encoder

        loaded = load_encoder(settings.model, offline=offline, progress=fetch_progress)
        precision = chosen_precision(loaded)
    else:
        settings = replace(settings, model=str(getattr(loaded, "name", loaded.fingerprint)))
        precision = own_precision(loaded)
    create_store(
        root,
        settings=settings,
        fingerprint=loaded.fingerprint,
        dim=loaded.dim,
        wait=wait,
        own=encoder is not None,
        precision=precision,
    )
    trust(root)
    return loaded
