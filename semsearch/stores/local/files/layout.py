"""The names of all files in an index folder."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from semsearch.disk import network_file_system
from semsearch.errors import SemsearchError

__all__ = ["FORMAT", "Layout", "refuse_network"]

FORMAT = 3
"""Version of the on-disk format; the tests keep an index of each as `indexes/format-N`."""

_GENERATION = re.compile(r"^(?:vectors-(\d+)\.f16|lexical-(\d+)|ann-(\d+)-\d+\.faiss|generation-(\d+)\.lock)$")


class Layout(NamedTuple):
    """File names of one index folder; `g` is the generation of the files that the catalogue refers to."""

    root: Path

    @property
    def catalog(self) -> Path:
        """The SQLite database: the only commit point."""
        return self.root / "catalog.sqlite"

    @property
    def is_index(self) -> bool:
        """Whether there is an index, or the remains of one whose catalogue is lost."""
        return self.catalog.is_file() or self.catalog_sum.is_file()

    @property
    def catalog_damaged(self) -> Path:
        """The damaged catalogue that a repair replaced, kept for inspection."""
        return self.root / "catalog.damaged"

    @property
    def catalog_sum(self) -> Path:
        """The seal: checksums of a cleanly closed catalogue, and a copy of values stored nowhere else."""
        return self.root / "catalog.sum"

    @property
    def lock(self) -> Path:
        """The lock file of the writer."""
        return self.root / "LOCK"

    @property
    def holder(self) -> Path:
        """The holder of the write lock, for the message to a waiting process."""
        return self.root / "LOCK.holder"

    def vectors(self, g: int) -> Path:
        """Return the append-only log of float16 unit vectors."""
        return self.root / f"vectors-{g}.f16"

    def lexical(self, g: int) -> Path:
        """Return the folder of the tantivy index."""
        return self.root / f"lexical-{g}"

    def ann(self, g: int, rows: int) -> Path:
        """Return the approximate index over the first `rows` rows."""
        return self.root / f"ann-{g}-{rows}.faiss"

    def generation_lock(self, g: int) -> Path:
        """Return the file on which readers of generation g hold a shared lock."""
        return self.root / f"generation-{g}.lock"

    def generations(self) -> dict[int, list[Path]]:
        """Return the files of every generation on disk."""
        found: dict[int, list[Path]] = {}
        for path in sorted(self.root.iterdir()):
            match = _GENERATION.match(path.name)
            if match:
                found.setdefault(int(next(g for g in match.groups() if g is not None)), []).append(path)
        return found

    def size(self) -> int:
        """Return the bytes of all files of the index."""
        total = 0
        for folder, _, names in os.walk(self.root):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(Path(folder) / name).st_size
        return total


def refuse_network(path: Path) -> None:
    """Raise SemsearchError for a network file system, where locks and memory mapping are unreliable."""
    kind = network_file_system(path)
    if kind:
        raise SemsearchError(f"{path} is on a network file system ({kind}); keep the index on a local disk")
