"""The door to the stores: which one keeps an index is decided here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from semsearch.settings import Settings
    from semsearch.stores.base import Snapshot, Store
    from semsearch.types.models import Precision

__all__ = ["create_store", "is_index", "no_store", "open_store", "place_of", "stamp", "unpack_store"]


def open_store(root: Path) -> Store:
    """Return the store of the index at `root`, which need not be there; nothing is opened yet."""
    from semsearch.stores.local.store import LocalStore

    return LocalStore(root)


def is_index(root: Path) -> bool:
    """Whether there is an index at `root`, or what is left of a damaged one."""
    return open_store(root).exists


def create_store(
    root: Path, *, settings: Settings, fingerprint: str, dim: int, wait: float, own: bool, precision: Precision
) -> Store:
    """Make an empty index at `root`, unless there is one; `own` marks one made with the caller's encoder.

    `precision` is what its passages will be encoded in. Raises SemsearchError when the folder holds something else, or
    cannot be made.
    """
    from semsearch.stores.local.create import create_index

    create_index(root, settings=settings, fingerprint=fingerprint, dim=dim, wait=wait, own=own, precision=precision)
    return open_store(root)


def unpack_store(file: Path, root: Path) -> Store:
    """Make the index at `root` from an exported file.

    Raises SemsearchError when the file is none of ours or the place is taken, IndexDamaged when it is not whole.
    """
    from semsearch.stores.local.upkeep.export_import import import_index

    return open_store(import_index(file, root).root)


def no_store(root: Path) -> AbstractContextManager[Snapshot]:
    """Look at what an index at `root` would be before anything is in it."""
    from semsearch.stores.local.store import empty_snapshot

    return empty_snapshot(root)


def place_of(root: Path) -> tuple[int, int, int] | None:
    """Return what the file system knows the index at `root` by: device, inode of its folder, inode of its catalogue.

    None where there is no folder; 0 for a catalogue that is lost.
    """
    from semsearch.stores.local.files.layout import Layout

    try:
        folder = root.stat()
    except OSError:
        return None
    try:
        return folder.st_dev, folder.st_ino, Layout(root).catalog.stat().st_ino
    except OSError:
        return folder.st_dev, folder.st_ino, 0


def stamp(root: Path) -> tuple[int, ...]:
    """Return which folder the index at `root` is, and which file its catalogue: others mean another index.

    Also what an open index does not notice by itself. The catalogue itself cannot be kept open to tell: closing it
    would end SQLite's locks on it (POSIX advisory locks).
    """
    from semsearch.stores.local.catalog.schema import unnoticed
    from semsearch.stores.local.files.layout import Layout

    file = Layout(root).catalog
    try:
        folder, catalog = root.stat(), file.stat()
        return (folder.st_dev, folder.st_ino, catalog.st_dev, catalog.st_ino, *unnoticed(file))
    except OSError:
        return ()
