"""Dense and lexical retrieval for one query, and their fusion. Imports numpy; loaded only for a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.search.fusion import rrf, weighted
from semsearch.search.noise_floor import coverage
from semsearch.search.search_request import SearchRequest
from semsearch.search.spelling import replaced
from semsearch.stores.searchable import Keep, LexicalRanking, Searchable
from semsearch.types.search import Mode, Ranking

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids, Scores, Vector

__all__ = ["DEPTH", "Lists", "RetrievalPlan", "deep_enough", "direction", "first_places", "retrieve"]

DEPTH = 200
"""Passages retrieved by each ranking; nDCG@10 was measured to be the same from 100 to 1,000."""
UNLIKE_WEIGHT = 0.5
_DEEPER = 4


@dataclass(frozen=True, slots=True, eq=False)
class RetrievalPlan:
    """A resolved request: its query vector, the passages that filters keep, and the documents to exclude."""

    request: SearchRequest
    vector: Vector | None
    keep: Keep | None
    excluded: frozenset[int] = frozenset()
    corrected: tuple[tuple[str, str], ...] = ()
    """Misspelled words of the text, and the indexed words that replace them."""
    notes: tuple[str, ...] = ()
    """Notes for the user on how the text was interpreted."""

    @property
    def words(self) -> str:
        """The text for the lexical search."""
        return replaced(self.request.text, dict(self.corrected)) if self.corrected else self.request.text

    @property
    def dense(self) -> bool:
        """Whether there is a dense ranking."""
        return self.vector is not None and self.request.mode is not Mode.LEXICAL

    @property
    def blind(self) -> bool:
        """Whether the vector is no evidence: only that of a text which the encoder cannot read."""
        return not self.request.readable and not self.request.like

    @property
    def lexical(self) -> bool:
        """Whether there is a lexical ranking; a search by example alone has no words."""
        return bool(self.request.text.strip()) and self.request.mode is not Mode.DENSE


@dataclass(frozen=True, slots=True, eq=False)
class Lists:
    """The rankings of one query, to the same depth, and their fusion."""

    dense: Ranking | None
    lexical: LexicalRanking | None
    fused: Ranking
    """All passages of both rankings in their fused order (n,)."""
    numbers: Ids
    """The document of each passage of `fused` (n,)."""
    best: Ids
    """Positions in `fused` of the best passage of each document, in order."""
    cosines: Scores | None
    """Exact cosine of each passage of `fused` to the query (n,)."""
    shares: Scores | None
    """Lexical coverage of each passage of `fused` (n,); beyond the end of the ranking, that of its last one."""
    depth: int
    """Number of passages requested from each ranking."""
    rerank: Ranking | None = None
    """The best passages of the top documents in the reranker's order."""

    @property
    def complete(self) -> bool:
        """Whether every ranking has reached its end."""
        lists = (self.dense, self.lexical.ranking if self.lexical else None)
        return all(len(r.ids) < self.depth for r in lists if r is not None)

    def by_name(self) -> dict[str, Ranking]:
        """Return the existing rankings by their names in `Hit.ranks`."""
        lexical = self.lexical.ranking if self.lexical else None
        lists = {"dense": self.dense, "lexical": lexical, "rerank": self.rerank}
        return {name: ranking for name, ranking in lists.items() if ranking is not None}


def direction(text: Vector | None, like: Sequence[Vector], unlike: Sequence[Vector]) -> Vector | None:
    """Return the query vector, unit length: text + mean of like - UNLIKE_WEIGHT * mean of unlike; None without any.

    After Rocchio, "Relevance feedback in information retrieval", 1971. If all cancel out, the positive part alone.
    """
    positive = [text] if text is not None else []
    if like:
        positive.append(_unit(np.mean(like, axis=0)))
    if not positive:
        return None
    wanted = np.sum(positive, axis=0)
    away = wanted - UNLIKE_WEIGHT * _unit(np.mean(unlike, axis=0)) if unlike else wanted
    return _unit(away if float(np.linalg.norm(away)) > 1e-6 else wanted)


def deep_enough(index: Searchable, plan: RetrievalPlan, documents: int) -> Lists:
    """Retrieve deep enough for so many documents, or to the end of the rankings."""
    depth = max(DEPTH, _DEEPER * documents)
    while True:
        lists = retrieve(index, plan, depth)
        if lists.complete or len(lists.best) >= documents:
            return lists
        depth *= _DEEPER


def retrieve(index: Searchable, plan: RetrievalPlan, depth: int) -> Lists:
    """Retrieve passages to a depth and fuse the rankings.

    Passages are fused, and a document is ranked by its best passage (max-passage). Aggregating each ranking to
    documents before the fusion was measured as well and is no better.
    """
    dense, lexical = None, None
    if plan.vector is not None and plan.dense:
        dense = index.dense(plan.vector, depth, plan.keep, exact=plan.request.exact)
    if plan.lexical:
        lexical = index.lexical(plan.words, depth, plan.keep)
    rankings = [r for r in (dense, lexical.ranking if lexical else None) if r is not None]
    ids = _distinct(np.concatenate([r.ids for r in rankings])) if rankings else np.empty(0, np.int64)
    numbers = index.document_numbers(ids)
    if plan.excluded:
        stay = ~np.isin(numbers, list(plan.excluded))
        ids, numbers = ids[stay], numbers[stay]
    cosines = _cosines(index, plan.vector, ids, dense) if plan.vector is not None and dense is not None else None
    shares = _shares(lexical, ids, depth) if lexical is not None and lexical.bound > 0 else None
    scores = _fuse(index, rankings, ids, cosines, shares)
    order = np.lexsort((ids, -scores))
    best = first_places(numbers[order])
    return Lists(
        dense,
        lexical,
        Ranking(ids[order], scores[order]),
        numbers[order],
        best,
        None if cosines is None else cosines[order],
        None if shares is None else shares[order],
        depth,
    )


def _fuse(
    index: Searchable, rankings: Sequence[Ranking], ids: Ids, cosines: Scores | None, shares: Scores | None
) -> Scores:
    """Return the score of each passage: the ranking's own if there is only one, else the weighted sum.

    Without a measured spread of cosines there is no common scale but the ranks: RRF.
    """
    if cosines is None:
        return _looked_up(rankings[0], ids) if rankings else np.zeros(len(ids), np.float32)
    if shares is None:
        return cosines
    if index.floor is not None and index.floor.random_std > 0:
        return weighted(cosines, shares, index.floor.random_std)
    return _looked_up(rrf(rankings), ids)


def _distinct(values: Ids) -> Ids:
    """Return the distinct values, ascending. `np.unique` would import 25 ms of NumPy that nothing else needs."""
    values = np.sort(values)
    found: Ids = values[_changes(values)]
    return found


def first_places(values: Ids) -> Ids:
    """Return the position of the first occurrence of each distinct value, in order."""
    order = np.argsort(values, kind="stable")
    grouped = values[order]
    return np.sort(order[_changes(grouped)])


def _changes(values: Ids) -> NDArray[np.bool_]:
    """Return where a value differs from the one before it; True at the first position."""
    changes: NDArray[np.bool_] = np.ones(len(values), dtype=np.bool_)
    changes[1:] = values[1:] != values[:-1]
    return changes


def _cosines(index: Searchable, vector: Vector, ids: Ids, dense: Ranking) -> Scores:
    """Return the exact cosine of each passage; those of the dense ranking are known already."""
    if not len(dense.ids):
        return index.similarity(vector, ids)
    by_id = np.argsort(dense.ids)
    places = by_id[np.minimum(np.searchsorted(dense.ids, ids, sorter=by_id), len(by_id) - 1)]
    listed = dense.ids[places] == ids
    scores = np.array(dense.scores[places], dtype=np.float32)
    if not listed.all():
        scores[~listed] = index.similarity(vector, ids[~listed])
    return scores


def _looked_up(ranking: Ranking, ids: Ids) -> Scores:
    by_id = np.argsort(ranking.ids)
    return ranking.scores[by_id[np.searchsorted(ranking.ids, ids, sorter=by_id)]]


def _shares(found: LexicalRanking, ids: Ids, depth: int) -> Scores:
    """Return the coverage of passages; one beyond the end of the ranking may have as much as its last one."""
    listed = coverage(found)
    by_id = dict(zip(found.ranking.ids.tolist(), listed.tolist(), strict=True))
    unseen = float(listed[-1]) if len(listed) >= depth else 0.0
    return np.array([by_id.get(i, unseen) for i in ids.tolist()], dtype=np.float32)


def _unit(vector: Vector) -> Vector:
    norm = float(np.linalg.norm(vector))
    return np.asarray(vector / norm if norm > 0 else vector, dtype=np.float32)
