"""Every file of an index folder is named here, and written so that it survives a power cut."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from semsearch.errors import SemsearchError

__all__ = [
    "FORMAT",
    "Layout",
    "Step",
    "atomic_write",
    "network_file_system",
    "no_step",
    "renumbers_files",
    "sync_file",
    "sync_folder",
]

FORMAT = 3
"""Version of the on-disk format; DESIGN of each is frozen as `indexes/format-N`."""

Step: TypeAlias = Callable[[str], None]
"""Told each named step of a commit, so that a test can stop there."""

_GENERATION = re.compile(r"^(?:vectors-(\d+)\.f16|lexical-(\d+)|ann-(\d+)-\d+\.faiss|generation-(\d+)\.lock)$")
_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.rclone", "afs", "ceph", "davfs"})
_RENUMBERED = frozenset({"vfat", "msdos", "exfat"})


def no_step(name: str) -> None:
    """Ignore the step."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Names of the files of one index folder; `g` is the generation of the files that the catalogue points to."""

    root: Path

    @property
    def catalog(self) -> Path:
        """The SQLite database: the only commit point."""
        return self.root / "catalog.sqlite"

    @property
    def is_index(self) -> bool:
        """Whether there is an index, or what is left of one whose catalogue is lost."""
        return self.catalog.is_file() or self.catalog_sum.is_file()

    @property
    def catalog_damaged(self) -> Path:
        """What a repair found in the place of the catalogue, kept for who wants to look."""
        return self.root / "catalog.damaged"

    @property
    def catalog_sum(self) -> Path:
        """Checksums of a catalogue that was closed cleanly, and a copy of what cannot be read from anywhere else."""
        return self.root / "catalog.sum"

    @property
    def lock(self) -> Path:
        """Locked by the one writer."""
        return self.root / "LOCK"

    @property
    def holder(self) -> Path:
        """Who holds the writer's lock, for the message to the one who waits."""
        return self.root / "LOCK.holder"

    def vectors(self, g: int) -> Path:
        """Append-only log of float16 unit vectors."""
        return self.root / f"vectors-{g}.f16"

    def lexical(self, g: int) -> Path:
        """Folder of the tantivy index."""
        return self.root / f"lexical-{g}"

    def ann(self, g: int, rows: int) -> Path:
        """Approximate index over the first `rows` rows."""
        return self.root / f"ann-{g}-{rows}.faiss"

    def generation_lock(self, g: int) -> Path:
        """Readers of generation g hold a shared lock on it."""
        return self.root / f"generation-{g}.lock"

    def generations(self) -> dict[int, list[Path]]:
        """Everything on disk that belongs to a generation."""
        found: dict[int, list[Path]] = {}
        for path in sorted(self.root.iterdir()):
            match = _GENERATION.match(path.name)
            if match:
                found.setdefault(int(next(g for g in match.groups() if g is not None)), []).append(path)
        return found

    def size(self) -> int:
        """Bytes of all files of the index."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(Path(folder) / name).st_size
        return total


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
    """Whether inodes are given anew each time the file system of `path` is mounted, as on memory sticks."""
    return _file_system(path) in _RENUMBERED


def refuse_network(path: Path) -> None:
    """Raise for a folder on a network file system, where locks and mapped files cannot be trusted."""
    kind = network_file_system(path)
    if kind:
        raise SemsearchError(
            f"{path} is on a network file system ({kind}); keep the index on a local disk (--index PATH)"
        )
