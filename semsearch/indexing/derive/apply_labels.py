"""Apply label heads: every head trained on the index's own vectors fills its field.

Only matrix products happen here; `label/` trains the heads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from semsearch.stores.base import StoreWriter
from semsearch.types.labels import Head, HeadKind

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Ids

__all__ = ["apply_heads", "features", "fill"]

_BATCH = 2048
_DIGITS = 6
"""Significant digits of a predicted number."""


def features(writer: StoreWriter, documents: Sequence[int]) -> tuple[Ids, Embeddings]:
    """Return the documents that have intact vectors, and the mean direction of the passages of each: (n, dim).

    The normalized mean of the unit vectors, as for `--like`. Documents with damaged vectors are left out; `doctor
    --repair` encodes them again.
    """
    owners, vectors = writer.document_vectors(documents)
    numbers, first = np.unique(owners, return_index=True)
    if not len(numbers):
        return numbers, np.zeros((0, writer.dim), dtype=np.float32)
    sums = np.add.reduceat(vectors, first, axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(sums, axis=1)
        intact = np.isfinite(lengths) & (lengths > 0)
        return numbers[intact], (sums[intact] / lengths[intact, None]).astype(np.float32)


def apply_heads(writer: StoreWriter) -> int:
    """Label documents without a label, such as new and changed ones, with every head for this index's encoder.

    Returns how many labels were written.
    """
    fingerprint = writer.meta_value("fingerprint")
    labels = writer.snapshot.labels
    written = 0
    for head in labels.heads():
        missing = labels.unlabelled(head.field) if head.fingerprint == fingerprint else []
        if missing:
            written += fill(writer, head, missing)
            writer.commit()
    return written


def fill(writer: StoreWriter, head: Head, documents: Sequence[int]) -> int:
    """Label documents with the next commit; return how many. Examples keep the value a person gave them."""
    given = {example.number: example.value for example in head.examples}
    written = 0
    for at in range(0, len(documents), _BATCH):
        numbers, found = features(writer, documents[at : at + _BATCH])
        rows = []
        for number, (value, sure) in zip(numbers.tolist(), _predictions(head, found), strict=True):
            certain = 1.0 if head.kind is HeadKind.CATEGORY else 0.0
            rows.append((number, given[number], certain) if number in given else (number, value, sure))
        writer.put_labels(head.field, rows)
        written += len(rows)
    return written


def _predictions(head: Head, found: Embeddings) -> list[tuple[str | float, float]]:
    """Return for each row the value and its probability or, for a number, its expected error."""
    outputs = found.astype(np.float64) @ head.weights.T.astype(np.float64) + head.bias
    if head.kind is HeadKind.NUMBER:
        return [(float(f"{value:.{_DIGITS}g}"), head.error) for value in outputs[:, 0].tolist()]
    shares = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    best = shares.argmax(axis=1)
    return [(head.classes[c], float(shares[i, c])) for i, c in enumerate(best.tolist())]
