"""The rank of one document for a query at any depth: the part of `why-not` that needs only a Searchable."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.search.engine import make_plan, records_of
from semsearch.search.near_copies import fold
from semsearch.search.relevance import hit_scores, judge, weigh
from semsearch.search.retrieve import DEPTH, Lists, RetrievalPlan, deep_enough, retrieve
from semsearch.search.search_request import SearchRequest
from semsearch.search.spelling import Known
from semsearch.stores.searchable import Searchable
from semsearch.types.models import BiEncoder
from semsearch.types.search import Absence, WhyNot

if TYPE_CHECKING:
    from semsearch.types.arrays import Ids

__all__ = ["rank_of"]

_DEEPER = 8


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    index: Searchable
    plan: RetrievalPlan
    own: Ids
    """The passages of the document in question, and its name record."""


def rank_of(
    index: Searchable,
    request: SearchRequest,
    encoder: BiEncoder | None,
    document_id: str,
    *,
    known: Known | None = None,
) -> WhyNot:
    """Find an indexed document in the rankings of a query, deepening them until it appears or they end.

    `ranks` are those of its best passage in each ranking (`dense`, `lexical`: among passages) and in the fusion
    (`fused`: among documents); rankings without it are absent. `scores` are cosine, BM25 and fusion score, and under
    `score` that of a hit, 0 to 1. Raises what `search` raises.
    """
    plan = make_plan(index, request, encoder, known=known)
    case = _Case(index, plan, records_of(index, document_id))
    path, _ = index.facts([document_id])[document_id]
    relevant, usual = judge(index, plan, deep_enough(index, plan, request.k))
    deep = _holding(case, usual)
    lists = usual if np.isin(usual.fused.ids, case.own).any() else deep
    places = np.flatnonzero(np.isin(lists.fused.ids, case.own))
    if not len(places):
        return WhyNot(path, *_nowhere(case, document_id))
    rank = int(np.flatnonzero(lists.numbers[lists.best] == lists.numbers[places[0]])[0])
    ranks, scores = _numbers(case, lists, deep, rank)
    reason, detail = Absence.RANKED, _ranked(case, usual, document_id, rank + 1)
    if request.floor and not relevant:
        reason, detail = Absence.BELOW_FLOOR, "nothing in this index scores above its noise floor for this query"
    return WhyNot(path, reason, detail, ranks, scores)


def _holding(case: _Case, lists: Lists) -> Lists:
    """Deepen the rankings until each one contains a passage of the document, or ends."""
    while any(len(r.ids) >= lists.depth and not np.isin(case.own, r.ids).any() for r in lists.by_name().values()):
        lists = retrieve(case.index, case.plan, lists.depth * _DEEPER)
    return lists


def _nowhere(case: _Case, document_id: str) -> tuple[Absence, str]:
    plan = case.plan
    if document_id in plan.request.exclude:
        return Absence.FILTERED, "it is an example of the query (like), and examples are left out"
    if not len(case.own):
        return Absence.EMPTY, "it has no text to search"
    if plan.keep is not None:
        free = _Case(case.index, replace(plan, keep=None), case.own)
        lists = _holding(free, retrieve(case.index, free.plan, DEPTH))
        if np.isin(lists.fused.ids, case.own).any():
            return Absence.FILTERED, "a filter, a folder or an exact phrase of the query excludes it"
    return Absence.RANKED, "in no ranking: it contains no word of the query"


def _numbers(case: _Case, lists: Lists, deep: Lists, rank: int) -> tuple[dict[str, int], dict[str, float]]:
    """Return ranks and scores of the best passage of the document at a rank (from 0) of `lists`."""
    place = lists.best[rank]
    best = int(lists.fused.ids[place])
    ranks, scores = {"fused": rank + 1}, {"fused": float(lists.fused.scores[place])}
    for name, ranking in deep.by_name().items():
        here = np.flatnonzero(ranking.ids == best)
        if len(here):
            ranks[name], scores[name] = int(here[0]) + 1, float(ranking.scores[here[0]])
    if lists.cosines is not None:
        scores["dense"] = float(lists.cosines[place])
    (passage,) = case.index.fetch([best])
    weighed = weigh(case.index, case.plan, lists, np.array([place]))
    (scores["score"],) = hit_scores(case.index, case.plan, weighed, [passage])
    return ranks, scores


def _ranked(case: _Case, lists: Lists, document_id: str, rank: int) -> str:
    request = case.plan.request
    shown = fold(case.index, lists.fused.ids[lists.best], request.k, copies=request.fold)
    for number, item in enumerate(shown, start=1):
        if item.passage.document_id == document_id:
            return f"it is hit {number}"
        if document_id in item.folded:
            return f"a near duplicate of hit {number}, {item.passage.document_id}, and folded under it"
    return f"it is document {rank} in the ranking; {request.k} are shown"
