"""Names of documents on their way to the writer: of what has moved, and of an index that has none yet."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from semsearch.corpus.passages import embedded_text
from semsearch.corpus.split.file_names import RECORD, name_parts, name_span, place_of
from semsearch.pipeline.window import Window, embedding_hash
from semsearch.stores.local.catalog.edits import FileFacts, Renamed
from semsearch.stores.local.catalog.schema import NAMES, NAMES_VERSION, unpack_path
from semsearch.stores.local.catalog.sources import ADDED, Sources
from semsearch.stores.local.writer import Writer
from semsearch.stores.nested import is_member

__all__ = ["complete_names", "move_document"]

_ROWS = 1000


def move_document(
    writer: Writer, window: Window, number: int, source: int, root: Path, path: str, facts: FileFacts
) -> None:
    """Give a document its new place, and the name that it has there; no passage of it is encoded."""
    query = (
        "SELECT title, language, EXISTS (SELECT 1 FROM passages p WHERE p.document = d.id AND p.ordinal >= 0) "
        "FROM documents d WHERE d.id = ?"
    )
    title, language, text = writer.connection.execute(query, (number,)).fetchone()
    parts = name_parts(place_of(str(root), path))
    renamed, embedded = _renamed(number, title, language, parts, text=bool(text), place=(source, path, facts))
    window.add(renamed, embedded, [None] * len(embedded), new=False)


def complete_names(writer: Writer, window: Window, tick: Callable[[], None]) -> int:
    """Make the names of an index of an older format, or of documents that another source has taken in.

    Only names are encoded. Returns how many there were to make; killed anywhere, the next run makes the rest.
    """
    if writer.meta_value(NAMES) == NAMES_VERSION:
        return 0
    window.commit()
    made = 0
    for renamed, embedded in _missing(writer):
        window.add(renamed, embedded, [None] * len(embedded), new=False)
        made += 1
        tick()
    window.finish()
    writer.set_meta(NAMES, NAMES_VERSION)
    window.commit()
    return made


def _missing(writer: Writer) -> Iterator[tuple[Renamed, list[str]]]:
    """Yield the documents whose name is not recorded as it should be."""
    roots = Sources(writer.layout, writer.connection).roots
    last = 0
    while rows := _documents(writer.connection, last):
        last = rows[-1][0]
        for number, source, stored, title, language, kind, content, text, heading, digest in rows:
            record = source == ADDED or (kind == RECORD and is_member(content))
            parts = () if record else name_parts(place_of(roots[source], unpack_path(stored)))
            renamed, embedded = _renamed(number, title, language, parts, text=bool(text))
            there = (json.loads(heading), digest) if heading is not None else None
            if there != next(((list(parts), one) for one in renamed.hashes), None):
                yield renamed, embedded


def _documents(connection: sqlite3.Connection, last: int) -> list[tuple[Any, ...]]:
    query = (
        "SELECT d.id, d.source, d.path, d.title, d.language, d.type, d.content, "
        "EXISTS (SELECT 1 FROM passages p WHERE p.document = d.id AND p.ordinal >= 0), n.heading, n.hash "
        "FROM documents d LEFT JOIN passages n ON n.document = d.id AND n.ordinal < 0 "
        "WHERE d.id > ? ORDER BY d.id LIMIT ?"
    )
    return connection.execute(query, (last, _ROWS)).fetchall()


def _renamed(
    number: int,
    title: str,
    language: str,
    parts: tuple[str, ...],
    *,
    text: bool,
    place: tuple[int, str, FileFacts] | None = None,
) -> tuple[Renamed, list[str]]:
    span = name_span(parts, title, text=text)
    spans = [span] if span is not None else []
    embedded = [embedded_text(title, one.heading, "") for one in spans]
    return Renamed(number, language, spans, [embedding_hash(one) for one in embedded], place), embedded
