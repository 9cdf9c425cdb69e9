"""The local store: a folder with a catalogue, a vector log and the indexes derived from them."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.errors import IndexClosed, IndexNotFound
from semsearch.stores.commit_steps import Step, no_step
from semsearch.stores.local.catalog.schema import SCHEMA, connect, get_meta
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.snapshot import LocalSnapshot

if TYPE_CHECKING:
    from semsearch.stores.local.index_reader import Reader
    from semsearch.stores.local.index_writer import IndexWriter
    from semsearch.stores.local.view import View
    from semsearch.stores.records import Problem
    from semsearch.types.documents import EmbeddedText
    from semsearch.types.models import BiEncoder

__all__ = ["LocalStore", "empty_snapshot"]


class LocalStore:
    """See `stores.base.Store`. The engines are imported by the first view and the first writer."""

    def __init__(self, root: Path) -> None:
        """Open nothing yet."""
        self.layout = Layout(root)
        self._guard = threading.Lock()
        self._reader: Reader | None = None
        self._closed = False

    @property
    def root(self) -> Path:
        """The folder of the index."""
        return self.layout.root

    @property
    def exists(self) -> bool:
        """Whether there is an index, or the remains of one whose catalogue is lost."""
        return self.layout.is_index

    @contextmanager
    def snapshot(self, *, pinned: bool = True) -> Iterator[LocalSnapshot]:
        """Open the newest committed state; unpinned, every read sees the newest one."""
        with closing(connect(self.layout, write=False)) as connection:
            if pinned:
                connection.execute("BEGIN")
                get_meta(connection)  # the snapshot begins with the first read
            yield LocalSnapshot(self.layout, connection)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Pin the newest committed state for searches."""
        from semsearch.stores.local.index_reader import Reader

        with self._guard:
            if self._closed:
                raise IndexClosed(f"this index object was closed; open {self.root} again")
            if self._reader is None:
                self._reader = Reader(self.layout)
            reader = self._reader
        with reader.view() as view:
            yield view

    def writer(self, *, wait: float = 10.0, step: Step = no_step) -> IndexWriter:
        """Open the writer."""
        from semsearch.stores.local.index_writer import IndexWriter

        if not self.exists:
            raise IndexNotFound(f"no index at {self.root}; make one with `semsearch index PATH`")
        return IndexWriter(self.layout, wait=wait, step=step)

    def export(self, file: Path, *, wait: float) -> int:
        """Export the whole index to one file and return its size in bytes."""
        from semsearch.stores.local.upkeep.export_import import export_index

        return export_index(self.layout, file, wait=wait)

    def check(self) -> list[Problem]:
        """Verify every part against its checksums."""
        from semsearch.stores.local.upkeep.checks import check

        return check(self.layout)

    def repair(
        self, problems: Sequence[Problem], encoder: BiEncoder, embedded_text: EmbeddedText, wait: float
    ) -> list[Problem]:
        """Repair what `check` found; return the problems, each marked as repaired or not."""
        from semsearch.stores.local.upkeep.repair import repair

        return repair(self.layout, problems, encoder, embedded_text, wait)

    def drop_damaged(self, wait: float) -> None:
        """Drop damaged data kept for another model; the serving state is not touched."""
        from semsearch.stores.local.upkeep.repair import drop_damaged

        drop_damaged(self.layout, wait)

    def sealed_meta(self) -> dict[str, Any]:
        """Return `meta` as of the last writer's close; empty when unknown."""
        from semsearch.stores.local.seal import read_seal

        meta: dict[str, Any] = read_seal(self.layout).get("meta", {})
        return meta

    def close(self) -> None:
        """Close files; running views finish, new ones raise IndexClosed."""
        with self._guard:
            self._closed = True
            reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()


@contextmanager
def empty_snapshot(root: Path) -> Iterator[LocalSnapshot]:
    """Return a snapshot of an empty index at `root`, without creating one."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(SCHEMA)
        yield LocalSnapshot(Layout(root), connection)
