"""Checking and mending an index, also one that cannot be opened any more."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

from semsearch.api.arguments import checked
from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.reports import Diagnosis, ProblemInfo
from semsearch.roles import BiEncoder
from semsearch.settings import DEFAULT_MODEL
from semsearch.stores.local.catalog.schema import connect, get_meta
from semsearch.stores.local.files.layout import Layout
from semsearch.types import FetchProgress

__all__ = ["doctor"]


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
    from semsearch.stores.local.upkeep.checks import Part, check

    layout = Layout(Path(path))
    problems = check(layout)
    if not problems or not repair:
        return Diagnosis(tuple(ProblemInfo(p.part.value, p.detail, p.repaired) for p in problems), not problems)
    from semsearch.api.index import Index
    from semsearch.api.precision import as_stored
    from semsearch.api.trusted import trust
    from semsearch.corpus.passages import embedded_text
    from semsearch.stores.local.upkeep.repair import drop_damaged
    from semsearch.stores.local.upkeep.repair import repair as mend

    if all(p.part is Part.MOVE for p in problems):
        drop_damaged(layout, wait)
        left = check(layout)
        told = tuple(ProblemInfo(p.part.value, f"{p.detail}; dropped", p not in left) for p in problems)
        return Diagnosis(told + tuple(ProblemInfo(p.part.value, p.detail, False) for p in left), not left)
    meta = _meta(layout)
    chosen = as_stored(encoder or _encoder(layout, meta, offline, fetch_progress), meta, fetch_progress)
    outcome = mend(layout, problems, chosen, embedded_text, wait)
    trust(layout)  # its catalogue may be another file now
    if any(p.part in (Part.CATALOG, Part.DOCUMENT) for p in problems):
        with Index.open(layout.root, encoder=chosen, wait=wait) as index:
            index.index()
    after = check(layout)
    names = {p.detail for p in after}
    told = tuple(ProblemInfo(p.part.value, p.detail, p.detail not in names) for p in outcome)
    return Diagnosis(told + tuple(ProblemInfo(p.part.value, p.detail, False) for p in after), not after)


def _meta(layout: Layout) -> dict[str, Any]:
    """Return the facts of the index in the catalogue or, where that is damaged, in the seal."""
    from semsearch.stores.local.seal import read_seal

    sealed: dict[str, Any] = read_seal(layout).get("meta", {})
    try:
        with closing(connect(layout, write=False)) as connection:
            meta = get_meta(connection)
            return meta if isinstance(meta["settings"]["model"], str) else sealed
    except (IndexDamaged, KeyError, ValueError, TypeError):
        return sealed


def _encoder(layout: Layout, meta: dict[str, Any], offline: bool | None, progress: FetchProgress | None) -> BiEncoder:
    """Load the model of the index. Raises SemsearchError when it has other weights now."""
    from semsearch.models.load import load_encoder
    from semsearch.stores.local.seal import read_seal

    model = meta.get("settings", {}).get("model", DEFAULT_MODEL)
    encoder = load_encoder(model, offline=offline, progress=progress)
    sealed = read_seal(layout).get("meta", {}).get("fingerprint", encoder.fingerprint)
    if sealed != encoder.fingerprint:
        raise SemsearchError(f"{layout.root} holds vectors of another model than {model}; open it with its encoder")
    return encoder
