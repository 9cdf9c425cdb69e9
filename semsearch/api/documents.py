"""Documents of an index: listing, reading, removing."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from semsearch.conditions import Condition
from semsearch.errors import NotInIndex
from semsearch.reports import DocumentInfo
from semsearch.stores.document_fields import iso_time
from semsearch.stores.local.catalog.label_heads import labels_of
from semsearch.stores.local.catalog.select import DOCUMENT_COLUMNS, document_own, matching_documents
from semsearch.stores.local.catalog.sources import ADDED, Sources
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.reader import View
from semsearch.stores.local.writer import Writer
from semsearch.stores.nested import is_holder
from semsearch.types import Document, Passage, Value

__all__ = ["context", "document", "documents", "remove"]

_ROWS = 500
_CONTEXT_CHARACTERS = 400
"""Characters looked through for one line of context, at most."""


def documents(view: View, filters: Sequence[Condition], within: Sequence[str]) -> Iterator[DocumentInfo]:
    """Yield the documents that pass."""
    chosen = None
    if filters or within:
        chosen = set(matching_documents(view.connection, view.sources, filters, within).tolist())
    count = "(SELECT count(*) FROM passages p WHERE p.document = documents.id AND p.ordinal >= 0)"
    cursor = view.connection.execute(f"SELECT {DOCUMENT_COLUMNS}, {count} FROM documents ORDER BY id")
    while rows := cursor.fetchmany(_ROWS):
        labels = labels_of(view.connection, [row[0] for row in rows])
        for row in rows:
            if chosen is None or row[0] in chosen:
                yield _info(view, row, labels.get(row[0], {}))


def _info(view: View, row: tuple[Any, ...], labels: Mapping[str, Value]) -> DocumentInfo:
    path, own = document_own(view.sources, row[:-1], labels)
    root = "" if row[1] == ADDED else view.sources.roots[row[1]]
    modified = iso_time(row[7]) or ""
    return DocumentInfo(
        path, path, row[3], row[4], row[6], modified, row[5], row[-1], own, root, tuple(k for k in own if k in labels)
    )


def document(view: View, document_id: str) -> Document:
    """Return a document with its text. Raises IndexDamaged."""
    number = view.document_number(document_id)
    title, chars = view.rows("SELECT title, chars FROM documents WHERE id = ?", (number,))[0]
    assert number is not None
    text = read_span(view.connection, number, 0, chars)
    return Document(document_id, text, title, view.facts([document_id])[document_id][1])


def context(view: View, passage: Passage, lines: int) -> tuple[str, str]:
    """Return the `lines` lines before and after a passage; its own first and last line are completed."""
    number = view.document_number(passage.document_id)
    rows = view.rows("SELECT chars FROM documents WHERE id = ?", (number,))
    if number is None or not rows or lines < 1:
        return "", ""
    reach = _CONTEXT_CHARACTERS * (lines + 1)
    start, stop = max(0, passage.start - reach), min(rows[0][0], passage.stop + reach)
    before = read_span(view.connection, number, start, passage.start).splitlines(keepends=True)
    after = read_span(view.connection, number, passage.stop, stop).splitlines(keepends=True)
    whole_before = lines + (bool(before) and not before[-1].endswith("\n"))
    whole_after = lines + (bool(after) and after[0].strip() == "")
    return "".join(before[-whole_before:]), "".join(after[:whole_after])


def remove(writer: Writer, targets: Sequence[str | Path]) -> int:
    """Remove documents by id, path, folder or source root. Raises NotInIndex for a target that is not here."""
    sources = Sources(writer.layout, writer.connection)
    numbers: set[int] = set()
    roots: list[int] = []
    for target in targets:
        found, root = _resolve(writer, sources, str(target))
        if not found and root is None:
            raise NotInIndex(f"{target} is not in the index; `semsearch list` shows what is")
        numbers |= found
        roots += [] if root is None else [root]
    writer.delete(sorted(numbers))
    for root in roots:
        writer.remove_source(root)
    writer.commit()
    return len(numbers)


def _resolve(writer: Writer, sources: Sources, target: str) -> tuple[set[int], int | None]:
    """Return the documents that a target means, and the source when it is a root."""
    absolute = os.path.abspath(target)  # noqa: PTH100
    root = next((n for n, path in sources.roots.items() if path == absolute), None)
    own = sources.document_number(writer.connection, target)
    if own is not None and root is None and not _holds(writer, own):
        return {own}, None
    found = set(matching_documents(writer.connection, sources, (), (absolute,)).tolist())
    return found, root


def _holds(writer: Writer, number: int) -> bool:
    """Tell whether a document is a file that holds others: they go with it."""
    (content,) = writer.connection.execute("SELECT content FROM documents WHERE id = ?", (number,)).fetchone()
    return is_holder(content)
