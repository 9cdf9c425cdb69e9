"""The index writer: batches are committed atomically, in an order that survives a crash at any point.

Order of a commit: append and fsync vectors; add and commit terms (add-only); commit the catalogue's transaction. Only
then do readers see the batch; what a crashed writer left in the log or the lexical index is never used.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semsearch.corpus.text.terms.analysis import term_language
from semsearch.errors import IndexDamaged, StorageFull
from semsearch.stores.commit_steps import Step, no_step
from semsearch.stores.local.catalog import edits
from semsearch.stores.local.catalog.batch import Batch
from semsearch.stores.local.catalog.generations import kept_generations
from semsearch.stores.local.catalog.schema import (
    PASSAGE,
    connect,
    get_meta,
    meta_crc,
    pack_path,
    put_meta,
    upgrade,
)
from semsearch.stores.local.catalog.sources import stored_root
from semsearch.stores.local.dense.ann import wanted_rows
from semsearch.stores.local.dense.ann_build import brought_up_to_date
from semsearch.stores.local.dense.sound_blocks import SoundBlocks
from semsearch.stores.local.dense.vector_log import LogWriter, VectorLog
from semsearch.stores.local.files.disk_errors import storage_errors
from semsearch.stores.local.files.garbage import remove_leftovers
from semsearch.stores.local.files.layout import Layout, refuse_network
from semsearch.stores.local.files.lock import WriterLock
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.lexical.tantivy_index import LexicalWriter
from semsearch.stores.local.seal import seal
from semsearch.stores.local.snapshot import LocalSnapshot
from semsearch.stores.local.view import View
from semsearch.stores.records import Record, Renamed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Embeddings, Ids, Vector

__all__ = ["Writer", "storage_errors"]


class Writer(Batch):
    """The writer of an index: collects a batch and commits it. Leaving the context drops uncommitted edits."""

    def __init__(self, layout: Layout, *, wait: float = 10.0, step: Step = no_step) -> None:
        """Take the lock (IndexBusy after `wait` seconds) and open the catalogue."""
        super().__init__()
        refuse_network(layout.root)
        self.layout = layout
        self.step = step
        self._lock = WriterLock(layout, wait)
        self.meta: dict[str, Any] = {}
        self.languages: dict[str, int] = {}
        self.sealing = True  # repeated writers seal only at their end, as sealing reads the whole catalogue
        self._lock.acquire()
        connection: sqlite3.Connection | None = None
        try:
            with storage_errors(layout):
                connection = self.connection = connect(layout, write=True)
                upgrade(connection)
                self._reload_meta()
            self._sound = SoundBlocks(self.connection, self._committed_log)
            self._log: LogWriter | None = None
            self._lexical: LexicalWriter | None = None
            self._map: VectorLog | None = None
            self._clear()
            self.clean()
        except BaseException:
            if connection is not None:
                connection.close()
            self._lock.release()
            raise

    def clean(self) -> None:
        """Remove files that no committed state refers to and nobody reads."""
        meta = get_meta(self.connection)
        rows = int((meta.get("ann") or {}).get("rows", 0))
        remove_leftovers(self.layout, self.generation, rows, kept_generations(meta))

    def _clear(self) -> None:
        self._edits.clear()
        self._needs_rows = False
        self._vectors: list[Vector | NDArray[np.float16]] = []
        self._texts: list[tuple[str, str]] = []  # not their terms, which take twenty times as much memory
        self.waiting = 0

    # Edits of a batch.

    def known_rows(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Return the log row of every embedded text that has an intact stored vector."""
        found: dict[bytes, int] = {}
        wanted = list(set(hashes))
        with storage_errors(self.layout):
            for first in range(0, len(wanted), 500):
                part = wanted[first : first + 500]
                query = f"SELECT hash, row FROM passages WHERE hash IN ({', '.join('?' * len(part))})"
                found.update(self.connection.execute(query, part))
        return {digest: row for digest, row in found.items() if self._sound.holds(row)}

    def put(
        self, record: Record | Renamed, embedded: Sequence[str], vectors: Mapping[int, Vector], reuse: Mapping[int, int]
    ) -> None:
        """Store or replace a document, or only its name and path.

        `embedded` are the exact texts of its passages as the encoder receives them. Every passage has a vector in
        `vectors` or a row in `reuse` that `known_rows` returned since the writer was opened.
        """
        self._edits.append(lambda first: self._put(first, record, embedded, vectors, reuse))
        self.waiting += max(1, len(record.spans))
        self._needs_rows = True

    def reencoded(self, passage: int, language: str, embedded: str, vector: Vector) -> None:
        """Move a passage whose row was damaged to a new row with this vector."""
        self._edits.append(lambda first: self._reencoded(first, passage, language, embedded, vector))
        self.waiting += 1
        self._needs_rows = True

    @property
    def snapshot(self) -> LocalSnapshot:
        """The last committed state."""
        return LocalSnapshot(self.layout, self.connection)

    @contextmanager
    def view(self) -> Iterator[View]:
        """Pin the last committed state for a search."""
        reader = Reader(self.layout)
        try:
            with reader.view() as view:
                yield view
        finally:
            reader.close()

    def document_vectors(self, documents: Sequence[int]) -> tuple[Ids, Embeddings]:
        """Return the committed passage vectors of documents: document numbers (n,), and vectors (n, dim)."""
        query = (
            "SELECT document, row FROM passages WHERE ordinal >= 0 AND document IN (SELECT value FROM json_each(?)) "
            "ORDER BY document"
        )
        rows = self.connection.execute(query, (json.dumps(list(documents)),)).fetchall()
        pairs = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], self._committed_log(self.log_rows()).take(pairs[:, 1])

    def meta_value(self, key: str) -> Any:
        """Return a committed index-wide value, or None."""
        return get_meta(self.connection).get(key)

    def add_source(self, root: Path) -> int:
        """Add a root, committed at once, and return its number; an existing root keeps its number."""
        stored = stored_root(self.layout, root)
        with self.transaction():
            for number, path in self.connection.execute("SELECT id, path FROM sources"):
                if path == pack_path(stored):
                    return int(number)
            return edits.add_source(self.connection, stored)

    # The commit.

    def commit(self) -> None:
        """Make the batch durable and visible. Raises StorageFull; then nothing of the batch is stored."""
        if not self._edits:
            return
        try:
            with storage_errors(self.layout):
                self.connection.execute("BEGIN IMMEDIATE")
                first = self._open_log().end if self._needs_rows else -1
                for edit in self._edits:
                    edit(first)
                self._write_rows()
                self._finish_transaction()
        except BaseException:
            self._abandon()
            raise
        self._clear()
        self.step("catalog-committed")

    def _put(
        self,
        first: int,
        record: Record | Renamed,
        embedded: Sequence[str],
        vectors: Mapping[int, Vector],
        reuse: Mapping[int, int],
    ) -> None:
        number, language, old = edits.put_document(self.connection, record)
        for i, (span, digest) in enumerate(zip(record.spans, record.hashes, strict=True)):
            kept = old[digest].pop() if old.get(digest) else None
            if kept is not None and language == record.language:
                edits.put_passage(self.connection, number, i, span, digest, kept.row, kept.id)
                continue
            if kept is not None:
                # The same text has other terms in another language: its vector moves to a new row.
                edits.delete_passages(self.connection, [(kept.id, kept.row)])
            row = first + len(self._vectors)
            self._vectors.append(vectors[i] if i in vectors else self._stored(reuse[i], first))
            self._add_text(embedded[i], record.language)
            edits.put_passage(self.connection, number, i, span, digest, row, kept.id if kept else None)
        edits.delete_passages(self.connection, ((p.id, p.row) for left in old.values() for p in left))

    def _reencoded(self, first: int, passage: int, language: str, embedded: str, vector: Vector) -> None:
        query = f"SELECT {', '.join(PASSAGE)} FROM passages WHERE id = ?"
        values = tuple(self.connection.execute(query, (passage,)).fetchone())
        edits.write_passage(self.connection, (*values[:-1], first + len(self._vectors)))
        self.connection.execute("INSERT OR IGNORE INTO tombstones VALUES (?)", (values[-1],))
        self._vectors.append(vector)
        self._add_text(embedded, language)

    def _add_text(self, embedded: str, language: str) -> None:
        known = term_language(language)
        self._texts.append((embedded, known))
        self.languages[known] = self.languages.get(known, 0) + 1

    def _stored(self, row: int, first: int) -> NDArray[np.float16]:
        """Return a stored vector."""
        if self._map is None or self._map.rows <= row:
            self._map = self._committed_log(first)
        vector: NDArray[np.float16] = self._map.raw(np.array([row]))[0]
        return vector

    def _write_rows(self) -> None:
        if not self._vectors:
            return
        log = self._open_log()
        rows: Embeddings = np.stack([np.asarray(v, dtype=np.float32) for v in self._vectors])
        first = log.end
        start, stop, checksum = log.append(rows)
        self.step("log-written")
        log.sync()
        self.step("log-synced")
        lexical = self._open_lexical()
        for row, (text, language) in enumerate(self._texts, first):
            lexical.add(row, text, language)
        lexical.commit()
        self.step("lexical-committed")
        self.connection.execute("INSERT INTO blocks VALUES (?, ?, ?)", (start, stop, checksum))

    def _finish_transaction(self) -> None:
        self.meta = get_meta(self.connection)
        put_meta(self.connection, "state", int(self.meta["state"]) + 1)
        put_meta(self.connection, "languages", self.languages)
        put_meta(self.connection, "crc", meta_crc(self.connection))
        self.step("catalog-written")
        self.connection.execute("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run and commit a transaction on the catalogue only."""
        with storage_errors(self.layout):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._finish_transaction()
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        self.step("catalog-committed")

    def shrink(self) -> None:
        """Free the catalogue's empty pages; its state does not change. Raises StorageFull.

        VACUUM (sqlite.org/lang_vacuum.html) is one transaction, keeps the rowids of all our tables, as these are their
        INTEGER PRIMARY KEYs, and does not block readers in WAL mode.
        """
        with storage_errors(self.layout):
            self.connection.execute("VACUUM")

    def _abandon(self) -> None:
        """Drop the batch: the next one starts at the physical end of the log, with a new lexical writer."""
        with suppress(sqlite3.Error):
            self.connection.execute("ROLLBACK")
            self.languages = dict(get_meta(self.connection)["languages"])
        self._clear()
        self.close_files()

    def _committed_log(self, rows: int) -> VectorLog:
        return VectorLog(self.layout.vectors(self.generation), self.dim, rows)

    def _open_log(self) -> LogWriter:
        if self._log is None:
            self._log = LogWriter(self.layout.vectors(self.generation), self.dim, self.log_rows())
        return self._log

    def _open_lexical(self) -> LexicalWriter:
        if self._lexical is None:
            self._lexical = LexicalWriter(self.layout.lexical(self.generation))
        return self._lexical

    def close_files(self) -> None:
        """Close log and lexical index; the next batch opens them again."""
        with suppress(StorageFull, IndexDamaged, OSError):
            if self._lexical is not None:
                self._lexical.close()
        with suppress(OSError):
            if self._log is not None:
                self._log.close()
        self._log = self._lexical = self._map = None
        self._sound = SoundBlocks(self.connection, self._committed_log)

    # After the last batch.

    def update_ann(self) -> bool:
        """Build or extend the approximate index if the log has outgrown it; return whether it changed."""
        meta = get_meta(self.connection)
        rows = self.log_rows()
        if not meta.get("ann") and not wanted_rows(rows, 0):
            return False
        with storage_errors(self.layout):
            log = self._committed_log(rows)
            facts = brought_up_to_date(self.layout, self.generation, log, meta, self.step)
        if facts == meta.get("ann"):
            return False
        self.set_meta("ann", facts)
        self.commit()
        # The old file stays for readers about to open it; the next writer removes it.
        return True

    @contextmanager
    def released(self) -> Iterator[sqlite3.Connection]:
        """Release the lock inside the context, which needs an empty batch; yield a snapshot of the state before.

        On leaving, wait for the lock without a timeout and reload what was committed meanwhile.
        """
        assert not self._edits
        self.close_files()
        snapshot = connect(self.layout, write=False)
        try:
            snapshot.execute("BEGIN")
            get_meta(snapshot)  # the snapshot begins with the first read
            self._lock.release()
            try:
                yield snapshot
            finally:
                self._lock.take_back()
                self._reload_meta()
        finally:
            snapshot.close()

    def _reload_meta(self) -> None:
        self.meta = get_meta(self.connection)
        self.generation = int(self.meta["generation"])
        self.dim = int(self.meta["dim"])
        self.languages = dict(self.meta["languages"])

    def log_rows(self) -> int:
        """Return the number of log rows in the catalogue, dead ones included."""
        (rows,) = self.connection.execute("SELECT coalesce(max(stop), 0) FROM blocks").fetchone()
        return int(rows)

    def close(self) -> None:
        """Drop uncommitted edits, checkpoint the write-ahead log and release the lock."""
        try:
            self.close_files()
            with suppress(sqlite3.Error, OSError):
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                if self.sealing:
                    seal(self.layout, self.connection)
            self.connection.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Self:
        """Return the writer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the writer, dropping uncommitted edits."""
        self.close()
