"""One query over a Searchable: lists, relevance, folding, hits. numpy is imported here; loaded only for a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from semsearch.errors import InvalidQuery
from semsearch.models.shared.vectors import encode_queries
from semsearch.search.language_warning import language_warning, unread_warning
from semsearch.search.near_copies import Shown, fold
from semsearch.search.readable_scripts import readable
from semsearch.search.relevance import hit_scores, judge, weigh
from semsearch.search.rerank import Reranker, Reranking
from semsearch.search.retrieve import Lists, RetrievalPlan, deep_enough, direction
from semsearch.search.search_request import SearchRequest
from semsearch.search.spelling import Known, absent_words, corrections
from semsearch.stores.searchable import Keep, Searchable
from semsearch.types.documents import Passage
from semsearch.types.models import BiEncoder, Tokenizing, Vocabulary
from semsearch.types.search import Hit, Mode, Ranking, Results

if TYPE_CHECKING:
    from semsearch.types.arrays import Ids

__all__ = ["Reranker", "SearchRequest", "make_plan", "rank_many", "records_of", "search", "search_many"]

_NEAR_MISSES = 3
_MORE_AMONG = 50
"""Further passages of a document are shown when they are among so many best ones, or four for each hit."""


def search(
    index: Searchable,
    request: SearchRequest,
    encoder: BiEncoder | None,
    *,
    detect: Callable[[str], str] | None = None,
    known: Known | None = None,
    reranker: Reranker | None = None,
) -> Results:
    """Answer one query. `detect` (text -> ISO 639-1 code or "") is used for the warning about languages.

    `known` tells which words a language has, so that only others are taken for misspelled; without it none is.

    With a `reranker` the first documents are put into another order; only when something relevant was found.

    The lexical mode needs no encoder. Raises InvalidQuery when there is nothing to search by, InvalidFilter for a
    filter that the index does not know.
    """
    return search_many(index, [request], encoder, detect=detect, known=known, reranker=reranker)[0]


def search_many(
    index: Searchable,
    requests: Sequence[SearchRequest],
    encoder: BiEncoder | None,
    *,
    detect: Callable[[str], str] | None = None,
    known: Known | None = None,
    reranker: Reranker | None = None,
) -> list[Results]:
    """Answer many queries, in order; all their texts are encoded in one call. Raises what `search` raises."""
    encoded = _encode(requests, encoder)
    rerankings = [Reranking(index, r.text, reranker) if reranker else None for r in encoded]
    plans = [make_plan(index, r, known=_known(known, encoder)) for r in encoded]
    return [
        _answer(index, plan, (*plan.notes, *_warnings(plan.request, encoder, detect)), own)
        for plan, own in zip(plans, rerankings, strict=True)
    ]


def rank_many(
    index: Searchable, requests: Sequence[SearchRequest], encoder: BiEncoder | None, reranker: Reranker | None = None
) -> list[Ranking]:
    """Rank only: for each query the best passage of each of its first `k` documents, with the fusion's scores.

    No floor, no folding and no texts: this is what an evaluation scores. Raises what `search` raises.
    """
    rankings = []
    for request in _encode(requests, encoder):
        lists = deep_enough(index, make_plan(index, request), request.k)
        if reranker is not None:
            lists = Reranking(index, request.text, reranker).apply(lists)
        first = lists.best[: request.k]
        rankings.append(Ranking(lists.fused.ids[first], lists.fused.scores[first]))
    return rankings


def make_plan(
    index: Searchable, request: SearchRequest, encoder: BiEncoder | None = None, *, known: Known | None = None
) -> RetrievalPlan:
    """Resolve a request against an index: direction, selection, excluded documents. Raises what `search` raises.

    `known` decides which words are misspelled; without it all stay as they are.
    """
    request = _encode([request], encoder)[0]
    vector = None if request.mode is Mode.LEXICAL else direction(request.vector, request.like, request.unlike)
    request, keep, notes = _selected(index, request)
    corrected = corrections(index, request.text, request.phrases, known) if known and _wants_words(request) else {}
    notes += tuple(f"no '{word}' here; searched {closest}" for word, closest in corrected.items())
    firsts = [ids[:1] for name in request.exclude if len(ids := records_of(index, name))]
    excluded = frozenset(index.document_numbers(np.concatenate(firsts)).tolist()) if firsts else frozenset()
    return RetrievalPlan(request, vector, keep, excluded, tuple(corrected.items()), notes)


def _selected(index: Searchable, request: SearchRequest) -> tuple[SearchRequest, Keep | None, tuple[str, ...]]:
    """Return what is kept; a pasted text loses phrases that no passage holds, and a line says so."""
    keep = index.select(request.filters, request.within, request.phrases)
    if not request.pasted or keep is None or len(keep):
        return request, keep, ()
    request = replace(request, phrases=())
    note = "no passage holds what is quoted in this text; it is searched as text without its quotes"
    return request, index.select(request.filters, request.within), (note,)


def _wants_words(request: SearchRequest) -> bool:
    return request.fuzzy and request.mode is not Mode.DENSE and bool(request.text.strip())


def records_of(index: Searchable, document_id: str) -> Ids:
    """Return the ids of all that an index has of a document: its passages and its name."""
    return np.concatenate([index.passages_of(document_id), index.names_of(document_id)])


def _encode(requests: Sequence[SearchRequest], encoder: BiEncoder | None) -> list[SearchRequest]:
    """Give each request the vector of what the encoder can read of its text.

    A text that it cannot read gets none, but in dense mode, where `--no-floor` may want to see what is nearest.
    """
    if not any(map(_needs_vector, requests)):
        return list(requests)
    if encoder is None:
        raise InvalidQuery(
            "this search needs an encoder; search by words alone (the lexical mode), or open the index with one"
        )
    reported = [_seen(r, encoder) if _needs_vector(r) else (r, "") for r in requests]
    needed = [text for _, text in reported if text]
    vectors = iter(encode_queries(encoder, needed) if needed else ())
    return [replace(r, vector=next(vectors)) if text else r for r, text in reported]


def _seen(request: SearchRequest, encoder: BiEncoder) -> tuple[SearchRequest, str]:
    """Return a request that says whether its text can be read, and what of it is to be encoded."""
    if part := readable(request.text, encoder):
        return request, part
    return replace(request, readable=False), request.text if request.mode is Mode.DENSE else ""


def _known(known: Known | None, encoder: BiEncoder | None) -> Known | None:
    """Add the words that an encoder has as one piece: cheaper than a dictionary, and of other fields."""
    if known is None or not isinstance(encoder, Vocabulary):
        return known
    vocabulary = encoder

    def either(word: str) -> bool:
        pieces = vocabulary.pieces([word])[0]
        return (len(pieces) == 1 and pieces[0] is not None) or known(word)

    return either


def _needs_vector(request: SearchRequest) -> bool:
    wanted = request.readable and request.mode is not Mode.LEXICAL and request.vector is None
    return wanted and bool(request.text.strip())


def _warnings(
    request: SearchRequest, encoder: BiEncoder | None, detect: Callable[[str], str] | None
) -> tuple[str, ...]:
    if encoder is None or request.mode is Mode.LEXICAL or not request.text.strip():
        return ()
    languages = getattr(encoder, "languages", ())
    if not request.readable:
        return (unread_warning(request.text, languages, words=request.mode is not Mode.DENSE),)
    found = [language_warning(request.text, languages, detect)]
    # To ask whether it is Tokenizing costs some 20 µs, so that comes last.
    if len(request.text) > getattr(encoder, "max_tokens", len(request.text)) and isinstance(encoder, Tokenizing):
        spans = encoder.token_spans([request.text])[0]
        if len(spans) > encoder.max_tokens:
            share = round(100 * spans[encoder.max_tokens - 1][1] / len(request.text))
            found.append(f"the query is long: its meaning is taken from the first {share} % of it, its words from all")
    return tuple(w for w in found if w)


def _answer(
    index: Searchable, plan: RetrievalPlan, warnings: tuple[str, ...], reranking: Reranking | None = None
) -> Results:
    request = plan.request
    if plan.keep is not None and not len(plan.keep):
        return _nothing(index, plan, warnings)
    wanted = request.k
    while True:
        relevant, lists = judge(index, plan, deep_enough(index, plan, wanted))
        if request.floor and not relevant:
            near = fold(index, lists.fused.ids[lists.best], min(request.k, _NEAR_MISSES), copies=request.fold)
            return _nothing(index, plan, warnings, _hits(index, plan, lists, near))
        if reranking is not None:
            lists = reranking.apply(lists)
        shown = fold(index, lists.fused.ids[lists.best], request.k, copies=request.fold)
        if len(shown) >= request.k or lists.complete:
            hits = _hits(index, plan, lists, shown)
            cost, more = (reranking.cost, reranking.warnings) if reranking is not None else (None, ())
            found = Results(request.text, request.mode, hits, relevant, (*warnings, *more), cost)
            return replace(found, corrected=plan.corrected)
        wanted = 2 * max(wanted, len(lists.best))


def _nothing(
    index: Searchable, plan: RetrievalPlan, warnings: tuple[str, ...], near_misses: tuple[Hit, ...] = ()
) -> Results:
    """Return an answer without hits, and which words of the query are to blame."""
    request = plan.request
    absent = absent_words(index, plan.words, request.phrases)
    found = Results(request.text, request.mode, (), False, warnings, near_misses=near_misses)
    return replace(found, corrected=plan.corrected, absent=absent)


def _hits(index: Searchable, plan: RetrievalPlan, lists: Lists, shown: Sequence[Shown]) -> tuple[Hit, ...]:
    facts = index.facts([s.passage.document_id for s in shown])
    place_of = {i: place for place, i in enumerate(lists.fused.ids.tolist())}
    places = np.array([place_of[s.record] for s in shown], dtype=np.int64)
    names = {p.id: p for p in index.fetch([s.record for s in shown if s.record != s.passage.id])}
    records = [names.get(s.record, s.passage) for s in shown]
    scores = hit_scores(index, plan, weigh(index, plan, lists, places), records)
    more = _more(index, plan, lists, places, {s.passage.id for s in shown})
    lookup = _Lookup(lists)
    text = plan.words
    hits = []
    for number, (one, place) in enumerate(zip(shown, places.tolist(), strict=True)):
        passage = one.passage
        path, metadata = facts[passage.document_id]
        hits.append(
            Hit(
                rank=number + 1,
                score=scores[number],
                passage=passage,
                path=path,
                metadata=metadata,
                scores=lookup.scores(place),
                ranks=lookup.ranks(one.record),
                marks=index.marks(text, passage.text) if text.strip() else (),
                more=more.get(place, ()),
                folded=tuple(one.folded),
            )
        )
    return tuple(hits)


class _Lookup:
    """What each list says of a passage."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._ranks = {name: {i: n for n, i in enumerate(r.ids.tolist(), 1)} for name, r in lists.by_name().items()}

    def ranks(self, passage_id: int) -> dict[str, int]:
        """Return the rank in each list that saw it, from 1."""
        return {name: ranks[passage_id] for name, ranks in self._ranks.items() if passage_id in ranks}

    def scores(self, place: int) -> dict[str, float]:
        """Return its cosine, and its BM25 score where the lexical list saw it."""
        lists = self._lists
        scores = {} if lists.cosines is None else {"dense": float(lists.cosines[place])}
        rank = self._ranks.get("lexical", {}).get(int(lists.fused.ids[place]))
        if rank is not None and lists.lexical is not None:
            scores["lexical"] = float(lists.lexical.ranking.scores[rank - 1])
        rank = self._ranks.get("rerank", {}).get(int(lists.fused.ids[place]))
        if rank is not None and lists.rerank is not None:
            scores["rerank"] = float(lists.rerank.scores[rank - 1])
        return scores


def _more(
    index: Searchable, plan: RetrievalPlan, lists: Lists, best: Ids, shown: set[int]
) -> dict[int, tuple[Passage, ...]]:
    """Return by the place of a hit further passages of its document: among the best and above the floor.

    Not what is `shown` already: a document that was found by its name shows its beginning.
    """
    room = plan.request.per_document - 1
    if room < 1 or not len(best):
        return {}
    owner = dict(zip(lists.numbers[best].tolist(), best.tolist(), strict=True))
    numbers = lists.numbers[: max(_MORE_AMONG, 4 * len(best))].tolist()
    others = [place for place, number in enumerate(numbers) if owner.get(number, place) != place]
    if not others:
        return {}
    among = np.array(others, dtype=np.int64)
    above = among[weigh(index, plan, lists, among) >= 0.5]
    chosen: dict[int, list[int]] = {}
    ids = lists.fused.ids[above]
    passages = index.beginnings(ids) == ids
    for passage_id, number in zip(ids[passages].tolist(), lists.numbers[above][passages].tolist(), strict=True):
        if passage_id in shown:
            continue
        own = chosen.setdefault(owner[number], [])
        if len(own) < room:
            own.append(passage_id)
    texts = {p.id: p for p in index.fetch([i for own in chosen.values() for i in own])}
    return {place: tuple(texts[i] for i in own if i in texts) for place, own in chosen.items()}
