"""The checks of `doctor`: verify every part of an index against its checksums. Read-only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog import schema as catalog
from semsearch.stores.local.catalog.label_heads import faults
from semsearch.stores.local.catalog.saved_queries import query_faults
from semsearch.stores.local.catalog.schema import DOCUMENT, PASSAGE, crc, unpack_path
from semsearch.stores.local.catalog.sources import read_sources
from semsearch.stores.local.catalog.texts import blocks
from semsearch.stores.local.dense.sound_blocks import damaged_blocks
from semsearch.stores.local.dense.vector_log import VectorLog
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.lexical.tantivy_index import LexicalIndex, damaged_segment
from semsearch.stores.local.seal import file_digest, lexical_digests, log_bytes, read_seal
from semsearch.stores.local.state import live_rows
from semsearch.stores.local.upkeep.move_checks import KEYS, kept_damage
from semsearch.stores.records import Part, Problem

__all__ = ["check"]


def check(layout: Layout) -> list[Problem]:
    """Verify every part of an index. Raises only IndexNotFound and IndexIncompatible."""
    try:
        connection = catalog.connect(layout, write=False)
    except IndexDamaged as error:
        return [Problem(Part.CATALOG, str(error).split(";")[0])]
    try:
        connection.execute("BEGIN")
        problems = list(_check_catalog(layout, connection))
        if any(p.part is Part.CATALOG for p in problems):
            return problems
        meta = catalog.get_meta(connection)
        problems += _check_documents(layout, connection)
        problems += _check_vectors(layout, connection, meta)
        problems += _check_lexical(layout, connection, meta)
        problems += _check_ann(layout, meta)
        problems += [Problem(Part.LABELS, fault) for fault in faults(connection)]
        problems += [Problem(Part.QUERIES, fault) for fault in query_faults(connection)]
        if not layout.generation_lock(int(meta["generation"])).exists():
            problems.append(Problem(Part.FILES, f"{layout.generation_lock(int(meta['generation'])).name} is missing"))
        damage = [kept_damage(layout, connection, meta, key) for key in KEYS]
        problems += [Problem(Part.MOVE, detail) for detail in damage if detail]
        return problems
    except (sqlite3.DatabaseError, IndexDamaged, ValueError, KeyError, TypeError) as error:
        return [Problem(Part.CATALOG, f"catalog.sqlite cannot be read: {error}")]
    finally:
        connection.close()


def _check_catalog(layout: Layout, connection: sqlite3.Connection) -> Iterator[Problem]:
    for (message,) in connection.execute("PRAGMA integrity_check(5)"):
        if message != "ok":
            yield Problem(Part.CATALOG, f"catalog.sqlite: {message.splitlines()[0]}")
    meta = catalog.get_meta(connection)
    if meta.get("crc") != catalog.meta_crc(connection):
        yield Problem(Part.CATALOG, "catalog.sqlite: the settings do not match their checksum")
    for number, path, stored in connection.execute("SELECT id, path, crc FROM sources"):
        if crc((number, path)) != stored:
            yield Problem(Part.CATALOG, f"catalog.sqlite: source {number} does not match its checksum")
    stored_seal = read_seal(layout)
    if stored_seal.get("state") == meta.get("state") and stored_seal.get("catalog") != file_digest(layout.catalog):
        yield Problem(Part.CATALOG, "catalog.sqlite does not match its checksum of the last close")


def _check_documents(layout: Layout, connection: sqlite3.Connection) -> list[Problem]:
    sources = read_sources(layout, connection)
    found: dict[int, str] = {}
    names: dict[int, str] = {}
    for *values, stored in connection.execute(f"SELECT {', '.join(DOCUMENT)}, crc FROM documents"):
        number = values[0]
        try:
            names[number] = sources.absolute(values[1], unpack_path(values[2]))
        except (KeyError, TypeError):
            names[number] = f"document {number}"
        if crc(values) != stored:
            found[number] = "its record does not match its checksum"
        elif _text_length(connection, number) != values[13]:
            found[number] = "its text is damaged"
    for *values, stored in connection.execute(f"SELECT {', '.join(PASSAGE)}, crc FROM passages"):
        if crc(values) != stored or values[1] not in names:
            found.setdefault(values[1], f"passage {values[0]} does not match its checksum")
    return [Problem(Part.DOCUMENT, f"{names.get(n, f'document {n}')}: {why}", n) for n, why in sorted(found.items())]


def _text_length(connection: sqlite3.Connection, number: int) -> int:
    try:
        end = 0
        for start, text in blocks(connection, number):
            if start != end:
                return -1
            end += len(text)
    except IndexDamaged:
        return -1
    return end


def _check_vectors(layout: Layout, connection: sqlite3.Connection, meta: dict[str, Any]) -> Iterator[Problem]:
    generation, dim = int(meta["generation"]), int(meta["dim"])
    live, rows = live_rows(connection)
    name = layout.vectors(generation).name
    used = np.fromiter((row for (row,) in connection.execute("SELECT row FROM passages")), np.int64)
    if len(used) and (used.max() >= rows or not live[used].all() or len(np.unique(used)) != len(used)):
        yield Problem(Part.CATALOG, "catalog.sqlite: a passage has no vector of its own")
    if live.sum() != len(used):
        yield Problem(Part.CATALOG, f"catalog.sqlite: {int(live.sum())} live rows for {len(used)} passages")
    try:
        log = VectorLog(layout.vectors(generation), dim, rows)
    except IndexDamaged:
        yield Problem(Part.VECTORS, f"{name} is missing", 0)
        return
    for start, stop in damaged_blocks(connection, log):
        yield Problem(Part.VECTORS, f"{name}: rows {start}-{stop - 1} do not match their checksum", start)


def _check_lexical(layout: Layout, connection: sqlite3.Connection, meta: dict[str, Any]) -> list[Problem]:
    folder = layout.lexical(int(meta["generation"]))
    stored_seal = read_seal(layout)
    sealed = stored_seal.get("state") == meta["state"] and stored_seal.get("log_bytes") == log_bytes(layout, meta)
    different = sealed and stored_seal.get("lexical") != lexical_digests(folder)
    # A writer that began meanwhile would have extended the log first.
    if different and stored_seal.get("log_bytes") == log_bytes(layout, meta):
        return [Problem(Part.LEXICAL, f"{folder.name} does not match its checksum of the last close")]
    try:
        bad = damaged_segment(folder)
        if bad is not None:
            return [Problem(Part.LEXICAL, f"{folder.name}/{bad.name} does not match its checksum")]
        index = LexicalIndex(folder)
        try:
            indexed = index.all_rows()
        finally:
            index.close()
    except IndexDamaged as error:
        return [Problem(Part.LEXICAL, str(error).split(";")[0])]
    used = np.fromiter((row for (row,) in connection.execute("SELECT row FROM passages")), np.int64)
    missing = len(used) - int(np.isin(used, indexed).sum())
    return [Problem(Part.LEXICAL, f"{folder.name}: {missing} passages are missing")] if missing else []


def _check_ann(layout: Layout, meta: dict[str, Any]) -> Iterator[Problem]:
    stored = meta.get("ann") or {}
    if not stored.get("rows"):
        return
    path = layout.ann(int(meta["generation"]), int(stored["rows"]))
    if not path.exists():
        yield Problem(Part.ANN, f"{path.name} is missing")
    elif file_digest(path) != stored["sha256"]:
        yield Problem(Part.ANN, f"{path.name} does not match its checksum")
