"""The effect of a change of model on results: the overlap of both models' top ten on queries from the index."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.models.shared.vectors import encode_queries
from semsearch.search.engine import make_plan
from semsearch.search.retrieve import retrieve
from semsearch.search.search_request import SearchRequest
from semsearch.stores.base import StoreView
from semsearch.types.models import BiEncoder
from semsearch.types.reports import Overlap
from semsearch.types.search import Mode

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["OverlapSample", "overlap", "sample_queries"]

FIRST = 10
_QUERIES = 50
_MOST_WORDS = 16
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_DEPTH = 200


def sample_queries(view: StoreView, count: int = _QUERIES) -> list[str]:
    """Return up to `count` queries from passages spread over the index: sentences, and a heading for every third.

    Deterministic for a state. A sentence is from the middle of its passage, 16 words at most.
    """
    ids = view.passages.ids().tolist()
    every = max(1, len(ids) // count)
    queries = []
    for number, passage in enumerate(view.fetch(ids[every // 2 :: every][:count])):
        heading = passage.heading[-1] if passage.heading else ""
        if number % 3 == 2 and len(heading.split()) > 1:
            queries.append(heading)
            continue
        sentences = [s for s in _SENTENCE.split(passage.text) if len(s.split()) > 3]
        text = sentences[len(sentences) // 2] if sentences else passage.text
        queries.append(" ".join(text.split()[:_MOST_WORDS]))
    return list(dict.fromkeys(q for q in queries if q.strip()))


def first_passages(view: StoreView, queries: Sequence[str], vectors: Embeddings, mode: Mode) -> list[list[int]]:
    """Return the ids of the top passages of every query, given with its vector."""
    out = []
    for text, vector in zip(queries, vectors, strict=True):
        request = replace(SearchRequest(text=text, mode=mode), vector=vector)
        out.append(retrieve(view, make_plan(view, request), _DEPTH).fused.ids[:FIRST].tolist())
    return out


def overlap(old: Sequence[Sequence[int]], new: Sequence[Sequence[int]], parents: Mapping[int, int]) -> float:
    """Return the mean overlap of the top ten of two rankings per query, 0 to 1.

    `parents` maps passages that were split again to the original ones.
    """
    shares = []
    for before, after in zip(old, new, strict=True):
        originals = {parents.get(i, i) for i in after}
        most = max(len(before), len(originals))
        shares.append(len(originals & set(before)) / most if most else 1.0)
    return float(np.mean(shares)) if shares else 1.0


class OverlapSample:
    """Compares the rankings of the old state with those of the new one, taken before it is committed."""

    def __init__(self, view: StoreView, old: BiEncoder, new: BiEncoder) -> None:
        """Sample the queries, encode them with both models, rank with the old one."""
        self.queries = sample_queries(view)
        self._vectors = encode_queries(new, self.queries) if self.queries else np.zeros((0, new.dim), np.float32)
        before = encode_queries(old, self.queries) if self.queries else np.zeros((0, old.dim), np.float32)
        self._old = {mode: first_passages(view, self.queries, before, mode) for mode in (Mode.DENSE, Mode.HYBRID)}

    def with_new(self, view: StoreView, parents: Mapping[int, int]) -> Overlap:
        """Rank with the new model and compare."""
        shares = {
            mode: overlap(self._old[mode], first_passages(view, self.queries, self._vectors, mode), parents)
            for mode in self._old
        }
        return Overlap(len(self.queries), shares[Mode.DENSE], shares[Mode.HYBRID])
