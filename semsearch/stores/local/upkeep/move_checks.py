"""The checks of `doctor` beside the serving state. Damage here never affects a search, and can be dropped."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog.generations import log_rows
from semsearch.stores.local.catalog.schema import crc
from semsearch.stores.local.dense.vector_log import VectorLog, block_checksum
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.lexical.tantivy_index import LexicalIndex, damaged_segment
from semsearch.stores.local.seal import file_digest
from semsearch.stores.records import MOVE, PREVIOUS, Kept

__all__ = ["KEYS", "kept_damage"]

KEYS = (MOVE, PREVIOUS)
_WHAT = {MOVE: "the unfinished move to {}", PREVIOUS: "the state for --rollback ({})"}


def kept_damage(layout: Layout, connection: sqlite3.Connection, meta: dict[str, Any], key: str) -> str:
    """Return the damage of the generation kept under a key, in one line; empty when it is intact."""
    one = Kept.of(meta, key)
    if one is None:
        return ""
    try:
        found = next(_damage(layout, connection, one), "")
    except sqlite3.DatabaseError as error:
        found = f"its tables cannot be read ({error})"
    return f"{_WHAT[key].format(one.model)}: {found}" if found else ""


def _damage(layout: Layout, connection: sqlite3.Connection, one: Kept) -> Iterator[str]:
    for table in ("kept_rows", "kept_passages"):
        for *values, stored in connection.execute(f"SELECT * FROM {table} WHERE generation = ?", (one.generation,)):
            if crc(values) != stored:
                yield f"a row of {table} does not match its checksum"
    rows = log_rows(connection, one.generation)
    path = layout.vectors(one.generation)
    try:
        log = VectorLog(path, one.dim, rows)
    except IndexDamaged:
        yield f"{path.name} is missing"
        return
    query = "SELECT start, stop, checksum FROM kept_blocks WHERE generation = ? ORDER BY start"
    for start, stop, checksum in connection.execute(query, (one.generation,)):
        if block_checksum(log.bytes_of(start, stop)) != checksum:
            yield f"{path.name}: rows {start}-{stop - 1} do not match their checksum"
    if not layout.generation_lock(one.generation).exists():
        yield f"{layout.generation_lock(one.generation).name} is missing"
    if one.key == PREVIOUS:
        yield from _derived_damage(layout, connection, one)


def _derived_damage(layout: Layout, connection: sqlite3.Connection, one: Kept) -> Iterator[str]:
    """Verify the lexical and the approximate index, which an unfinished move does not have yet."""
    folder = layout.lexical(one.generation)
    try:
        bad = damaged_segment(folder)
        if bad is not None:
            yield f"{folder.name}/{bad.name} does not match its checksum"
            return
        index = LexicalIndex(folder)
        try:
            indexed = index.all_rows()
        finally:
            index.close()
    except IndexDamaged as error:
        yield str(error).split(";")[0]
        return
    query = "SELECT row FROM kept_rows WHERE generation = ? AND language != ''"
    wanted = np.fromiter((row for (row,) in connection.execute(query, (one.generation,))), np.int64)
    lost = len(wanted) - int(np.isin(wanted, indexed).sum())
    if lost:
        yield f"{folder.name}: {lost} passages are missing"
    if one.ann_rows:
        path = layout.ann(one.generation, one.ann_rows)
        if file_digest(path) != one.facts["ann"]["sha256"]:
            yield f"{path.name} is missing or does not match its checksum"
