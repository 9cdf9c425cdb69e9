"""Stage the vectors of another model beside the serving state, committed batch by batch.

A batch is appended to the log of the new generation and fsynced, then recorded in the catalogue by the hashes of its
texts. After a crash the next run resumes from there; readers and writers of the serving state see nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import IndexBusy, IndexDamaged
from semsearch.stores.base import Inspect, Split
from semsearch.stores.local.catalog.generations import NEWEST, drop, log_rows, next_generation, put_rows, tables
from semsearch.stores.local.catalog.schema import get_meta, put_meta
from semsearch.stores.local.create import make_generation
from semsearch.stores.local.dense.vector_log import LogWriter, VectorLog, block_checksum
from semsearch.stores.local.files.disk_errors import storage_errors
from semsearch.stores.local.model_move.kept_vectors import LocalModelMoves
from semsearch.stores.local.model_move.switch import Switch
from semsearch.stores.local.upkeep.move_checks import kept_damage
from semsearch.stores.local.writer import Writer
from semsearch.stores.records import MOVE, Kept, MoveTarget
from semsearch.types.documents import EmbeddedText

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector

__all__ = ["LocalModelMoveWriter"]


class LocalModelMoveWriter(LocalModelMoves):
    """See `stores.base.ModelMoveWriter`; commits through the writer of the index."""

    def __init__(self, writer: Writer) -> None:
        """Use `writer` for commits."""
        super().__init__(writer.layout, writer.connection)
        self._writer = writer

    def begin(self, target: MoveTarget) -> tuple[Kept, str]:
        """Begin or resume the move to this model; return it, and the model of an unfinished move that it replaces."""
        meta = get_meta(self._connection)
        old = Kept.of(meta, MOVE)
        if old is not None and (old.fingerprint, old.dim) == (target.fingerprint, target.dim):
            return old, ""
        generation = next_generation(self._layout, meta)
        facts = {
            "generation": generation,
            "model": target.model,
            "fingerprint": target.fingerprint,
            "dim": target.dim,
            "own": target.own,
            "precision": str(target.precision),
        }
        with storage_errors(self._layout):
            make_generation(self._layout, generation)
        with self._writer.transaction():
            tables(self._connection)
            drop(self._connection, meta, MOVE)
            put_meta(self._connection, MOVE, facts)
            put_meta(self._connection, NEWEST, generation)
        self._writer.clean()
        begun = Kept.of({MOVE: facts}, MOVE)
        assert begun is not None
        return begun, old.model if old is not None else ""

    def give_up(self, key: str) -> str:
        """Drop an unfinished move, or the state before the last move; return its model, empty when there is none."""
        meta = get_meta(self._connection)
        if Kept.of(meta, key) is None:
            return ""
        with self._writer.transaction():
            old = drop(self._connection, meta, key)
        self._writer.clean()
        return old.model if old is not None else ""

    def forget_damaged(self, one: Kept) -> int:
        """Drop kept blocks that do not match their checksum, to be encoded again; return how many."""
        rows = log_rows(self._connection, one.generation)
        with storage_errors(self._layout):
            path = self._layout.vectors(one.generation)
            if not path.exists():
                make_generation(self._layout, one.generation)
            wanted = rows * one.dim * 2
            if path.stat().st_size < wanted:  # rows lost by truncation must not be reused
                with path.open("r+b") as handle:
                    handle.truncate(wanted)
        log = VectorLog(self._layout.vectors(one.generation), one.dim, rows)
        query = "SELECT start, stop, checksum FROM kept_blocks WHERE generation = ?"
        blocks = self._connection.execute(query, (one.generation,)).fetchall()
        bad = [(start, stop) for start, stop, known in blocks if block_checksum(log.bytes_of(start, stop)) != known]
        if bad:
            with self._writer.transaction():
                for start, stop in bad:
                    places = (one.generation, start, stop)
                    rows_of = "DELETE FROM kept_rows WHERE generation = ? AND row >= ? AND row < ?"
                    self._connection.execute(rows_of, places)
                    self._connection.execute("DELETE FROM kept_blocks WHERE generation = ? AND start = ?", places[:2])
        return len(bad)

    def stage(self, one: Kept, vectors: Mapping[bytes, Vector]) -> None:
        """Commit vectors of texts by their hashes. Raises StorageFull, and IndexBusy when another move has begun."""
        self._check_current(one)
        present = self.known(one, vectors)
        fresh = [digest for digest in vectors if digest not in present]
        if not fresh:
            return
        generation = one.generation
        with storage_errors(self._layout):
            rows = log_rows(self._connection, generation)
            with closing(LogWriter(self._layout.vectors(generation), one.dim, rows)) as log:
                start, stop, checksum = log.append(np.stack([np.asarray(vectors[d], dtype=np.float32) for d in fresh]))
                self._writer.step("move-log-written")
                log.sync()
        self._writer.step("move-log-synced")
        with self._writer.transaction():
            self._connection.execute("INSERT INTO kept_blocks VALUES (?, ?, ?, ?)", (generation, start, stop, checksum))
            put_rows(self._connection, ((generation, row, 0, digest, "") for row, digest in enumerate(fresh, start)))

    def check(self, one: Kept) -> None:
        """Check that the kept vectors are still in the catalogue and intact. Raises IndexBusy and IndexDamaged."""
        self._check_current(one)
        if bad := kept_damage(self._layout, self._connection, get_meta(self._connection), one.key):
            raise IndexDamaged(f"{bad}; `semsearch doctor --repair` drops it without touching the state in use")

    def _check_current(self, one: Kept) -> None:
        current = Kept.of(get_meta(self._connection), one.key)
        if current is None or current.generation != one.generation:
            raise IndexBusy(f"another process has begun or ended a move of {self._layout.root}; run the command again")

    def switch(
        self,
        one: Kept,
        *,
        split: Split,
        embedded_text: EmbeddedText,
        restored: Sequence[int] = (),
        tick: Callable[[], None] = lambda: None,
        inspect: Inspect | None = None,
    ) -> None:
        """Make the kept vectors the serving ones, in one commit. Raises StorageFull and IndexDamaged."""
        Switch(self._writer, one, split=split, embedded_text=embedded_text, restored=restored, tick=tick).run(inspect)
