"""Whether anything relevant was found, and what each hit's score is. numpy is imported here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.search.floor import certain, coverage, relevance
from semsearch.search.lists import Lists, Plan
from semsearch.types import Passage, Searchable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types import Ids, Scores

__all__ = ["Evidence", "holds_exactly", "is_relevant", "weigh"]

_CANDIDATES = 10
"""Documents whose best passages decide on relevance: a fixed number, so that the answer does not depend on k."""
# Letters with digits (ERR_4521, CCL19, RFC-2616), a word with an underscore, a capital inside a word, a long number.
_IDENTIFIER = re.compile(
    r"(?<!\w)(?:(?=[\w-]*\d)(?=[\w-]*[^\W\d_])\w[\w-]{2,}|\w+_\w+|[^\W\d_]*[a-z][A-Z]\w*|\d{5,})(?!\w)"
)
_LONGEST_QUERY = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of each passage asked about, in that order (n,)."""

    scores: NDArray[np.float64]
    """0 to 1; .5 is the noise floor."""
    cosines: Scores | None
    bm25: dict[int, float]
    """By passage id, for those that the lexical list saw."""


def weigh(index: Searchable, plan: Plan, lists: Lists, ids: Ids) -> Evidence:
    """Score passages by their exact cosine and by the share of the query's words they hold.

    A passage below the end of the lexical list has between none and the last one's share; half of it is taken.
    """
    cosines = index.similarity(plan.vector, ids) if plan.vector is not None and plan.dense else None
    share, bm25 = _shares(lists, ids)
    if cosines is None and share is None:
        share = np.zeros(len(ids), dtype=np.float32)
    scores = relevance(index.floor, cosines, share)
    return Evidence(certain(scores) if plan.request.phrases else scores, cosines, bm25)


def _shares(lists: Lists, ids: Ids) -> tuple[Scores | None, dict[int, float]]:
    found = lists.lexical
    if found is None or found.bound <= 0:
        return None, {}
    shares = coverage(found)
    listed = found.ranking.ids.tolist()
    unseen = float(shares[-1]) / 2 if listed and not lists.complete else 0.0
    by_id = dict(zip(listed, shares.tolist(), strict=True))
    bm25 = dict(zip(listed, found.ranking.scores.tolist(), strict=True))
    return np.array([by_id.get(i, unseen) for i in ids.tolist()], dtype=np.float32), bm25


def is_relevant(index: Searchable, plan: Plan, lists: Lists) -> bool:
    """Whether any of the best passages stands above the noise floor, or holds exactly what was asked for.

    An exact phrase that was found is always relevant; where no floor was measured everything is.
    """
    candidates = _candidates(lists)
    if not len(candidates):
        return False
    if index.floor is None or plan.request.phrases:
        return True
    if (weigh(index, plan, lists, candidates).scores >= 0.5).any():
        return True
    return plan.lexical and any(holds_exactly(index, plan, p) for p in index.fetch(candidates.tolist()))


def _candidates(lists: Lists) -> Ids:
    tops = [r.ids[:1] for r in lists.by_name().values()]
    ids = np.unique(np.concatenate([lists.documents.ids[:_CANDIDATES], *tops]))
    return ids[np.isin(ids, lists.fused.ids)]


def holds_exactly(index: Searchable, plan: Plan, passage: Passage) -> bool:
    """Whether a passage holds every word of the query that is no stop word, or an identifier of it as written."""
    text = plan.request.text
    if len(text) > _LONGEST_QUERY:
        return False
    whole = " ".join((*passage.heading, passage.text))
    if any(_has_word(whole, name) for name in _IDENTIFIER.findall(text)):
        return True
    wanted = _words_at(text, index.marks(text, text))
    return bool(wanted) and wanted <= _words_at(text, index.marks(whole, text))


def _words_at(text: str, spans: Iterable[tuple[int, int]]) -> set[str]:
    return {text[a:b].casefold() for a, b in spans}


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) is not None
