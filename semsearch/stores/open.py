"""Open and create stores: the choice of the implementation for an index."""

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
    """Return the store of the index at `root`, which need not exist; nothing is opened yet."""
    from semsearch.stores.local.store import LocalStore

    return LocalStore(root)


def is_index(root: Path) -> bool:
    """Return whether there is an index at `root`, or the remains of a damaged one."""
    return open_store(root).exists


def create_store(
    root: Path, *, settings: Settings, fingerprint: str, dim: int, wait: float, own: bool, precision: Precision
) -> Store:
    """Create an empty index at `root` if there is none; `own` marks one with the caller's own encoder.

    `precision` is that of its passages. Raises SemsearchError when the folder contains something else or cannot be
    created.
    """
    from semsearch.stores.local.create import create_index

    create_index(root, settings=settings, fingerprint=fingerprint, dim=dim, wait=wait, own=own, precision=precision)
    return open_store(root)


def unpack_store(file: Path, root: Path) -> Store:
    """Import the index at `root` from an exported file.

    Raises SemsearchError when the file is not an export or `root` is taken, IndexDamaged when it is incomplete.
    """
    from semsearch.stores.local.upkeep.export_import import import_index

    return open_store(import_index(file, root).root)


def no_store(root: Path) -> AbstractContextManager[Snapshot]:
    """Return a snapshot of an empty index at `root`, without creating one."""
    from semsearch.stores.local.store import empty_snapshot

    return empty_snapshot(root)


def place_of(root: Path) -> tuple[int, int, int] | None:
    """Return the identity of the index at `root` on disk: device, inode of its folder, inode of its catalogue.

    None if there is no folder; 0 for a missing catalogue.
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
    """Return a stamp of the index at `root`: device and inode of its folder and catalogue, which another index changes.

    It also covers changes that an open connection does not notice. Keeping the catalogue open to detect them is no
    option: closing it would drop SQLite's locks on it (POSIX advisory locks).
    """
    from semsearch.stores.local.catalog.schema import unnoticed
    from semsearch.stores.local.files.layout import Layout

    file = Layout(root).catalog
    try:
        folder, catalog = root.stat(), file.stat()
        return (folder.st_dev, folder.st_ino, catalog.st_dev, catalog.st_ino, *unnoticed(file))
    except OSError:
        return ()
