"""Gathering vectors of another model beside the serving state, in batches that are committed as they come.

A batch is appended to the log of the coming generation and fsynced, then named in the catalogue by the hashes of its
texts. Killed anywhere, the next run goes on with what was named; readers and writers of the serving state see nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import IndexBusy
from semsearch.roles import Precision
from semsearch.stores.local.catalog.generations import (
    MOVE,
    NEWEST,
    Kept,
    drop,
    kept,
    log_rows,
    next_generation,
    put_rows,
    tables,
)
from semsearch.stores.local.catalog.schema import get_meta, put_meta
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.create import make_generation
from semsearch.stores.local.dense.vector_log import LogWriter, VectorLog, block_checksum
from semsearch.stores.local.writer import Writer, storage_errors
from semsearch.types import Anchor, AnchorKind, EmbeddedText, Span

if TYPE_CHECKING:
    from semsearch.types import Vector

__all__ = ["Stored", "Target", "begin", "forget_damaged", "give_up", "known", "missing", "restorable", "stage"]

_PART = 500


@dataclass(frozen=True, slots=True)
class Target:
    """The model that an index is to move to; `own` marks an encoder of the caller's own."""

    model: str
    fingerprint: str
    dim: int
    own: bool
    precision: Precision = Precision.FLOAT32


@dataclass(frozen=True, slots=True)
class Stored:
    """A live passage with what its embedded text is made of."""

    id: int
    document: int
    span: Span
    hash: bytes
    title: str
    text: str


def begin(writer: Writer, target: Target) -> tuple[Kept, str]:
    """Go on with the move to this model, or begin it; return it, and the model of an unfinished move that this ends."""
    meta = get_meta(writer.connection)
    old = kept(meta, MOVE)
    if old is not None and (old.fingerprint, old.dim) == (target.fingerprint, target.dim):
        return old, ""
    generation = next_generation(writer.layout, meta)
    facts = {
        "generation": generation,
        "model": target.model,
        "fingerprint": target.fingerprint,
        "dim": target.dim,
        "own": target.own,
        "precision": str(target.precision),
    }
    with storage_errors(writer.layout):
        make_generation(writer.layout, generation)
    with writer.transaction():
        tables(writer.connection)
        drop(writer.connection, meta, MOVE)
        put_meta(writer.connection, MOVE, facts)
        put_meta(writer.connection, NEWEST, generation)
    writer.clean()
    begun = kept({MOVE: facts}, MOVE)
    assert begun is not None
    return begun, old.model if old is not None else ""


def give_up(writer: Writer, key: str) -> str:
    """Drop an unfinished move or the state before the last one; return its model, empty when there was none."""
    meta = get_meta(writer.connection)
    if kept(meta, key) is None:
        return ""
    with writer.transaction():
        old = drop(writer.connection, meta, key)
    writer.clean()
    return old.model if old is not None else ""


def forget_damaged(writer: Writer, one: Kept) -> int:
    """Forget the rows of blocks of a kept log that do not match their checksum: what they held is encoded again."""
    connection = writer.connection
    rows = log_rows(connection, one.generation)
    with storage_errors(writer.layout):
        path = writer.layout.vectors(one.generation)
        if not path.exists():
            make_generation(writer.layout, one.generation)
        wanted = rows * one.dim * 2
        if path.stat().st_size < wanted:  # what was cut off may not be given out again
            with path.open("r+b") as handle:
                handle.truncate(wanted)
    log = VectorLog(writer.layout.vectors(one.generation), one.dim, rows)
    query = "SELECT start, stop, checksum FROM kept_blocks WHERE generation = ?"
    blocks = connection.execute(query, (one.generation,)).fetchall()
    bad = [(start, stop) for start, stop, told in blocks if block_checksum(log.bytes_of(start, stop)) != told]
    if bad:
        with writer.transaction():
            for start, stop in bad:
                places = (one.generation, start, stop)
                connection.execute("DELETE FROM kept_rows WHERE generation = ? AND row >= ? AND row < ?", places)
                connection.execute("DELETE FROM kept_blocks WHERE generation = ? AND start = ?", places[:2])
    return len(bad)


def stage(writer: Writer, one: Kept, vectors: Mapping[bytes, Vector], step: Callable[[str], None]) -> None:
    """Commit vectors of texts, by the hash of each. Raises StorageFull, and IndexBusy when another move has begun."""
    still = kept(get_meta(writer.connection), one.key)
    if still is None or still.generation != one.generation:
        raise IndexBusy(f"{writer.layout.root} has begun or ended another move meanwhile; run the command again")
    here = known(writer.connection, one, vectors)
    fresh = [digest for digest in vectors if digest not in here]
    if not fresh:
        return
    layout, generation = writer.layout, one.generation
    with storage_errors(layout):
        rows = log_rows(writer.connection, generation)
        with closing(LogWriter(layout.vectors(generation), one.dim, rows)) as log:
            start, stop, checksum = log.append(np.stack([np.asarray(vectors[d], dtype=np.float32) for d in fresh]))
            step("move-log-written")
            log.sync()
    step("move-log-synced")
    with writer.transaction():
        writer.connection.execute("INSERT INTO kept_blocks VALUES (?, ?, ?, ?)", (generation, start, stop, checksum))
        put_rows(writer.connection, ((generation, row, 0, digest, "") for row, digest in enumerate(fresh, start)))


def known(connection: sqlite3.Connection, one: Kept, hashes: Iterable[bytes]) -> set[bytes]:
    """Return those of the hashes whose text has a vector in a kept log."""
    found: set[bytes] = set()
    wanted = list(set(hashes))
    for first in range(0, len(wanted), _PART):
        part = wanted[first : first + _PART]
        marks = ", ".join("?" * len(part))
        query = f"SELECT hash FROM kept_rows WHERE generation = ? AND hash IN ({marks})"
        found.update(digest for (digest,) in connection.execute(query, (one.generation, *part)))
    return found


def missing(
    connection: sqlite3.Connection, one: Kept, after: int, limit: int, skip: Sequence[int] = ()
) -> list[Stored]:
    """Return the next live passages, by id, whose text has no vector in a kept log; `skip` are documents left out."""
    query = (
        "SELECT p.id, p.document, p.start, p.stop, p.anchor, p.anchor_start, p.anchor_stop, p.heading, p.hash, d.title "
        "FROM passages p JOIN documents d ON d.id = p.document WHERE p.id > ? AND NOT EXISTS "
        "(SELECT 1 FROM kept_rows k WHERE k.generation = ? AND k.hash = p.hash) "
        "AND (p.ordinal < 0 OR p.document NOT IN (SELECT value FROM json_each(?))) ORDER BY p.id LIMIT ?"
    )
    found = connection.execute(query, (after, one.generation, json.dumps(list(skip)), limit)).fetchall()
    out = []
    for number, document, start, stop, kind, first, last, heading, digest, title in found:
        span = Span(start, stop, Anchor(AnchorKind(kind), first, last), tuple(json.loads(heading)))
        out.append(Stored(number, document, span, digest, title, read_span(connection, document, start, stop)))
    return out


def restorable(
    connection: sqlite3.Connection, one: Kept, embedded_text: EmbeddedText, digest: Callable[[str], bytes]
) -> list[int]:
    """Return the documents that a move had split again and that are still as they were: they get their passages back.

    Proved on the text: every one of the kept passages must still make the very text that was encoded for it.
    """
    query = (
        "SELECT k.document, k.start, k.stop, k.heading, k.hash, k.content = d.content AND k.splitter = d.splitter, "
        "d.title, d.chars "
        "FROM kept_passages k JOIN documents d ON d.id = k.document WHERE k.generation = ? AND k.ordinal >= 0 "
        "ORDER BY k.document"
    )
    sound: dict[int, bool] = {}
    for document, start, stop, heading, told, same, title, chars in connection.execute(query, (one.generation,)):
        if not sound.setdefault(document, bool(same)) or not sound[document]:
            continue
        text = read_span(connection, document, start, min(stop, chars))
        sound[document] = digest(embedded_text(title, json.loads(heading), text)) == told
    lost = _lost(connection, one)
    return [document for document, whole in sound.items() if whole and document not in lost]


def _lost(connection: sqlite3.Connection, one: Kept) -> set[int]:
    """Return documents with kept passages whose vectors are lost with a damaged block."""
    query = (
        "SELECT DISTINCT k.document FROM kept_passages k WHERE k.generation = ? AND k.ordinal >= 0 AND NOT EXISTS "
        "(SELECT 1 FROM kept_rows r WHERE r.generation = k.generation AND r.hash = k.hash)"
    )
    return {document for (document,) in connection.execute(query, (one.generation,))}
