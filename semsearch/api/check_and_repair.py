"""Checking and mending an index, also one that cannot be opened any more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.arguments import checked
from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.settings import DEFAULT_MODEL
from semsearch.stores.base import Store
from semsearch.stores.open import open_store
from semsearch.stores.records import Part
from semsearch.types.models import BiEncoder, FetchProgress
from semsearch.types.reports import Diagnosis, ProblemInfo

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex

__all__ = ["doctor", "examine_open"]


@checked()
def doctor(
    path: str | Path,
    *,
    repair: bool = False,
    encoder: BiEncoder | None = None,
    offline: bool | None = None,
    wait: float = 10.0,
    fetch_progress: FetchProgress | None = None,
) -> Diagnosis:
    """Compare every part of an index with its checksums; with `repair`, mend what can be mended.

    Derived parts are rebuilt, vectors of damaged blocks encoded again. Where documents are lost, all sources are read
    as by `index`; a document that the caller added and that is lost is named. Raises IndexNotFound, IndexIncompatible,
    IndexBusy, ModelUnavailable, and IndexDamaged when not even the settings are left.
    """

    def read_again(chosen: BiEncoder) -> None:
        from semsearch.api.indexing import index_paths
        from semsearch.api.open_index import OpenIndex

        with closing(OpenIndex(open_store(Path(path)), encoder=chosen, wait=wait)) as opened:
            index_paths(opened, ())

    store = open_store(Path(path))
    return examine(store, read_again, repair, encoder, offline=offline, wait=wait, fetch_progress=fetch_progress)


def examine(
    store: Store,
    read_again: Callable[[BiEncoder], object],
    repair: bool,
    encoder: BiEncoder | None,
    *,
    offline: bool | None,
    wait: float,
    fetch_progress: FetchProgress | None,
) -> Diagnosis:
    """Check an index and mend it; `read_again` reads all its sources where documents are lost."""
    problems = store.check()
    if not problems or not repair:
        return Diagnosis(tuple(ProblemInfo(p.part.value, p.detail, p.repaired) for p in problems), not problems)
    from semsearch.api.precision import as_stored
    from semsearch.api.trust import trust
    from semsearch.corpus.split.passages import embedded_text

    if all(p.part is Part.MOVE for p in problems):
        store.drop_damaged(wait)
        left = store.check()
        reported = tuple(ProblemInfo(p.part.value, f"{p.detail}; dropped", p not in left) for p in problems)
        return Diagnosis(reported + tuple(ProblemInfo(p.part.value, p.detail, False) for p in left), not left)
    meta = _meta(store)
    chosen = as_stored(encoder or _encoder(store, meta, offline, fetch_progress), meta, fetch_progress)
    outcome = store.repair(problems, chosen, embedded_text, wait)
    trust(store.root)  # its catalogue may be another file now
    if any(p.part in (Part.CATALOG, Part.DOCUMENT) for p in problems):
        read_again(chosen)
    after = store.check()
    names = {p.detail for p in after}
    reported = tuple(ProblemInfo(p.part.value, p.detail, p.detail not in names) for p in outcome)
    return Diagnosis(reported + tuple(ProblemInfo(p.part.value, p.detail, False) for p in after), not after)


def examine_open(opened: OpenIndex, read_again: Callable[[BiEncoder], object], repair: bool) -> Diagnosis:
    """Check and mend an index that is open."""
    return examine(
        opened.store,
        read_again,
        repair,
        opened.own_encoder,
        offline=opened.offline,
        wait=opened.wait,
        fetch_progress=opened.fetch_progress,
    )


def _meta(store: Store) -> dict[str, Any]:
    """Return the facts of the index in the catalogue or, where that is damaged, in the seal."""
    sealed = store.sealed_meta()
    try:
        with store.snapshot() as state:
            meta = state.meta
            return meta if isinstance(meta["settings"]["model"], str) else sealed
    except (IndexDamaged, KeyError, ValueError, TypeError):
        return sealed


def _encoder(store: Store, meta: dict[str, Any], offline: bool | None, progress: FetchProgress | None) -> BiEncoder:
    """Load the model of the index. Raises SemsearchError when it has other weights now."""
    from semsearch.models.encoder.load import load_encoder

    model = meta.get("settings", {}).get("model", DEFAULT_MODEL)
    encoder = load_encoder(model, offline=offline, progress=progress)
    sealed = store.sealed_meta().get("fingerprint", encoder.fingerprint)
    if sealed != encoder.fingerprint:
        raise SemsearchError(f"{store.root} holds vectors of another model than {model}; open it with its encoder")
    return encoder
