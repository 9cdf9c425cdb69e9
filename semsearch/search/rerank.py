"""Rerank the top documents with a cross-encoder. Imports numpy.

The model is passed in; this module loads none. Only the order changes: the score of a hit keeps its meaning.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import InvalidQuery, SemsearchError
from semsearch.search.fusion import reranked
from semsearch.search.retrieve import Lists
from semsearch.stores.searchable import Searchable
from semsearch.types.documents import EmbeddedText, Passage
from semsearch.types.models import CrossEncoder
from semsearch.types.search import Ranking, Reranked, RerankMode

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Scores

__all__ = ["TOP", "Reranker", "Reranking"]

TOP = 20
"""Default number of documents to rerank."""


@dataclass(frozen=True, slots=True)
class Reranker:
    """A cross-encoder, how many documents it scores, how its scores are used, and its input for a passage.

    Raises InvalidQuery if `top` is less than 1.
    """

    model: CrossEncoder
    embedded: EmbeddedText
    """(title, heading path, text) -> the text of a passage as scored, the same as is embedded in the index."""
    mode: RerankMode = RerankMode.FUSE
    top: int = TOP

    def __post_init__(self) -> None:
        """Validate `top`."""
        if self.top < 1:
            raise InvalidQuery(f"{self.top} documents cannot be reranked; ask for 1 or more, or leave reranking out")


class Reranking:
    """The reranking of one query; scores are cached, so that deeper lists only score new passages."""

    def __init__(self, index: Searchable, text: str, reranker: Reranker) -> None:
        """Take one query. Raises InvalidQuery when it has no text."""
        if not text.strip():
            raise InvalidQuery("reranking needs the text of a query; give some text, or do not rerank")
        self._index, self._text, self._reranker = index, text, reranker
        self._known: dict[int, float] = {}
        self._seconds = 0.0

    @property
    def cost(self) -> Reranked:
        """The cost so far."""
        return Reranked(self._reranker.model.name, len(self._known), self._seconds)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A warning if the model truncated the query."""
        truncated = getattr(self._reranker.model, "truncated", None)
        if truncated is None or not truncated(self._text):
            return ()
        return ("the query is long: the reranker saw only its beginning",)

    def apply(self, lists: Lists) -> Lists:
        """Return the lists with their top documents reranked."""
        top, rest = lists.best[: self._reranker.top], lists.best[self._reranker.top :]
        ids = lists.fused.ids[top]
        self._score([i for i in ids.tolist() if i not in self._known])
        opinion = np.array([self._known[i] for i in ids.tolist()], dtype=np.float32)
        by_opinion = np.argsort(-opinion, kind="stable")
        fuse = self._reranker.mode is RerankMode.FUSE
        order = _fused(lists.fused.scores[top], opinion) if fuse else by_opinion
        rerank = Ranking(ids[by_opinion], opinion[by_opinion])
        return replace(lists, best=np.concatenate([top[order], rest]), rerank=rerank)

    def _score(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        started = time.perf_counter()
        passages = self._index.fetch(ids)
        scores = self._reranker.model.score(self._text, self._texts(passages))
        if len(scores) != len(passages):
            name = self._reranker.model.name
            raise SemsearchError(f"the reranker {name} returned {len(scores)} scores for {len(passages)} passages")
        finite = np.nan_to_num(np.asarray(scores, dtype=np.float32), nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        self._known.update(dict.fromkeys(ids, float("-inf")))  # a passage that no longer exists comes last
        self._known.update(zip((p.id for p in passages), finite.tolist(), strict=True))
        self._seconds += time.perf_counter() - started

    def _texts(self, passages: Sequence[Passage]) -> list[str]:
        facts = self._index.facts([p.document_id for p in passages])
        begins = self._beginnings(passages)
        titles = [facts[p.document_id][1].get("title") for p in passages]
        return [
            self._reranker.embedded(title if isinstance(title, str) else "", p.heading, p.text or begins.get(p.id, ""))
            for title, p in zip(titles, passages, strict=True)
        ]

    def _beginnings(self, passages: Sequence[Passage]) -> dict[int, str]:
        """Return the text to score for each name record: that of the document's first passage."""
        names = np.array([p.id for p in passages if not p.text], dtype=np.int64)
        first = self._index.beginnings(names)
        texts = {p.id: p.text for p in self._index.fetch(first.tolist())}
        return {name: texts.get(at, "") for name, at in zip(names.tolist(), first.tolist(), strict=True)}


def _fused(standing: Scores, opinion: Scores) -> NDArray[np.int64]:
    """Return the order of documents by both scores; `standing` is in the order of the lists, which breaks ties.

    A document that was moved before better ones (an exact match) counts as much as they do.
    """
    standing = np.maximum.accumulate(standing[::-1])[::-1]
    return np.argsort(-reranked(standing, opinion), kind="stable")
