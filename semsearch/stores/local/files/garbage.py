"""Removing what no committed state names: files of other generations, of writes cut short, and old ann files."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from semsearch.disk import remove
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import GenerationLock

__all__ = ["remove_leftovers"]


def remove_leftovers(layout: Layout, generation: int, ann_rows: int | None = None, kept: Collection[int] = ()) -> None:
    """Remove files of other generations that nobody reads, of writes that were cut short, and old ann files.

    `ann_rows` are the rows of the approximate index that the catalogue names (0 for none), `kept` the generations that
    it names beside the serving one.
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
        # The lock goes first, and is held meanwhile: a reader that comes late finds it gone, and takes a newer state.
        for path in sorted(paths, key=lambda p: p.suffix != ".lock"):
            remove(path)
        if lock is not None:
            lock.close()
    for path in layout.root.glob("*.tmp"):
        # A compaction that goes on beside us is writing its own.
        if not any(path.name.startswith(f"ann-{other}-") for other in busy):
            remove(path)
    for path in layout.root.glob(f"ann-{generation}-*.faiss"):
        if ann_rows is not None and path != layout.ann(generation, ann_rows):
            remove(path)
