"""Counts and freshness of an index, without opening its engines or loading numpy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from semsearch.api.arguments import checked
from semsearch.pipeline.scan import scan
from semsearch.reports import SourceInfo, Status, Unfinished
from semsearch.roles import Precision
from semsearch.settings import Settings
from semsearch.stores.local.catalog.generations import MOVE, PREVIOUS, kept
from semsearch.stores.local.catalog.schema import connect, get_meta
from semsearch.stores.local.catalog.sources import ADDED, Sources
from semsearch.stores.local.files.layout import Layout
from semsearch.types import Floor

__all__ = ["source_infos", "status"]

_PASSAGES = "SELECT count(*) FROM passages WHERE ordinal >= 0"


@checked()
def status(path: str | Path) -> Status:
    """Describe an index; files of its sources are looked at (sizes and dates), not read.

    Raises IndexNotFound, IndexIncompatible and IndexDamaged.
    """
    layout = Layout(Path(path))
    with closing(connect(layout, write=False)) as connection:
        connection.execute("BEGIN")
        meta = get_meta(connection)
        settings = Settings.from_dict(meta["settings"])
        infos = source_infos(layout, connection)
        changed = _changes(layout, connection, settings)
        present = all(info.present for info in infos)
        return Status(
            path=layout.root,
            index_id=meta["index_id"],
            format=meta["format"],
            model=settings.model,
            dim=meta["dim"],
            documents=_count(connection, "SELECT count(*) FROM documents"),
            passages=_count(connection, _PASSAGES),
            sources=tuple(infos),
            skipped=_count(connection, "SELECT count(*) FROM unread"),
            bytes=layout.size(),
            bytes_text=_count(connection, "SELECT coalesce(sum(length(data)), 0) FROM texts"),
            changed=changed,
            fresh=present and not any(changed.values()),
            last_indexed=meta.get("last_indexed", ""),
            search=_engine(meta),
            recall=ann.get("recall") if (ann := meta.get("ann") or {}).get("rows") else None,
            floor=Floor(**meta["floor"]) if meta.get("floor") else None,
            generation=meta["generation"],
            tombstones=_count(connection, "SELECT count(*) FROM tombstones"),
            settings=settings,
            move=_unfinished(connection, meta),
            rollback=back.model if (back := kept(meta, PREVIOUS)) is not None else "",
            precision=str(meta.get("precision") or Precision.FLOAT32),
        )


def _unfinished(connection: sqlite3.Connection, meta: dict[str, Any]) -> Unfinished | None:
    """Return how far a move to another model is."""
    one = kept(meta, MOVE)
    if one is None:
        return None
    query = (
        "SELECT count(*) FROM passages WHERE ordinal >= 0 AND hash IN "
        f"(SELECT hash FROM kept_rows WHERE generation = {one.generation})"
    )
    return Unfinished(one.model, _count(connection, query), _count(connection, _PASSAGES))


def source_infos(layout: Layout, connection: sqlite3.Connection) -> list[SourceInfo]:
    """Return every root with the number of its documents."""
    counts = dict(connection.execute("SELECT source, count(*) FROM documents GROUP BY source"))
    roots = Sources(layout, connection).roots
    return [SourceInfo(root, counts.get(number, 0), Path(root).exists()) for number, root in roots.items()]


def _changes(layout: Layout, connection: sqlite3.Connection, settings: Settings) -> dict[str, int]:
    """Count files that look new, changed or gone; a root that is not there says nothing."""
    changes = {"new": 0, "changed": 0, "removed": 0}
    roots = {number: Path(root) for number, root in Sources(layout, connection).roots.items()}
    own = Path(os.path.abspath(layout.root))  # noqa: PTH100
    for number, root in roots.items():
        if number == ADDED or not root.exists():
            continue
        inner = [other for n, other in roots.items() if n != number and root in other.parents]
        found = scan(connection, number, root, settings, (own, *inner))
        changes["new"] += sum(item.known is None and not item.young for item in found.work)
        changes["changed"] += sum(item.known is not None and not item.young for item in found.work)
        changes["removed"] += len(found.vanished)
    return changes


def _count(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _engine(meta: dict[str, Any]) -> str:
    stored = meta.get("ann")
    if not stored:
        return "exact"
    if not stored["rows"]:
        return f"exact; codes reach a recall of {stored['recall']:.3f} only, {stored['target']:g} is wanted"
    lists = f", {stored['probes']} lists a query" if stored.get("probes", 1) > 1 else ""
    return f"{stored['kind']} over {stored['rows']:,} rows{lists}, rescored exactly"
