"""Compaction: write a new generation with the live rows only, then switch to it with one commit."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.corpus.text.terms.analysis import ANALYSIS, term_language
from semsearch.disk import remove, sync_folder
from semsearch.errors import IndexDamaged
from semsearch.stores.commit_steps import Step
from semsearch.stores.local.catalog import edits
from semsearch.stores.local.catalog.generations import NEWEST, next_generation
from semsearch.stores.local.catalog.schema import PASSAGE, get_meta, put_meta
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.create import make_generation
from semsearch.stores.local.dense.ann import wanted_rows
from semsearch.stores.local.dense.ann_build import build_ann, wanted_recall
from semsearch.stores.local.dense.sound_blocks import damaged_blocks
from semsearch.stores.local.dense.vector_log import LogWriter, VectorLog
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import GenerationLock
from semsearch.stores.local.lexical.tantivy_index import LexicalWriter, analysis_of
from semsearch.stores.local.writer import Writer, storage_errors
from semsearch.types.documents import EmbeddedText

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["analyzed_before", "compact", "dead_rows", "fill_lexical"]

BLOCK_ROWS = 4096
"""Rows per block of the new log."""


def dead_rows(writer: Writer) -> int:
    """Return the number of log rows that no passage uses."""
    (live,) = writer.connection.execute("SELECT count(*) FROM passages").fetchone()
    return writer.log_rows() - int(live)


def analyzed_before(writer: Writer) -> bool:
    """Return whether the terms come from an older text analysis, which compaction redoes from the texts."""
    try:
        return analysis_of(writer.layout.lexical(writer.generation)) < ANALYSIS
    except IndexDamaged:
        return False  # damage is reported by `doctor`


def compact(writer: Writer, embedded_text: EmbeddedText) -> bool:
    """Write a new generation and switch to it; passages keep their ids, and rows follow their order.

    The long part runs without the write lock: others may write meanwhile, and their changes are applied under the lock
    before the switch. Readers of the old generation keep it; its files are removed when nobody reads them. Returns
    False, with nothing changed, when another process has switched generations meanwhile. Raises IndexDamaged (a damaged
    log is never copied) and StorageFull.
    """
    step = writer.step
    layout, new = writer.layout, next_generation(writer.layout, get_meta(writer.connection))
    with storage_errors(layout):
        make_generation(layout, new)
        sync_folder(layout.root)
    # Lock both generations: another writer's clean-up skips generations in use.
    held = [GenerationLock(layout.generation_lock(g)) for g in (writer.generation, new)]
    try:
        for lock in held:
            lock.share()
        switched = _compact(writer, new, embedded_text, step)
    except BaseException:
        if writer.generation != new and int(writer.meta_value("generation")) != new:
            _remove(writer, new)
        raise
    finally:
        for lock in held:
            lock.close()
    writer.clean()
    if switched:
        step("compact-old-removed")
    return switched


def _remove(writer: Writer, generation: int) -> None:
    for leftover in writer.layout.generations().get(generation, []):
        remove(leftover)


def _compact(writer: Writer, new: int, embedded_text: EmbeddedText, step: Step) -> bool:
    layout, old = writer.layout, writer.generation
    with storage_errors(layout), writer.released() as snapshot:
        copied = _copy_log(layout, snapshot, writer.dim, old, new)
        step("compact-log-written")
        lexical = LexicalWriter(layout.lexical(new), create=True)
        try:
            fill_lexical(snapshot, lexical, embedded_text, renumber=True)
        finally:
            lexical.close()
        step("compact-lexical-written")
        rows = int(copied.blocks[-1][1]) if copied.blocks else 0
        log = VectorLog(layout.vectors(new), writer.dim, rows)
        target = wanted_recall(writer.meta)
        ann = build_ann(layout, new, log, target=target) if wanted_rows(rows, 0) else None
    if writer.generation != old:
        _remove(writer, new)
        return False
    with storage_errors(layout):
        placed = _catch_up(writer, new, copied, embedded_text)
        sync_folder(layout.root)
        step("compact-synced")
        with writer.transaction():
            _switch(writer, new, copied.blocks, placed, copied.languages, ann)
        writer.close_files()
        writer.generation = new
        step("compact-committed")
    return True


@dataclass(slots=True)
class _Copied:
    """The contents of the new log: its blocks, and for every row of the old log the row in the new one, or -1."""

    blocks: list[tuple[int, int, bytes]]
    row_of: NDArray[np.int64]
    languages: Counter[str]


def _copy_log(layout: Layout, snapshot: sqlite3.Connection, dim: int, old: int, new: int) -> _Copied:
    """Copy the live vectors of a snapshot in order of passage id."""
    (rows,) = snapshot.execute("SELECT coalesce(max(stop), 0) FROM blocks").fetchone()
    source = VectorLog(layout.vectors(old), dim, int(rows))
    if damaged_blocks(snapshot, source):
        raise IndexDamaged(f"{layout.root} has damaged vectors; run `semsearch doctor --repair`")
    copied = _Copied([], np.full(int(rows), -1, dtype=np.int64), _languages(snapshot))
    with closing(LogWriter(layout.vectors(new), dim)) as target:
        cursor = snapshot.execute("SELECT row FROM passages ORDER BY id")
        while part := cursor.fetchmany(BLOCK_ROWS):
            wanted = np.array([row for (row,) in part], dtype=np.int64)
            block = target.append(source.take(wanted))
            copied.row_of[wanted] = np.arange(block[0], block[1])
            copied.blocks.append(block)
        target.sync()
    return copied


def _catch_up(writer: Writer, new: int, copied: _Copied, embedded_text: EmbeddedText) -> NDArray[np.int64]:
    """Append what was written since the snapshot; return the new row of every old row, -1 for none.

    A row deleted since stays in the new generation as a dead one. The old log may have grown since the snapshot; its
    new rows are verified before they are copied.
    """
    layout, connection = writer.layout, writer.connection
    placed = np.full(writer.log_rows(), -1, dtype=np.int64)
    placed[: len(copied.row_of)] = copied.row_of
    query = "SELECT row FROM passages WHERE row >= ? ORDER BY id"
    late = np.array([row for (row,) in connection.execute(query, (len(copied.row_of),))], dtype=np.int64)
    if not len(late):
        return placed
    source = VectorLog(layout.vectors(writer.generation), writer.dim, len(placed))
    if damaged_blocks(connection, source, len(copied.row_of)):
        raise IndexDamaged(f"{layout.root} has damaged vectors; run `semsearch doctor --repair`")
    with closing(LogWriter(layout.vectors(new), writer.dim)) as target:
        for at in range(0, len(late), BLOCK_ROWS):
            part = late[at : at + BLOCK_ROWS]
            block = target.append(source.take(part))
            placed[part] = np.arange(block[0], block[1])
            copied.blocks.append(block)
        target.sync()
    lexical = LexicalWriter(layout.lexical(new))
    try:
        for row, language, text in _texts(connection, embedded_text, len(copied.row_of)):
            lexical.add(int(placed[row]), text, language)
            copied.languages[term_language(language)] += 1
        lexical.commit()
    finally:
        lexical.close()
    return placed


def fill_lexical(
    connection: sqlite3.Connection, lexical: LexicalWriter, embedded_text: EmbeddedText, *, renumber: bool
) -> None:
    """Add every live passage to an empty lexical index under its row or, with `renumber`, its position."""
    for order, (row, language, text) in enumerate(_texts(connection, embedded_text)):
        lexical.add(order if renumber else row, text, language)
    lexical.commit()


def _texts(
    connection: sqlite3.Connection, embedded_text: EmbeddedText, first: int = 0
) -> Iterator[tuple[int, str, str]]:
    query = (
        "SELECT p.row, p.document, p.start, p.stop, p.heading, d.title, d.language "
        "FROM passages p JOIN documents d ON d.id = p.document WHERE p.row >= ? ORDER BY p.id"
    )
    for row, document, start, stop, heading, title, language in connection.execute(query, (first,)):
        text = read_span(connection, document, start, stop)
        yield row, language, embedded_text(title, json.loads(heading), text)


def _switch(
    writer: Writer,
    new: int,
    blocks: list[tuple[int, int, bytes]],
    placed: NDArray[np.int64],
    languages: Counter[str],
    ann: dict[str, Any] | None,
) -> None:
    connection = writer.connection
    dead = np.ones(blocks[-1][1] if blocks else 0, dtype=np.bool_)
    query = f"SELECT {', '.join(PASSAGE)} FROM passages WHERE id > ? ORDER BY id LIMIT {BLOCK_ROWS}"
    last = 0
    while part := connection.execute(query, (last,)).fetchall():
        for values in part:
            row = int(placed[values[-1]])
            dead[row] = False
            edits.write_passage(connection, (*values[:-1], row))
        last = part[-1][0]
    connection.execute("DELETE FROM tombstones")
    connection.executemany("INSERT INTO tombstones VALUES (?)", [(row,) for row in np.flatnonzero(dead).tolist()])
    connection.execute("DELETE FROM blocks")
    connection.executemany("INSERT INTO blocks VALUES (?, ?, ?)", blocks)
    put_meta(connection, "generation", new)
    put_meta(connection, NEWEST, max(new, int(get_meta(connection).get(NEWEST, 0))))  # a move may have begun meanwhile
    put_meta(connection, "ann", ann)
    writer.languages = dict(languages)


def _languages(connection: sqlite3.Connection) -> Counter[str]:
    """Return the number of rows of the new lexical index in each language."""
    query = "SELECT d.language, count(*) FROM passages p JOIN documents d ON d.id = p.document GROUP BY 1"
    counts: Counter[str] = Counter()
    for language, rows in connection.execute(query):
        counts[term_language(language)] += rows
    return counts
