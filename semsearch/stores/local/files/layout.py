"""Every file of an index folder is named here."""

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
"""Version of the on-disk format; DESIGN of each is frozen as `indexes/format-N`."""

_GENERATION = re.compile(r"^(?:vectors-(\d+)\.f16|lexical-(\d+)|ann-(\d+)-\d+\.faiss|generation-(\d+)\.lock)$")


class Layout(NamedTuple):
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


def refuse_network(path: Path) -> None:
    """Raise for a folder on a network file system, where locks and mapped files cannot be trusted."""
    kind = network_file_system(path)
    if kind:
        raise SemsearchError(f"{path} is on a network file system ({kind}); keep the index on a local disk")
