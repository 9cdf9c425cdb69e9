"""Labels for documents: every head that was learned on the index's own vectors fills its field.

Only matrix products happen here; learning a head is `label/`'s.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from semsearch.stores.local.catalog.label_heads import Head, HeadKind, get_heads, put_labels, unlabelled
from semsearch.stores.local.dense.vector_log import VectorLog
from semsearch.stores.local.writer import Writer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types import Embeddings

__all__ = ["apply_heads", "features", "fill", "open_log"]

_BATCH = 2048
_DIGITS = 6
"""Significant digits of a predicted number."""


def open_log(writer: Writer) -> VectorLog:
    """Map the committed vectors of an index that is open for writing."""
    return VectorLog(writer.layout.vectors(writer.generation), writer.dim, writer.log_rows())


def features(
    connection: sqlite3.Connection, log: VectorLog, documents: Sequence[int]
) -> tuple[NDArray[np.int64], Embeddings]:
    """Return the documents that have sound vectors, and for each the mean direction of its passages: (n, dim).

    The mean of the unit vectors, made a unit vector again: what `--like` looks for. Documents whose vectors are damaged
    are left out; `doctor --repair` encodes them again.
    """
    query = (
        "SELECT document, row FROM passages WHERE ordinal >= 0 AND document IN (SELECT value FROM json_each(?)) "
        "ORDER BY document"
    )
    pairs = np.array(connection.execute(query, (json.dumps(list(documents)),)).fetchall(), dtype=np.int64).reshape(
        -1, 2
    )
    numbers, first = np.unique(pairs[:, 0], return_index=True)
    if not len(numbers):
        return numbers, np.zeros((0, log.dim), dtype=np.float32)
    sums = np.add.reduceat(log.take(pairs[:, 1]), first, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(sums, axis=1)
        sound = np.isfinite(lengths) & (lengths > 0)
        return numbers[sound], (sums[sound] / lengths[sound, None]).astype(np.float32)


def apply_heads(writer: Writer) -> int:
    """Fill the field of every head that knows the vectors of this index, for documents that have no label yet.

    New and changed documents have none. Returns how many labels were written.
    """
    fingerprint = writer.meta_value("fingerprint")
    written = 0
    for head in get_heads(writer.connection):
        missing = unlabelled(writer.connection, head.field) if head.fingerprint == fingerprint else []
        if missing:
            with writer.transaction():
                written += fill(writer, head, missing)
    return written


def fill(writer: Writer, head: Head, documents: Sequence[int]) -> int:
    """Label documents, inside the caller's transaction; return how many. What a person said of one is its label."""
    said = {example.number: example.value for example in head.examples}
    log, written = open_log(writer), 0
    for at in range(0, len(documents), _BATCH):
        numbers, found = features(writer.connection, log, documents[at : at + _BATCH])
        rows = []
        for number, (value, sure) in zip(numbers.tolist(), _predictions(head, found), strict=True):
            certain = 1.0 if head.kind is HeadKind.CATEGORY else 0.0
            rows.append((number, said[number], certain) if number in said else (number, value, sure))
        put_labels(writer.connection, head.field, rows)
        written += len(rows)
    return written


def _predictions(head: Head, found: Embeddings) -> list[tuple[str | float, float]]:
    """Return for each row the value and how sure it is: a probability, or the error to expect of a number."""
    outputs = found.astype(np.float64) @ head.weights.T.astype(np.float64) + head.bias
    if head.kind is HeadKind.NUMBER:
        return [(float(f"{value:.{_DIGITS}g}"), head.error) for value in outputs[:, 0].tolist()]
    shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    best = shares.argmax(axis=1)
    return [(head.classes[c], float(shares[i, c])) for i, c in enumerate(best.tolist())]
