"""Near duplicates of a document: other documents with nearly the same passages, by the stored vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.errors import InvalidQuery
from semsearch.search.near_copies import same_text
from semsearch.stores.base import Searchable
from semsearch.types.documents import Passage

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Ids

__all__ = ["THRESHOLD", "NearDuplicate", "near_duplicates"]

THRESHOLD = 0.85
"""Measured in docs/decisions.md."""
_PROBES = 32
"""Evenly spread passages of the document that candidates are searched with; then all passages are compared."""
_NEIGHBOURS = 50
_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """A document that is nearly the same as another one.

    `similarity`, -1 to 1: the length-weighted mean, over passages, of the cosine to the nearest passage of the other
    document; the smaller of both directions, so that a part of a document is no duplicate of the whole. `copied`, 0 to
    1, is the share of the first document's text that occurs in this one literally.
    """

    document_id: str
    path: str
    similarity: float
    copied: float


def near_duplicates(
    index: Searchable, document_id: str, *, threshold: float = THRESHOLD, k: int = 10
) -> tuple[NearDuplicate, ...]:
    """Return the k documents most similar to an indexed one, at `threshold` or above, best first.

    Raises InvalidQuery for a threshold outside -1 to 1 or a k below 1.
    """
    if not -1 <= threshold <= 1:
        raise InvalidQuery(f"the threshold is {threshold}; give a cosine from -1 to 1")
    if k < 1:
        raise InvalidQuery(f"k is {k}; ask for 1 document or more")
    own = index.passages_of(document_id)
    if not len(own):
        return ()
    vectors, passages = index.vectors(own), index.fetch(own.tolist())
    names = [name for name in _candidates(index, vectors, k) if name != document_id]
    paths = index.facts(names)
    found = [NearDuplicate(name, paths[name][0], *_compared(index, vectors, passages, name)) for name in names]
    near = sorted((d for d in found if d.similarity >= threshold), key=lambda d: (-d.similarity, d.path))
    return tuple(near[:k])


def _candidates(index: Searchable, vectors: Embeddings, k: int) -> list[str]:
    """Return the documents near to the passages, those near to most of them first."""
    import numpy as np

    probes = np.unique(np.linspace(0, len(vectors) - 1, min(len(vectors), _PROBES)).astype(np.int64))
    votes: Counter[int] = Counter()
    example: dict[int, int] = {}
    for vector in vectors[probes]:
        ids = index.dense(vector, max(_NEIGHBOURS, 4 * k)).ids
        numbers = index.document_numbers(ids).tolist()
        votes.update(set(numbers))
        for number, passage in zip(numbers, ids.tolist(), strict=True):
            example.setdefault(number, passage)
    chosen = [number for number, _ in votes.most_common(max(_CANDIDATES, 2 * k))]
    return [passage.document_id for passage in index.fetch([example[number] for number in chosen])]


def _compared(index: Searchable, vectors: Embeddings, passages: Sequence[Passage], name: str) -> tuple[float, float]:
    """Return the similarity of two documents, and the share of the first that occurs in the second."""
    ids: Ids = index.passages_of(name)
    others = index.fetch(ids.tolist())
    cosines = vectors @ index.vectors(ids).T
    forth, back = cosines.max(axis=1), cosines.max(axis=0)
    similarity = min(_weighted(forth.tolist(), passages), _weighted(back.tolist(), others))
    nearest = cosines.argmax(axis=1).tolist()
    same = [same_text(passage.text, others[place].text) for passage, place in zip(passages, nearest, strict=True)]
    return similarity, _weighted([float(is_same) for is_same in same], passages)


def _weighted(values: Sequence[float], passages: Sequence[Passage]) -> float:
    """Return the mean over passages, weighted by their length."""
    lengths = [max(1, len(passage.text)) for passage in passages]
    total = sum(value * length for value, length in zip(values, lengths, strict=True))
    return min(1.0, total / sum(lengths))
