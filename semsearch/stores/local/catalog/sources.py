"""The stored root folders of an index: relative paths where root and index can move together."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from semsearch.stores.local.catalog.schema import unpack_path
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.sources import Sources

__all__ = ["read_sources", "stored_root"]


def stored_root(layout: Layout, root: Path) -> str:
    """Return the stored form of a root: relative if it shares the project folder of the index, else absolute."""
    root = Path(os.path.abspath(root))  # noqa: PTH100  (resolve() would follow links)
    index = Path(os.path.abspath(layout.root))  # noqa: PTH100
    project = index.parent.parent if index.parent.name == "indexes" else index.parent
    if project != Path(project.anchor) and (root == project or project in root.parents):
        return os.path.relpath(root, index)
    return str(root)


def read_sources(layout: Layout, connection: sqlite3.Connection) -> Sources:
    """Read the roots of a state, as absolute paths."""
    base = os.path.abspath(layout.root)  # noqa: PTH100
    rows = connection.execute("SELECT id, path FROM sources ORDER BY id")
    return Sources({n: os.path.normpath(os.path.join(base, unpack_path(stored))) for n, stored in rows})  # noqa: PTH118
