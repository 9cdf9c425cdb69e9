"""Counts and freshness of an index, without opening its engines or loading numpy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from semsearch.api.arguments import checked
from semsearch.indexing.scan.scan import scan
from semsearch.settings import Settings
from semsearch.stores.base import Snapshot, Store
from semsearch.stores.open import open_store
from semsearch.stores.records import ADDED, MOVE, PREVIOUS, Kept
from semsearch.types.models import Precision
from semsearch.types.reports import SourceInfo, Status, Unfinished
from semsearch.types.search import Floor

__all__ = ["source_infos", "status", "status_of"]


@checked()
def status(path: str | Path) -> Status:
    """Describe an index; files of its sources are looked at (sizes and dates), not read.

    Raises IndexNotFound, IndexIncompatible and IndexDamaged.
    """
    return status_of(open_store(Path(path)))


def status_of(store: Store) -> Status:
    """Describe an index that is open."""
    with store.snapshot() as state:
        meta, sizes = state.meta, state.sizes()
        settings = Settings.from_dict(meta["settings"])
        infos = source_infos(state)
        changed = _changes(state, settings)
        present = all(info.present for info in infos)
        return Status(
            path=state.root,
            index_id=meta["index_id"],
            format=meta["format"],
            model=settings.model,
            dim=meta["dim"],
            documents=sizes.documents,
            passages=sizes.passages,
            sources=tuple(infos),
            skipped=sizes.unread,
            bytes=sizes.bytes,
            bytes_text=sizes.text_bytes,
            changed=changed,
            fresh=present and not any(changed.values()),
            last_indexed=meta.get("last_indexed", ""),
            search=_engine(meta),
            recall=ann.get("recall") if (ann := meta.get("ann") or {}).get("rows") else None,
            floor=Floor(**meta["floor"]) if meta.get("floor") else None,
            generation=meta["generation"],
            tombstones=sizes.dead_rows,
            settings=settings,
            move=_unfinished(state, meta),
            rollback=back.model if (back := Kept.of(meta, PREVIOUS)) is not None else "",
            precision=str(meta.get("precision") or Precision.FLOAT32),
        )


def _unfinished(state: Snapshot, meta: dict[str, Any]) -> Unfinished | None:
    """Return how far a move to another model is."""
    one = Kept.of(meta, MOVE)
    if one is None:
        return None
    passages, done = state.moves.counts(one)
    return Unfinished(one.model, done, passages)


def source_infos(state: Snapshot) -> list[SourceInfo]:
    """Return every root with the number of its documents."""
    counts = state.documents.count()
    roots = state.sources.roots.items()
    return [SourceInfo(root, counts.get(number, 0), Path(root).exists()) for number, root in roots]


def _changes(state: Snapshot, settings: Settings) -> dict[str, int]:
    """Count files that look new, changed or gone; a root that is not there says nothing."""
    changes = {"new": 0, "changed": 0, "removed": 0}
    roots = {number: Path(root) for number, root in state.sources.roots.items()}
    own = Path(os.path.abspath(state.root))  # noqa: PTH100
    for number, root in roots.items():
        if number == ADDED or not root.exists():
            continue
        inner = [other for n, other in roots.items() if n != number and root in other.parents]
        found = scan(state.documents, number, root, settings, (own, *inner))
        changes["new"] += sum(item.known is None and not item.young for item in found.work)
        changes["changed"] += sum(item.known is not None and not item.young for item in found.work)
        changes["removed"] += len(found.vanished)
    return changes


def _engine(meta: dict[str, Any]) -> str:
    stored = meta.get("ann")
    if not stored:
        return "exact"
    if not stored["rows"]:
        return f"exact; codes reach a recall of {stored['recall']:.3f} only, {stored['target']:g} is wanted"
    lists = f", {stored['probes']} lists a query" if stored.get("probes", 1) > 1 else ""
    return f"{stored['kind']} over {stored['rows']:,} rows{lists}, rescored exactly"
