"""Write a folder atomically, one process at a time."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from semsearch.errors import ModelUnavailable, StorageFull

__all__ = ["disk_errors", "locked", "staged"]


@contextmanager
def disk_errors(folder: Path, setting: str = "SEMSEARCH_CACHE") -> Iterator[None]:
    """Turn a full or unwritable disk under `folder` into StorageFull or ModelUnavailable; `setting` can move it."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"no space left for a model in {folder}: free some, or set {setting}") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST):
            raise ModelUnavailable(f"{folder} cannot be written: change its permissions, or set {setting}") from error
        raise


@contextmanager
def locked(target: Path, *, wait: bool = True, setting: str = "SEMSEARCH_CACHE") -> Iterator[bool]:
    """Hold the lock of a folder that is being built; another process that builds the same one waits.

    Yields whether the lock is held: False only without `wait`, when another process has it.
    """
    from filelock import FileLock, Timeout

    with disk_errors(target.parent, setting):
        target.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(target.parent / f"{target.name}.lock")
        try:
            lock.acquire(timeout=-1 if wait else 0)
        except Timeout:
            yield False
            return
    try:
        yield True
    finally:
        lock.release()


@contextmanager
def staged(target: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `target`, synced, when the block ends without an error.

    The caller holds the lock of `target`: unfinished folders of earlier processes are removed first.
    """
    prefix = f".{target.name}."
    for leftover in [path for path in target.parent.iterdir() if path.name.startswith(prefix) and path.is_dir()]:
        shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        yield folder
        for path in sorted(folder.rglob("*"), reverse=True):
            _sync(path)
        _sync(folder)
        _replace(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replace(folder: Path, target: Path) -> None:
    if target.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        target.rename(old / "old")
        folder.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    else:
        folder.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
