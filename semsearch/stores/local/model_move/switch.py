"""Switch to the vectors of another model: assign rows to passages, write terms, then commit the catalogue once.

The old serving state is kept beside the new one, so that the same switch can roll back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.corpus.text.terms.analysis import term_language
from semsearch.disk import remove, sync_folder
from semsearch.errors import IndexDamaged
from semsearch.stores.base import Inspect, Split
from semsearch.stores.local.catalog import edits
from semsearch.stores.local.catalog.generations import (
    NEWEST,
    drop,
    forget_rows,
    log_rows,
    put_rows,
    tables,
)
from semsearch.stores.local.catalog.schema import PASSAGE, crc, get_meta, put_meta
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.dense.ann import wanted_rows
from semsearch.stores.local.dense.ann_build import build_ann, wanted_recall
from semsearch.stores.local.dense.vector_log import LogWriter, VectorLog
from semsearch.stores.local.lexical.tantivy_index import LexicalWriter
from semsearch.stores.local.model_move.rows import Rows
from semsearch.stores.local.state import PinnedState, live_rows
from semsearch.stores.local.view import View
from semsearch.stores.local.writer import Writer, storage_errors
from semsearch.stores.records import MOVE, PREVIOUS, Kept, Stored
from semsearch.types.documents import Anchor, AnchorKind, EmbeddedText, Span

if TYPE_CHECKING:
    pass

__all__ = ["Switch"]

_PART = 4096
_COLUMNS = ", ".join(f"p.{name}" for name in PASSAGE)
_COMING = """
CREATE TEMP TABLE coming(
  id INTEGER PRIMARY KEY, document INTEGER, ordinal INTEGER, start INTEGER, stop INTEGER,
  anchor TEXT, anchor_start INTEGER, anchor_stop INTEGER, heading TEXT, hash BLOB, row INTEGER, terms INTEGER)
"""


class Switch:
    """One switch, under the write lock; every live text has a vector in the kept log or is `restored`."""

    def __init__(
        self,
        writer: Writer,
        one: Kept,
        *,
        split: Split,
        embedded_text: EmbeddedText,
        restored: Sequence[int] = (),
        tick: Callable[[], None] = lambda: None,
    ) -> None:
        """`restored` are documents that get their kept passages back; `tick` may raise to cancel before the commit."""
        self.writer, self.kept = writer, one
        self.connection, self.layout = writer.connection, writer.layout
        self._split, self._embedded_text = split, embedded_text
        self._restored, self._step, self._tick = frozenset(restored), writer.step, tick
        self._fresh = one.key == MOVE
        """Whether to rebuild the lexical index; on a rollback the old one is only updated."""
        self._changed: set[int] = set()
        """Documents whose passages change."""
        self.parents: dict[int, int] = {}
        self.passages = 0

    def run(self, inspect: Inspect | None = None) -> None:
        """Switch. Raises StorageFull and IndexDamaged; then the old state stays in use."""
        with storage_errors(self.layout):
            with closing(LogWriter(self.layout.vectors(self.kept.generation), self.kept.dim, self._rows())) as log:
                self._plan(log.end)
                blocks = self._copy(log)
            self._step("move-rows-written")
            self._write_terms()
            self._step("move-lexical-written")
            ann = self._build_ann(blocks)
            sync_folder(self.layout.root)
            self._step("move-synced")
            self._commit(blocks, ann, inspect)
        self._step("move-switched")
        self.writer.clean()
        self._step("move-cleaned")

    def _rows(self) -> int:
        return log_rows(self.connection, self.kept.generation)

    # The new passages, and their rows.

    def _plan(self, end: int) -> None:
        self.connection.execute("DROP TABLE IF EXISTS temp.coming")
        self.connection.execute(_COMING)
        (newest,) = self.connection.execute(
            "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'passages'"
        ).fetchone()
        self._next = int(newest) + 1
        self._choice = Rows(self.connection, self.kept.generation, self._rows(), end, any_language=self._fresh)
        documents = self.connection.execute("SELECT id, title, language FROM documents ORDER BY id").fetchall()
        self.connection.execute("BEGIN")
        try:
            for number, title, language in documents:
                self._plan_document(number, title, term_language(language))
                self._tick()
        finally:
            self.connection.execute("COMMIT")

    def _plan_document(self, number: int, title: str, language: str) -> None:
        if number in self._restored:
            self._changed.add(number)
            found = self._kept_passages(number)
        else:
            found = self._parts(self._passages(number, "ordinal >= 0"), title)
        for ordinal, values in enumerate(found):
            self._add(values, ordinal, language)
        for values in self._passages(number, "ordinal < 0"):
            self._add(values[:-1], edits.NAME, language)  # the current name record, not that of when passages were kept

    def _passages(self, number: int, which: str) -> list[tuple[Any, ...]]:
        query = f"SELECT {_COLUMNS} FROM passages p WHERE p.document = ? AND p.{which} ORDER BY p.ordinal"
        return self.connection.execute(query, (number,)).fetchall()

    def _kept_passages(self, number: int) -> Iterator[tuple[Any, ...]]:
        columns = ", ".join(PASSAGE[:-1])
        query = (
            f"SELECT {columns} FROM kept_passages WHERE generation = ? AND document = ? AND ordinal >= 0 "
            "ORDER BY ordinal"
        )
        yield from self.connection.execute(query, (self.kept.generation, number)).fetchall()

    def _parts(self, passages: Sequence[tuple[Any, ...]], title: str) -> Iterator[tuple[Any, ...]]:
        for values in passages:
            if self._choice.has(values[9]):
                yield values[:-1]
                continue
            number, document, _, start, stop, kind, first, last, heading, old_digest, _ = values
            span = Span(start, stop, Anchor(AnchorKind(kind), first, last), tuple(json.loads(heading)))
            text = read_span(self.connection, document, start, stop)
            stored = Stored(number, document, span, old_digest, title, text)
            self._changed.add(document)
            for part, digest in self._split(stored):
                new, self._next = self._next, self._next + 1
                self.parents[new] = number
                anchor = part.anchor
                path = json.dumps(list(part.heading), ensure_ascii=False)
                yield (
                    new, document, 0, part.start, part.stop, anchor.kind.value, anchor.start, anchor.stop, path, digest,
                )  # fmt: skip

    def _add(self, values: tuple[Any, ...], ordinal: int, language: str) -> None:
        number, document, _, *rest = values
        row, new = self._choice.take(rest[-1], number, language)
        terms = new or self._fresh
        marks = ", ".join("?" * (len(PASSAGE) + 1))
        self.connection.execute(f"INSERT INTO coming VALUES ({marks})", (number, document, ordinal, *rest, row, terms))
        self.passages += 1

    # Files.

    def _copy(self, log: LogWriter) -> list[tuple[int, int, bytes]]:
        """Append a row for every passage that shares its text with another or needs other terms than its row has."""
        source = VectorLog(self.layout.vectors(self.kept.generation), self.kept.dim, self._rows())
        wanted = np.array(self._choice.copies, dtype=np.int64)
        blocks = [log.append(source.take(wanted[at : at + _PART])) for at in range(0, len(wanted), _PART)]
        log.sync()
        return blocks

    def _write_terms(self) -> None:
        folder = self.layout.lexical(self.kept.generation)
        if self._fresh:
            remove(folder)
        facts = {} if self._fresh else self.kept.facts.get("languages") or {}
        self._languages: dict[str, int] = {str(k): int(v) for k, v in facts.items()}
        lexical = LexicalWriter(folder, create=self._fresh)
        try:
            for row, language, text in self._texts():
                known = term_language(language)
                lexical.add(row, text, known)
                self._languages[known] = self._languages.get(known, 0) + 1
                self._tick()
            lexical.commit()
        finally:
            lexical.close()

    def _texts(self) -> Iterator[tuple[int, str, str]]:
        query = (
            "SELECT c.row, c.document, c.start, c.stop, c.heading, d.title, d.language FROM coming c "
            "JOIN documents d ON d.id = c.document WHERE c.terms ORDER BY c.id"
        )
        for row, document, start, stop, heading, title, language in self.connection.execute(query):
            text = read_span(self.connection, document, start, stop)
            yield row, language, self._embedded_text(title, json.loads(heading), text)

    def _build_ann(self, blocks: Sequence[tuple[int, int, bytes]]) -> dict[str, Any] | None:
        if not self._fresh:
            stored: dict[str, Any] | None = self.kept.facts.get("ann")
            return stored
        rows = blocks[-1][1] if blocks else self._rows()
        if not wanted_rows(rows, 0):
            return None
        log = VectorLog(self.layout.vectors(self.kept.generation), self.kept.dim, rows)
        target = wanted_recall(self.writer.meta)
        return build_ann(self.layout, self.kept.generation, log, self._step, target=target)

    # The commit.

    def _commit(
        self, blocks: Sequence[tuple[int, int, bytes]], ann: dict[str, Any] | None, inspect: Inspect | None
    ) -> None:
        writer, before = self.writer, self.writer.languages
        meta = get_meta(self.connection)
        try:
            with writer.transaction():
                tables(self.connection)
                if self._fresh:
                    drop(self.connection, meta, PREVIOUS)
                self._keep_serving(meta)
                self._put_blocks(blocks)
                self._put_passages()
                self._put_meta(meta, ann)
                writer.languages = self._languages
                put_meta(self.connection, "languages", self._languages)
                if inspect is not None:
                    self._inspect(inspect)
        except BaseException:
            writer.languages = before
            raise
        writer.close_files()
        writer.generation, writer.dim = self.kept.generation, self.kept.dim
        self.connection.execute("DROP TABLE temp.coming")

    def _keep_serving(self, meta: dict[str, Any]) -> None:
        """Record the serving state under its generation, for a rollback."""
        generation, connection = int(meta["generation"]), self.connection
        forget_rows(connection, generation)
        query = "SELECT p.row, p.id, p.hash, d.language FROM passages p JOIN documents d ON d.id = p.document"
        rows = connection.execute(query)
        put_rows(connection, ((generation, row, i, digest, term_language(lang)) for row, i, digest, lang in rows))
        connection.execute("INSERT INTO kept_blocks SELECT ?, start, stop, checksum FROM blocks", (generation,))
        columns = ", ".join(f"p.{name}" for name in PASSAGE[:-1])
        query = (
            f"SELECT {columns}, d.content, d.splitter FROM passages p JOIN documents d ON d.id = p.document "
            "WHERE p.ordinal >= 0 AND p.document IN (SELECT value FROM json_each(?))"
        )
        marks = ", ".join("?" * (len(PASSAGE) + 3))
        found = connection.execute(query, (json.dumps(sorted(self._changed)),))
        connection.executemany(
            f"INSERT INTO kept_passages VALUES ({marks})",
            ((generation, *values, crc((generation, *values))) for values in found),
        )

    def _put_blocks(self, blocks: Sequence[tuple[int, int, bytes]]) -> None:
        connection, generation = self.connection, self.kept.generation
        connection.execute("DELETE FROM blocks")
        query = "INSERT INTO blocks SELECT start, stop, checksum FROM kept_blocks WHERE generation = ?"
        connection.execute(query, (generation,))
        connection.executemany("INSERT INTO blocks VALUES (?, ?, ?)", blocks)
        forget_rows(connection, generation)

    def _put_passages(self) -> None:
        connection = self.connection
        connection.execute("DELETE FROM passages")
        columns, last = ", ".join(PASSAGE), -1
        query = f"SELECT {columns} FROM coming WHERE id > ? ORDER BY id LIMIT {_PART}"
        while part := connection.execute(query, (last,)).fetchall():
            for values in part:
                edits.write_passage(connection, values)
            last = part[-1][0]
        connection.execute("DELETE FROM tombstones")
        live, _ = live_rows(connection)
        live[np.fromiter((row for (row,) in connection.execute("SELECT row FROM passages")), np.int64)] = False
        connection.executemany("INSERT INTO tombstones VALUES (?)", ((int(row),) for row in np.flatnonzero(live)))

    def _put_meta(self, meta: dict[str, Any], ann: dict[str, Any] | None) -> None:
        connection, one = self.connection, self.kept
        serving = {
            "generation": int(meta["generation"]),
            "model": meta["settings"]["model"],
            "fingerprint": meta["fingerprint"],
            "dim": int(meta["dim"]),
            "own": bool(meta.get("own_encoder")),
            "precision": meta.get("precision"),
            "floor": meta.get("floor"),
            "ann": meta.get("ann"),
            "languages": self.writer.languages,
        }
        connection.execute("DELETE FROM meta WHERE key = ?", (one.key,))
        values = {
            PREVIOUS: serving,
            "generation": one.generation,
            NEWEST: max(one.generation, int(meta.get(NEWEST, 0)), int(meta["generation"])),
            "fingerprint": one.fingerprint,
            "dim": one.dim,
            "own_encoder": one.own,
            "precision": one.facts.get("precision"),
            "settings": meta["settings"] | {"model": one.model},
            "ann": ann,
            "floor": one.facts.get("floor"),
        }
        for key, value in values.items():
            put_meta(connection, key, value)

    def _inspect(self, inspect: Inspect) -> None:
        """Let the caller search the new state, on the connection of the transaction, before it is committed."""
        from dataclasses import asdict

        if not self.passages:
            return
        try:
            state = PinnedState(self.layout, self.connection)
        except FileNotFoundError:
            raise IndexDamaged(f"the files of {self.layout.root} are missing; run the command again") from None
        try:
            floor = inspect(View(self.connection, state), self.parents)
        finally:
            state.close()
        if floor is not None:
            put_meta(self.connection, "floor", asdict(floor))
