"""A new, empty index: its settings, and the model whose vectors it will hold."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semsearch.roles import BiEncoder
from semsearch.settings import Settings
from semsearch.stores.local.files.layout import Layout

if TYPE_CHECKING:
    from semsearch.types import FetchProgress

__all__ = ["make_index"]


def make_index(
    layout: Layout,
    settings: Settings,
    encoder: BiEncoder | None,
    *,
    offline: bool | None,
    wait: float,
    fetch_progress: FetchProgress | None,
) -> BiEncoder:
    """Write an empty index and trust it; return its encoder, loaded by name where the caller gives none."""
    from semsearch.api.precision import chosen_precision, own_precision
    from semsearch.api.trusted import trust
    from semsearch.stores.local.create import create_index

    loaded = encoder
    if loaded is None:
        from semsearch.models.load import load_encoder

        loaded = load_encoder(settings.model, offline=offline, progress=fetch_progress)
        precision = chosen_precision(loaded)
    else:
        settings = replace(settings, model=str(getattr(loaded, "name", loaded.fingerprint)))
        precision = own_precision(loaded)
    create_index(
        layout.root,
        settings=settings,
        fingerprint=loaded.fingerprint,
        dim=loaded.dim,
        wait=wait,
        own=encoder is not None,
        precision=precision,
    )
    trust(layout)
    return loaded
