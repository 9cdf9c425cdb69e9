"""Garbage collection: remove files that no committed state refers to."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from semsearch.disk import remove
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import GenerationLock

__all__ = ["remove_leftovers"]


def remove_leftovers(layout: Layout, generation: int, ann_rows: int | None = None, kept: Collection[int] = ()) -> None:
    """Remove files of other generations that nobody reads, of interrupted writes, and old ANN files.

    `ann_rows` are the rows of the catalogue's approximate index (0 for none), `kept` the generations that it keeps
    beside the serving one.
    """
    busy = []
    for other, paths in layout.generations().items():
        if other == generation or other in kept:
            continue
        lock: GenerationLock | None = None
        with suppress(FileNotFoundError):
            lock = GenerationLock(layout.generation_lock(other))
        if lock is not None and not lock.try_exclusive():
            lock.close()
            busy.append(other)
            continue
        # The lock file goes first, and is held meanwhile: a late reader finds it gone and takes a newer state.
        for path in sorted(paths, key=lambda p: p.suffix != ".lock"):
            remove(path)
        if lock is not None:
            lock.close()
    for path in layout.root.glob("*.tmp"):
        # A concurrent compaction may be writing its own.
        if not any(path.name.startswith(f"ann-{other}-") for other in busy):
            remove(path)
    for path in layout.root.glob(f"ann-{generation}-*.faiss"):
        if ann_rows is not None and path != layout.ann(generation, ann_rows):
            remove(path)
