"""Repair an index: rebuild derived data, encode or read again what is lost, leave the rest untouched."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from typing import Any

import numpy as np

from semsearch.disk import remove, sync_folder
from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog import schema as catalog
from semsearch.stores.local.catalog.generations import forget_all
from semsearch.stores.local.catalog.label_heads import drop_broken
from semsearch.stores.local.catalog.saved_queries import SAVED_TABLE, drop_broken_queries
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.create import make_generation
from semsearch.stores.local.dense.sound_blocks import damaged_blocks
from semsearch.stores.local.dense.vector_log import VectorLog
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import WriterLock
from semsearch.stores.local.lexical.tantivy_index import LexicalWriter
from semsearch.stores.local.model_move.staging import LocalModelMoveWriter
from semsearch.stores.local.seal import read_seal
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.upkeep.compaction import compact
from semsearch.stores.local.upkeep.move_checks import KEYS, kept_damage
from semsearch.stores.local.writer import Writer, storage_errors
from semsearch.stores.records import NAMES, Part, Problem
from semsearch.types.documents import EmbeddedText
from semsearch.types.models import BiEncoder

__all__ = ["drop_damaged", "repair"]

_TABLES = (
    "meta",
    "sources",
    "documents",
    "texts",
    "passages",
    "blocks",
    "tombstones",
    "unread",
    "heads",
    "labels",
    "saved_queries",
)
_ORDER = {"meta": ("key",), "heads": ("field",), "labels": ("document", "field"), "saved_queries": ("name",)}
"""The columns that order tables without row numbers."""
_BATCH = 256


def repair(
    layout: Layout, problems: Sequence[Problem], encoder: BiEncoder, embedded_text: EmbeddedText, wait: float
) -> list[Problem]:
    """Repair everything that `check` found; return the problems, each marked as repaired or not.

    Documents whose text is lost are removed; those from files come back with the next `index`. Raises IndexDamaged when
    not even the settings can be recovered.
    """
    gone: list[Problem] = []
    if any(p.part is Part.CATALOG for p in problems):
        with WriterLock(layout, wait):
            gone = _salvage(layout)
    _restore_files(layout)
    drop_damaged(layout, wait)
    lost = _rebuild(layout, encoder, embedded_text, wait)
    left = check(layout)
    repaired = [p._replace(repaired=p.part is not Part.DOCUMENT) for p in problems if not _still(p, left)]
    lost_numbers = {p.number for p in lost}
    named = [p for p in repaired if p.number not in lost_numbers or p.part is not Part.DOCUMENT]
    return named + gone + [p._replace(detail=f"{p.detail}; document removed") for p in lost] + left


def drop_damaged(layout: Layout, wait: float) -> None:
    """Drop an unfinished move, or the state before the last one, if damaged; the serving state is not touched."""
    with closing(catalog.connect(layout, write=False)) as connection:
        meta = catalog.get_meta(connection)
        bad = [key for key in KEYS if kept_damage(layout, connection, meta, key)]
    if bad:
        with Writer(layout, wait=wait) as writer:
            for key in bad:
                LocalModelMoveWriter(writer).give_up(key)


def _still(problem: Problem, left: Sequence[Problem]) -> bool:
    return any(problem.part is p.part and problem.detail == p.detail for p in left)


def _restore_files(layout: Layout) -> None:
    """Create missing files of the generation empty, so that a writer can open it."""
    with closing(catalog.connect(layout, write=False)) as connection:
        generation = int(catalog.get_meta(connection)["generation"])
    make_generation(layout, generation)


def _rebuild(layout: Layout, encoder: BiEncoder, embedded_text: EmbeddedText, wait: float) -> list[Problem]:
    """Remove lost documents, encode the rows of damaged blocks again, then rebuild derived data."""
    left = check(layout)
    if not left:
        return []
    if any(p.part is Part.LEXICAL for p in left):
        _empty_lexical(layout, wait)
    with Writer(layout, wait=wait) as writer:
        lost = [p for p in left if p.part is Part.DOCUMENT]
        for problem in lost:
            writer.delete([problem.number])
        writer.commit()
        with writer.transaction():
            drop_broken(writer.connection)
            drop_broken_queries(writer.connection)
        _encode_again(writer, encoder, embedded_text)
        if any(p.part not in (Part.DOCUMENT, Part.LABELS, Part.QUERIES) for p in left):
            compact(writer, embedded_text)
    return lost


def _empty_lexical(layout: Layout, wait: float) -> None:
    """Replace a damaged lexical index by an empty one; compaction fills that of the next generation."""
    with WriterLock(layout, wait), closing(catalog.connect(layout, write=False)) as connection:
        folder = layout.lexical(int(catalog.get_meta(connection)["generation"]))
        remove(folder)
        LexicalWriter(folder, create=True).close()


def _encode_again(writer: Writer, encoder: BiEncoder, embedded_text: EmbeddedText) -> None:
    layout = writer.layout
    log = VectorLog(layout.vectors(writer.generation), writer.dim, writer.log_rows())
    bad = damaged_blocks(writer.connection, log)
    for start, stop in bad:
        query = (
            "SELECT p.id, p.document, p.start, p.stop, p.heading, d.title, d.language FROM passages p "
            "JOIN documents d ON d.id = p.document WHERE p.row >= ? AND p.row < ? ORDER BY p.id"
        )
        rows = writer.connection.execute(query, (start, stop)).fetchall()
        for at in range(0, len(rows), _BATCH):
            part = rows[at : at + _BATCH]
            texts = [
                embedded_text(title, json.loads(heading), read_span(writer.connection, document, first, last))
                for _, document, first, last, heading, title, _ in part
            ]
            for row, text, vector in zip(part, texts, encoder.encode_passages(texts), strict=True):
                writer.reencoded(row[0], row[6], text, vector)
            _extend(layout, writer)
            writer.commit()
    writer.drop_blocks([start for start, _ in bad])
    writer.commit()


def _extend(layout: Layout, writer: Writer) -> None:
    """Extend a truncated log to the rows in the catalogue, which must not be reused."""
    path = layout.vectors(writer.generation)
    wanted = writer.log_rows() * writer.dim * 2
    if path.stat().st_size < wanted:
        with path.open("r+b") as handle:
            handle.truncate(wanted)


def _salvage(layout: Layout) -> list[Problem]:
    """Copy every readable row into a new catalogue and replace the damaged one with it.

    Returns the documents whose names are known but that could not be kept.
    """
    fresh = layout.catalog.with_name("catalog.sqlite.tmp")
    remove(fresh)
    with storage_errors(layout):
        new = sqlite3.connect(fresh, isolation_level=None)
        try:
            new.executescript(catalog.SCHEMA + catalog.LABEL_TABLES + catalog.MOVE_TABLES + SAVED_TABLE)
            new.execute("BEGIN")
            _copy_tables(layout, new)
            _restore_meta(layout, new)
            forget_all(new)  # their rows may be damaged, and the serving state does not need them
            before = _names(new)
            _drop_broken(new)
            kept = _names(new)
            catalog.put_meta(new, NAMES, 0)  # a name record may be lost
            catalog.put_meta(new, "state", int(catalog.get_meta(new).get("state", 0)) + 1)
            catalog.put_meta(new, "crc", catalog.meta_crc(new))
            new.execute("COMMIT")
        finally:
            new.close()
        with fresh.open("rb") as handle:
            os.fsync(handle.fileno())
        if layout.catalog.exists():
            shutil.copyfile(layout.catalog, layout.catalog_damaged)
        for suffix in ("-wal", "-shm"):
            remove(layout.catalog.with_name(layout.catalog.name + suffix))
        fresh.replace(layout.catalog)
        sync_folder(layout.root)
    gone = {n: name for n, name in before.items() if n not in kept}
    return [Problem(Part.DOCUMENT, f"{name}: lost with the catalogue; document removed", n) for n, name in gone.items()]


def _names(connection: sqlite3.Connection) -> dict[int, str]:
    """Return the path or id of every document by number."""
    return {n: str(catalog.unpack_path(p)) for n, p in connection.execute("SELECT id, path FROM documents")}


def _copy_tables(layout: Layout, new: sqlite3.Connection) -> None:
    """Read every table forwards and, after an unreadable page, backwards."""
    uri = f"{layout.catalog.resolve().as_uri()}?mode=ro"
    with suppress(sqlite3.Error), closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as old:
        for table in _TABLES:
            for direction in ("ASC", "DESC"):
                order = ", ".join(f"{column} {direction}" for column in _ORDER.get(table, ("rowid",)))
                try:
                    for row in old.execute(f"SELECT * FROM {table} ORDER BY {order}"):
                        _insert(new, table, row)
                    break
                except (sqlite3.Error, OverflowError):
                    continue


def _insert(new: sqlite3.Connection, table: str, row: tuple[Any, ...]) -> None:
    with suppress(sqlite3.Error):
        new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({', '.join('?' * len(row))})", row)


def _restore_meta(layout: Layout, new: sqlite3.Connection) -> None:
    """Restore settings and sources from the seal if the catalogue's own are damaged."""
    sealed = read_seal(layout)
    good = False
    with suppress(IndexDamaged, ValueError, TypeError):
        meta = catalog.get_meta(new)
        good = meta.get("crc") == catalog.meta_crc(new) and "fingerprint" in meta
    if good:
        return
    if not sealed.get("meta"):
        raise IndexDamaged(f"{layout.root} is damaged beyond repair; delete it and run `semsearch index PATH`")
    new.execute("DELETE FROM meta")
    for key, value in sealed["meta"].items():
        catalog.put_meta(new, key, value)
    (count,) = new.execute("SELECT count(*) FROM sources").fetchone()
    for number, path in enumerate(sealed["sources"], 1) if not count else ():
        values = (number, catalog.pack_path(path))
        new.execute("INSERT INTO sources VALUES (?, ?, ?)", (*values, catalog.crc(values)))


def _drop_broken(new: sqlite3.Connection) -> None:
    """Keep only complete documents, and make rows, blocks and tombstones consistent with them."""
    columns, passage_columns = ", ".join(catalog.DOCUMENT), ", ".join(catalog.PASSAGE)
    sources = {n for *v, c in new.execute("SELECT id, path, crc FROM sources") for n in v[:1] if catalog.crc(v) == c}
    broken = {v[0] for *v, c in new.execute(f"SELECT {columns}, crc FROM documents") if catalog.crc(v) != c}
    broken |= {n for n, s in new.execute("SELECT id, source FROM documents") if s and s not in sources}
    broken |= {v[1] for *v, c in new.execute(f"SELECT {passage_columns}, crc FROM passages") if catalog.crc(v) != c}
    broken |= _incomplete(new)
    _delete(new, broken)
    new.execute("DELETE FROM sources WHERE id NOT IN (SELECT value FROM json_each(?))", (json.dumps(sorted(sources)),))
    _rebuild_rows(new)
    drop_broken(new)
    drop_broken_queries(new)


def _incomplete(new: sqlite3.Connection) -> set[int]:
    """Return documents with missing passages, and the missing documents of orphaned passages."""
    query = (
        "SELECT d.id, d.chars, count(p.id), max(p.ordinal) FROM documents d "
        "LEFT JOIN passages p ON p.document = d.id AND p.ordinal >= 0 GROUP BY 1"
    )
    found = {
        number for number, chars, count, last in new.execute(query) if (chars or count) and count != (last or 0) + 1
    }
    orphans = "SELECT DISTINCT document FROM passages WHERE document NOT IN (SELECT id FROM documents)"
    return found | {number for (number,) in new.execute(orphans)}


def _delete(new: sqlite3.Connection, numbers: set[int]) -> None:
    for table, column in (("passages", "document"), ("texts", "document"), ("documents", "id")):
        new.executemany(f"DELETE FROM {table} WHERE {column} = ?", [(n,) for n in numbers])


def _rebuild_rows(new: sqlite3.Connection) -> None:
    """Make blocks, tombstones and passages consistent: documents with a passage outside every block are removed."""
    blocks = new.execute("SELECT start, stop FROM blocks ORDER BY start").fetchall()
    rows = blocks[-1][1] if blocks else 0
    inside = np.zeros(rows, dtype=np.bool_)
    for start, stop in blocks:
        inside[start:stop] = True
    outside = {d for d, r in new.execute("SELECT document, row FROM passages") if r >= rows or not inside[r]}
    _delete(new, outside)
    used = np.array([r for (r,) in new.execute("SELECT row FROM passages")], dtype=np.int64)
    inside[used] = False
    new.execute("DELETE FROM tombstones")
    new.executemany("INSERT INTO tombstones VALUES (?)", [(int(r),) for r in np.flatnonzero(inside)])
