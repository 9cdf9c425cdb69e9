"""The seal of a cleanly closed index: checksums of files that have none of their own, and a copy of the settings.

It is valid while its state number equals the catalogue's; a later commit makes it stale, never wrong.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from semsearch.disk import atomic_write
from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog.schema import get_meta, unpack_path
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.lexical.tantivy_index import ANALYSIS_FILE, segment_files

__all__ = ["file_digest", "read_seal", "seal"]

_LEXICAL_NAMES = ("meta.json", ".managed.json")
_FOOTER_BYTES = 512


def file_digest(path: Path) -> str:
    """Return the sha256 of a file, or an empty string if it does not exist."""
    try:
        with path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError:
        return ""


def lexical_digests(folder: Path) -> dict[str, str]:
    """Return the sha256 of lexical files that have no checksum of their own, and of the footers of the others."""
    names = (*_LEXICAL_NAMES, ANALYSIS_FILE) if (folder / ANALYSIS_FILE).exists() else _LEXICAL_NAMES
    digests = {name: file_digest(folder / name) for name in names}
    try:
        files = segment_files(folder)
    except IndexDamaged:
        return digests
    for path in files:
        with path.open("rb") as handle:
            handle.seek(max(0, path.stat().st_size - _FOOTER_BYTES))
            digests[path.name] = hashlib.sha256(handle.read()).hexdigest()
    return digests


def log_bytes(layout: Layout, meta: dict[str, Any]) -> int:
    """Return the size of the vector log, which always grows before the lexical index does; -1 if it is missing."""
    try:
        return layout.vectors(int(meta["generation"])).stat().st_size
    except OSError:
        return -1


def seal(layout: Layout, connection: sqlite3.Connection) -> None:
    """Checkpoint the write-ahead log and, if it is complete, write the seal."""
    connection.execute("PRAGMA busy_timeout=0")  # do not wait for readers: the next close seals
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        return
    meta = get_meta(connection)
    if read_seal(layout).get("state") == meta["state"]:
        return
    content = {
        "state": meta["state"],
        "catalog": file_digest(layout.catalog),
        "log_bytes": log_bytes(layout, meta),
        "lexical": lexical_digests(layout.lexical(int(meta["generation"]))),
        "meta": meta,
        "sources": [unpack_path(p) for (p,) in connection.execute("SELECT path FROM sources ORDER BY id")],
    }
    with atomic_write(layout.catalog_sum) as out:
        out.write(json.dumps(content, indent=1).encode("utf-8", "surrogateescape"))


def read_seal(layout: Layout) -> dict[str, Any]:
    """Return the seal, or an empty dict if it is missing or unreadable."""
    try:
        content = json.loads(layout.catalog_sum.read_bytes().decode("utf-8", "surrogateescape"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
