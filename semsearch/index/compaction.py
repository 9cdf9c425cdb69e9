"""Writing the next generation: the live rows only, beside the old files, switched by one commit of the catalogue."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.index import edits
from semsearch.index.analysis import index_terms, term_language
from semsearch.index.ann import wanted_rows
from semsearch.index.ann_build import build_ann, wanted_recall
from semsearch.index.blocks import damaged_blocks
from semsearch.index.catalog import PASSAGE, get_meta, put_meta
from semsearch.index.create import make_generation
from semsearch.index.kept import NEWEST, next_generation
from semsearch.index.layout import Step, no_step, remove, sync_folder
from semsearch.index.lexical import LexicalWriter
from semsearch.index.texts import read_span
from semsearch.index.vectors import LogWriter, VectorLog
from semsearch.index.writer import Writer, storage_errors
from semsearch.types import EmbeddedText

__all__ = ["compact", "dead_rows", "fill_lexical"]

BLOCK_ROWS = 4096
"""Rows of a block of the new log."""


def dead_rows(writer: Writer) -> int:
    """Return how many rows of the log no passage uses."""
    (live,) = writer.connection.execute("SELECT count(*) FROM passages").fetchone()
    return writer.log_rows() - int(live)


def compact(writer: Writer, embedded_text: EmbeddedText, step: Step = no_step) -> None:
    """Write a new generation and switch to it; passages keep their ids, rows become their order.

    A reader of generation g goes on reading it; its files are removed when nobody does. Raises IndexDamaged (a damaged
    log is never copied) and StorageFull.
    """
    layout, new = writer.layout, next_generation(writer.layout, get_meta(writer.connection))
    try:
        _compact(writer, new, embedded_text, step)
    except BaseException:
        if writer.generation != new and int(writer.meta_value("generation")) != new:
            for leftover in layout.generations().get(new, []):
                remove(leftover)
        raise


def _compact(writer: Writer, new: int, embedded_text: EmbeddedText, step: Step) -> None:
    layout = writer.layout
    with storage_errors(layout):
        for leftover in layout.generations().get(new, []):
            remove(leftover)
        make_generation(layout, new)
        blocks = _copy_log(writer, new)
        step("compact-log-written")
        lexical = LexicalWriter(layout.lexical(new), create=True)
        try:
            fill_lexical(writer, lexical, embedded_text, renumber=True)
        finally:
            lexical.close()
        step("compact-lexical-written")
        rows = blocks[-1][1] if blocks else 0
        log = VectorLog(layout.vectors(new), writer.dim, rows)
        target = wanted_recall(writer.meta)
        ann = build_ann(layout, new, log, target=target) if wanted_rows(rows, 0) else None
        sync_folder(layout.root)
        step("compact-synced")
        with writer.transaction():
            _switch(writer, new, blocks, ann)
        writer.close_files()
        writer.generation = new
        step("compact-committed")
        writer.clean()
        step("compact-old-removed")


def _copy_log(writer: Writer, new: int) -> list[tuple[int, int, bytes]]:
    """Copy the live vectors in order of passage id; return the blocks of the new log."""
    layout = writer.layout
    source = VectorLog(layout.vectors(writer.generation), writer.dim, writer.log_rows())
    if damaged_blocks(writer.connection, source):
        raise IndexDamaged(f"{layout.root} has damaged vectors; run `semsearch doctor --repair`")
    blocks = []
    with closing(LogWriter(layout.vectors(new), writer.dim)) as target:
        cursor = writer.connection.execute("SELECT row FROM passages ORDER BY id")
        while part := cursor.fetchmany(BLOCK_ROWS):
            blocks.append(target.append(source.take(np.array([row for (row,) in part], dtype=np.int64))))
        target.sync()
    return blocks


def fill_lexical(writer: Writer, lexical: LexicalWriter, embedded_text: EmbeddedText, *, renumber: bool) -> None:
    """Add every live passage to an empty lexical index, by its row or (`renumber`) by its order."""
    for order, (row, language, text) in enumerate(_texts(writer, embedded_text)):
        lexical.add(order if renumber else row, index_terms(text, language))
    lexical.commit()


def _texts(writer: Writer, embedded_text: EmbeddedText) -> Iterator[tuple[int, str, str]]:
    query = (
        "SELECT p.row, p.document, p.start, p.stop, p.heading, d.title, d.language "
        "FROM passages p JOIN documents d ON d.id = p.document ORDER BY p.id"
    )
    for row, document, start, stop, heading, title, language in writer.connection.execute(query):
        text = read_span(writer.connection, document, start, stop)
        yield row, language, embedded_text(title, json.loads(heading), text)


def _switch(writer: Writer, new: int, blocks: list[tuple[int, int, bytes]], ann: dict[str, Any] | None) -> None:
    connection = writer.connection
    query = f"SELECT {', '.join(PASSAGE)} FROM passages WHERE id > ? ORDER BY id LIMIT {BLOCK_ROWS}"
    order = last = 0
    while part := connection.execute(query, (last,)).fetchall():
        for order, row in enumerate(part, order):  # noqa: B020 - goes on counting over the parts
            edits.write_passage(connection, (*row[:-1], order))
        order, last = order + 1, part[-1][0]
    connection.execute("DELETE FROM tombstones")
    connection.execute("DELETE FROM blocks")
    connection.executemany("INSERT INTO blocks VALUES (?, ?, ?)", blocks)
    put_meta(connection, "generation", new)
    put_meta(connection, NEWEST, new)
    put_meta(connection, "ann", ann)
    writer.languages = _languages(writer)


def _languages(writer: Writer) -> dict[str, int]:
    """Return how many rows of the new lexical index are in each language."""
    query = "SELECT d.language, count(*) FROM passages p JOIN documents d ON d.id = p.document GROUP BY 1"
    counts: Counter[str] = Counter()
    for language, rows in writer.connection.execute(query):
        counts[term_language(language)] += rows
    return dict(counts)
