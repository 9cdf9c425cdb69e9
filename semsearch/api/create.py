"""A new, empty index: its settings, and the model whose vectors it will hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.errors import SemsearchError
from semsearch.settings import Settings
from semsearch.stores.open import create_store
from semsearch.types.models import BiEncoder

if TYPE_CHECKING:
    from semsearch.stores.base import Store
    from semsearch.types.models import FetchProgress

__all__ = ["ensure_index", "make_index"]


def ensure_index(
    store: Store,
    settings: Settings | None,
    *,
    exist_ok: bool,
    encoder: BiEncoder | None = None,
    offline: bool | None = None,
    wait: float = 10.0,
    fetch_progress: FetchProgress | None = None,
) -> BiEncoder | None:
    """Make the index of a store unless it is there; return the encoder of a new one, loaded."""
    if not store.exists:
        wanted = settings or Settings()
        return make_index(store.root, wanted, encoder, offline=offline, wait=wait, fetch_progress=fetch_progress)
    if not exist_ok:
        raise SemsearchError(f"there is an index at {store.root} already; open it, or choose another place")
    return None


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
