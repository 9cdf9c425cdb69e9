"""Create an empty index. The catalogue is written last, so a folder without one is not an index."""

from __future__ import annotations

import datetime
import uuid
from pathlib import Path

from semsearch.disk import remove, sync_folder
from semsearch.errors import SemsearchError
from semsearch.settings import Settings
from semsearch.stores.local.catalog import schema as catalog
from semsearch.stores.local.files.disk_errors import storage_errors
from semsearch.stores.local.files.layout import FORMAT, Layout, refuse_network
from semsearch.stores.local.files.lock import WriterLock
from semsearch.stores.local.lexical.tantivy_index import LexicalWriter
from semsearch.stores.local.seal import seal
from semsearch.stores.records import NAMES, NAMES_VERSION
from semsearch.types.models import Precision

__all__ = ["create_index", "make_generation"]


def create_index(
    path: Path,
    *,
    settings: Settings,
    fingerprint: str,
    dim: int,
    wait: float = 10.0,
    own: bool = False,
    precision: Precision = Precision.FLOAT32,
) -> Layout:
    """Create an empty index at `path` if there is none; `own` marks one with the caller's own encoder.

    `precision` is that of its passages. Raises SemsearchError when the folder contains something else or cannot be
    created.
    """
    layout = Layout(path)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SemsearchError(f"cannot create {path} ({error.strerror}); choose another place for the index") from None
    refuse_network(path)
    _refuse_foreign(layout)
    with storage_errors(layout), WriterLock(layout, wait):
        if layout.catalog.exists():
            return layout
        for paths in layout.generations().values():
            for leftover in paths:
                remove(leftover)
        make_generation(layout, 0)
        LexicalWriter(layout.lexical(0), create=True).close()
        meta = {
            "format": FORMAT,
            "index_id": uuid.uuid4().hex,
            "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "settings": settings.to_dict(),
            "fingerprint": fingerprint,
            "dim": dim,
            "generation": 0,
            "state": 0,
            "languages": {},
            NAMES: NAMES_VERSION,
            "own_encoder": own,
            "precision": str(precision),
        }
        catalog.create(layout, meta)
        sync_folder(path)
        connection = catalog.connect(layout, write=True)
        try:
            connection.execute("BEGIN IMMEDIATE")
            catalog.put_meta(connection, "crc", catalog.meta_crc(connection))
            connection.execute("COMMIT")
            seal(layout, connection)
        finally:
            connection.close()
    return layout


def make_generation(layout: Layout, generation: int) -> None:
    """Create the empty vector log and the lock file of a generation."""
    layout.vectors(generation).touch(mode=0o600)
    layout.generation_lock(generation).touch(mode=0o600)


def _refuse_foreign(layout: Layout) -> None:
    ours = {p.name for paths in layout.generations().values() for p in paths}
    ours |= {layout.lock.name, layout.holder.name, layout.catalog_sum.name, "catalog.sqlite.tmp"}
    if layout.catalog.exists():
        return
    if layout.is_index or layout.catalog_damaged.exists():
        raise SemsearchError(
            f"{layout.root} contains an index whose catalogue is lost; run `semsearch doctor --repair`, "
            "or delete the folder to start over"
        )
    foreign = [p.name for p in layout.root.iterdir() if p.name not in ours and not p.name.startswith("catalog.")]
    if foreign:
        raise SemsearchError(
            f"{layout.root} is not an index and not empty (it contains {sorted(foreign)[0]}); choose another folder"
        )
