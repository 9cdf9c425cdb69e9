"""Whether anything relevant was found, and the score of each hit. Imports numpy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.corpus.text.terms.file_name_query import FileNameQuery
from semsearch.corpus.text.terms.identifiers import spellings
from semsearch.corpus.text.terms.normal import normal
from semsearch.search.literal_match import held_share, unspaced
from semsearch.search.noise_floor import certain, relevance
from semsearch.search.retrieve import Lists, RetrievalPlan, first_places
from semsearch.search.script_names import main_script
from semsearch.stores.searchable import Searchable
from semsearch.types.documents import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["hit_scores", "judge", "weigh"]

_CANDIDATES = 10
"""Documents whose best passages decide on relevance: a fixed number, so that it does not depend on k."""
# Letters with digits (ERR_4521, CCL19, RFC-2616), a word with an underscore, a capital inside a word, a long number.
_IDENTIFIER = re.compile(
    r"(?<!\w)(?:(?=[\w-]*\d)(?=[\w-]*[^\W\d_])\w[\w-]{2,}|\w+_\w+|[^\W\d_]*[a-z][A-Z]\w*|\d{5,})(?!\w)"
)
_LOOKED_AT = 50
"""Top documents, and top passages of the lexical ranking, that are checked for the file named by the query."""
_WORD = re.compile(r"\w+")
_LEAST_TERMS = 0.7
"""Minimum share of a query's words that are terms, for their presence to count as an exact match."""
_LONGEST_QUERY = 1_000
_LEAST_HELD = 0.5
"""Minimum share of a query that a passage must contain when only words decide."""


def weigh(index: Searchable, plan: RetrievalPlan, lists: Lists, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the scores, 0 to 1 and .5 at the noise floor, of the passages at these places of `lists.fused`."""
    cosines = None if lists.cosines is None or plan.blind else lists.cosines[places]
    shares = None if lists.shares is None else lists.shares[places]
    if cosines is None and shares is None:
        return np.zeros(len(places))
    scores = relevance(index.floor, cosines, shares)
    return certain(scores) if plan.request.phrases else scores


def judge(index: Searchable, plan: RetrievalPlan, lists: Lists) -> tuple[bool, Lists]:
    """Return whether anything relevant was found, and the lists with the documents in their final order.

    A file whose name is the query is always relevant, and comes first.
    """
    relevant, lists = _judge_found(index, plan, lists)
    named = _named(index, plan, lists)
    return (True, _put_first(lists, named)) if len(named) else (relevant, lists)


def _named(index: Searchable, plan: RetrievalPlan, lists: Lists) -> NDArray[np.int64]:
    """Return the places of the best passages of documents whose file name is the query."""
    query = FileNameQuery(plan.request.text)
    if not query or not plan.lexical or not len(lists.best):
        return np.zeros(0, dtype=np.int64)
    lexical = lists.lexical.ranking.ids[:_LOOKED_AT] if lists.lexical is not None else np.zeros(0, dtype=np.int64)
    heads = np.isin(lists.numbers[lists.best], lists.numbers[np.isin(lists.fused.ids, lexical)])
    heads[:_LOOKED_AT] = True
    places = lists.best[heads]
    names = index.document_ids(lists.fused.ids[places])
    return places[np.array([query.is_of(_own_name(name)) for name in names], dtype=np.bool_)]


def _own_name(document_id: str) -> str:
    return document_id.rpartition("/")[2]


def _judge_found(index: Searchable, plan: RetrievalPlan, lists: Lists) -> tuple[bool, Lists]:
    """Return whether anything relevant was found, and the lists with the documents in their final order.

    Passages above the noise floor are relevant. If there are none, passages that contain exactly what was asked for
    are, and they come first. A match of an exact phrase is always relevant; so is everything if no floor was measured.
    A query in another script than Latin for which only words decide is not compared with the floor, which was measured
    with words between spaces.
    """
    if not len(lists.best) or plan.request.phrases:
        return bool(len(lists.best)), lists
    places = _candidates(lists)
    if lists.cosines is None and (plan.blind or main_script(plan.words)):
        return _judge_words(index, plan, lists, places)
    if plan.blind:
        return False, lists
    if index.floor is None:
        return True, lists
    if (weigh(index, plan, lists, places) >= 0.5).any():
        return True, lists
    if not plan.lexical:
        return False, lists
    texts = {p.id: p for p in index.fetch(lists.fused.ids[places].tolist())}
    ids = lists.fused.ids[places].tolist()
    asked = _ExactMatch(index, plan.words)
    exact = np.array([i in texts and asked.contained_in(texts[i]) for i in ids], dtype=bool)
    return bool(exact.any()), _put_first(lists, places[exact])


def _judge_words(index: Searchable, plan: RetrievalPlan, lists: Lists, places: NDArray[np.int64]) -> tuple[bool, Lists]:
    """Judge by how much of the query the passages contain; those that contain all of it come first."""
    texts = {p.id: p for p in index.fetch(lists.fused.ids[places].tolist())}
    whole = [" ".join((*p.heading, p.text)) if (p := texts.get(i)) else "" for i in lists.fused.ids[places].tolist()]
    held = np.array([held_share(index, plan.words, text) for text in whole])
    return bool((held >= _LEAST_HELD).any()), _put_first(lists, places[held >= 1.0])


def _put_first(lists: Lists, places: NDArray[np.int64]) -> Lists:
    """Move the documents of these passages to the front, each with the first of them as its best."""
    ahead = places[first_places(lists.numbers[places])]
    behind = lists.best[~np.isin(lists.numbers[lists.best], lists.numbers[ahead])]
    return replace(lists, best=np.concatenate([ahead, behind]))


def hit_scores(
    index: Searchable, plan: RetrievalPlan, scores: NDArray[np.float64], hits: Sequence[Passage]
) -> list[float]:
    """Return the scores of hits; one below the floor with an exact match is lifted above it."""
    if not plan.lexical or (scores >= 0.5).all():
        return [float(score) for score in scores]
    asked = _ExactMatch(index, plan.words)
    lifted = [score < 0.5 and asked.contained_in(hit) for score, hit in zip(scores, hits, strict=True)]
    return [float(score) for score in np.where(lifted, certain(scores), scores)]


def _candidates(lists: Lists) -> NDArray[np.int64]:
    """Return the places of the best passages of the top documents, and of the top passage of each ranking."""
    chosen = np.zeros(len(lists.fused.ids), dtype=np.bool_)
    for ranking in lists.by_name().values():
        for top in ranking.ids[:1].tolist():
            chosen |= lists.fused.ids == top
    chosen[lists.best[:_CANDIDATES]] = True
    return np.flatnonzero(chosen)


class _ExactMatch:
    """Exact matching of a query: its identifiers as written, or all words of a query of keywords.

    For a sentence it is off: without its function words it may be one common word, which proves nothing.
    """

    def __init__(self, index: Searchable, text: str) -> None:
        self._index, self._text = index, text
        self._unspaced = unspaced(text)
        """Whether terms overlap, so that a passage may contain all of them but not the word."""
        self._file = FileNameQuery(text)
        self._names: list[re.Pattern[str]] = []
        self._words: set[str] = set()
        if len(text) > _LONGEST_QUERY:
            return
        self._names = [spellings(name) for name in _IDENTIFIER.findall(normal(text))]
        words = _words_at(text, index.marks(text, text))
        if len(words) >= _LEAST_TERMS * len(set(_WORD.findall(text.casefold()))):
            self._words = words

    def contained_in(self, passage: Passage) -> bool:
        """Return whether a passage contains it, or belongs to the file with this name."""
        if self._file.is_of(_own_name(passage.document_id)):
            return True
        if not self._names and not self._words:
            return False
        whole = " ".join((*passage.heading, passage.text))
        if self._names and any(name.search(normal(whole)) for name in self._names):
            return True
        if self._unspaced:
            return held_share(self._index, self._text, whole) >= 1.0
        return bool(self._words) and self._words <= _words_at(self._text, self._index.marks(whole, self._text))


def _words_at(text: str, spans: Iterable[tuple[int, int]]) -> set[str]:
    return {text[a:b].casefold() for a, b in spans}
