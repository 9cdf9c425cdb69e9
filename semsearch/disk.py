"""Files that survive a power cut, and what the file system below them can be trusted with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "atomic_write",
    "network_file_system",
    "remove",
    "renumbers_files",
    "sync_file",
    "sync_folder",
]

_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "afs", "ceph", "davfs"})
_RENUMBERED = frozenset({"vfat", "msdos", "exfat"})


def sync_file(handle: BinaryIO) -> None:
    """Flush a file to the disk."""
    handle.flush()
    os.fsync(handle.fileno())


def sync_folder(path: Path) -> None:
    """Make created, renamed and removed names of a folder durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def atomic_write(path: Path) -> Iterator[BinaryIO]:
    """Write a file beside `path`, fsync it and rename it into place; nothing is left behind on an error."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as handle:
            yield handle
            sync_file(handle)
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Remove a file or a folder if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _file_system(path: Path) -> str | None:
    """Return the type of the file system that holds `path`, or None where the system does not tell (Linux does)."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return None
    target = path.resolve()
    best: tuple[int, str] = (-1, "")
    for line in mounts.read_text(errors="replace").splitlines():
        parts = line.split(" ")
        if len(parts) < 3:
            continue
        point = Path(parts[1].replace("\\040", " "))
        if target == point or point in target.parents:
            best = max(best, (len(point.parts), parts[2]))
    return best[1] or None


def network_file_system(path: Path) -> str | None:
    """Return the type of the network file system that holds `path`, or None (Linux; elsewhere always None)."""
    kind = _file_system(path)
    return kind if kind in _NETWORK else None


def renumbers_files(path: Path) -> bool:
    """Whether inodes are given again each time the file system of `path` is mounted, as on memory sticks."""
    return _file_system(path) in _RENUMBERED
