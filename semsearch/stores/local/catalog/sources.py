"""Where the documents of an index come from: roots stored relative to the index where both move together."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from unicodedata import normalize

from semsearch.stores.local.catalog.schema import pack_path, unpack_path
from semsearch.stores.local.files.layout import Layout

__all__ = ["ADDED", "Sources", "stored_root"]

ADDED = 0
"""The source number of documents that the caller added."""


def stored_root(layout: Layout, root: Path) -> str:
    """Return how a root is stored: relative when it shares the project folder of the index, else absolute."""
    root = Path(os.path.abspath(root))  # noqa: PTH100  (resolve() would follow links)
    index = Path(os.path.abspath(layout.root))  # noqa: PTH100
    project = index.parent.parent if index.parent.name == "indexes" else index.parent
    if project != Path(project.anchor) and (root == project or project in root.parents):
        return os.path.relpath(root, index)
    return str(root)


class Sources:
    """The roots of one snapshot, as absolute paths, and the way from a path to (source, path below it)."""

    def __init__(self, layout: Layout, connection: sqlite3.Connection) -> None:
        """Read them from the catalogue."""
        base = os.path.abspath(layout.root)  # noqa: PTH100
        self.roots: dict[int, str] = {}
        for number, stored in connection.execute("SELECT id, path FROM sources ORDER BY id"):
            self.roots[number] = os.path.normpath(os.path.join(base, unpack_path(stored)))  # noqa: PTH118

    def absolute(self, source: int, path: str) -> str:
        """Return the absolute path of a document, or the caller's own id for added ones."""
        if source == ADDED:
            return path
        root = self.roots[source]
        if path.startswith("/"):  # inside a root that is a file
            return f"{root}!{path}"
        return f"{root.rstrip('/')}/{path}" if path else root

    def split(self, path: str) -> list[tuple[int, str]]:
        """Return every (source, path below it) that a document id may mean, the longest root first.

        As it is written first, then in the other forms of Unicode: what is typed is composed, and files that came from
        macOS have decomposed names.
        """
        forms = (path,) if path.isascii() else (path, normalize("NFC", path), normalize("NFD", path))
        return list(dict.fromkeys(place for form in dict.fromkeys(forms) for place in self._split(form)))

    def _split(self, path: str) -> list[tuple[int, str]]:
        found = [(ADDED, path)]
        for number, root in sorted(self.roots.items(), key=lambda item: -len(item[1])):
            if path == root:
                found.append((number, ""))
            elif path.startswith(root.rstrip("/") + "/"):
                found.append((number, path[len(root.rstrip("/")) + 1 :]))
            elif path.startswith(root + "!/"):
                found.append((number, path[len(root) + 1 :]))
        return found

    def document_number(self, connection: sqlite3.Connection, document_id: str) -> int | None:
        """Return the catalogue's number of a document, or None."""
        for source, path in self.split(document_id):
            query = "SELECT id FROM documents WHERE source = ? AND path = ?"
            row = connection.execute(query, (source, pack_path(path))).fetchone()
            if row:
                return int(row[0])
        return None
