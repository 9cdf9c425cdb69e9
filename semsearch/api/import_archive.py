"""A whole index from one file."""

from __future__ import annotations

from pathlib import Path

from semsearch.api.arguments import checked
from semsearch.api.index import Index
from semsearch.api.trust import trust
from semsearch.stores.open import unpack_store

__all__ = ["import_index"]


@checked()
def import_index(file: str | Path, path: str | Path) -> Index:
    """Make the index at `path` from an exported file and open it.

    Raises SemsearchError when the file is none of ours or the place is taken, IndexDamaged when it is not whole.
    """

    root = unpack_store(Path(file), Path(path)).root
    trust(root)
    return Index.open(root)
