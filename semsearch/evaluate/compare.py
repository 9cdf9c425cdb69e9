"""Compare models of different architectures in the same role, on the same sample of a collection with qrels."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from semsearch.evaluate.beir import Collection
from semsearch.evaluate.bootstrap import interval
from semsearch.evaluate.measures import by_query, run_of
from semsearch.types.documents import Document
from semsearch.types.models import BiEncoder, CrossEncoder, Tokenizing
from semsearch.types.search import Qrels, Run

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["MEASURE", "QuerySample", "Timed", "judged", "part_of", "reranked"]

MEASURE = "nDCG@10"
_SEED = 20_260_101


@dataclass(frozen=True, slots=True)
class QuerySample:
    """Some queries of a collection, all documents judged for them, and a random sample of others."""

    queries: Mapping[str, str]
    documents: Sequence[Document]
    qrels: Qrels


def part_of(collection: Collection, queries: int | None = None, documents: int | None = None) -> QuerySample:
    """Draw a sample, deterministically; None takes all queries or documents.

    Fewer documents make every ranking easier: figures of two samples are not comparable.
    """
    names = list(collection.queries)
    if queries is not None and queries < len(names):
        names = sorted(Random(_SEED).sample(names, queries), key=names.index)
    qrels = {name: collection.qrels[name] for name in names}
    kept = list(collection.documents())
    if documents is not None and documents < len(kept):
        judged = {document for row in qrels.values() for document in row}
        others = [d.id for d in kept if d.id not in judged]
        room = max(0, documents - len(judged))
        chosen = judged | set(Random(_SEED).sample(others, min(room, len(others))))
        kept = [d for d in kept if d.id in chosen]
    return QuerySample({name: collection.queries[name] for name in names}, kept, qrels)


def judged(part: QuerySample, run: Run) -> tuple[float, tuple[float, float]]:
    """Return the nDCG@10 of a run and its 95 % bootstrap interval over the queries."""
    values = by_query(part.qrels, run, (MEASURE,))[MEASURE]
    return sum(values.values()) / len(values), interval(values)


def reranked(
    part: QuerySample, candidates: Mapping[str, Sequence[str]], reranker: CrossEncoder, depth: int
) -> tuple[Run, float]:
    """Rerank the top `depth` candidates of each query by the reranker's scores alone; the others follow unchanged.

    Returns the run, and the pairs scored per second.
    """
    texts = {d.id: f"{d.title}\n{d.text}".strip() for d in part.documents}
    ranked: dict[str, list[str]] = {}
    pairs, started = 0, time.perf_counter()
    for name, documents in candidates.items():
        top = documents[:depth]
        scores = reranker.score(part.queries[name], [texts[d] for d in top])
        order = sorted(range(len(top)), key=lambda i: (-float(scores[i]), i))
        ranked[name] = [top[i] for i in order] + list(documents[depth:])
        pairs += len(top)
    return run_of(ranked), pairs / max(time.perf_counter() - started, 1e-9)


class Timed:
    """A bi-encoder that counts passages and seconds. Also implements `Tokenizing`."""

    def __init__(self, encoder: BiEncoder) -> None:
        """Wrap an encoder, which must implement `Tokenizing`."""
        assert isinstance(encoder, Tokenizing)
        self._encoder = encoder
        self.name = str(getattr(encoder, "name", encoder.fingerprint))
        self.languages: tuple[str, ...] = tuple(getattr(encoder, "languages", ()))
        self.fingerprint, self.dim, self.max_tokens = encoder.fingerprint, encoder.dim, encoder.max_tokens
        self.encode_queries, self.token_spans = encoder.encode_queries, encoder.token_spans
        self.passages, self.seconds = 0, 0.0

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages, counting and timing them."""
        started = time.perf_counter()
        vectors = self._encoder.encode_passages(texts)
        self.seconds += time.perf_counter() - started
        self.passages += len(texts)
        return vectors

    @property
    def rate(self) -> float:
        """Passages per second."""
        return self.passages / max(self.seconds, 1e-9)
