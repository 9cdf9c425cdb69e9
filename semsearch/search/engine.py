"""Search a Searchable: rankings, relevance, near-duplicate folding, hits. Imports numpy; loaded only for a search."""

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
"""Further passages of a document are shown if among this many best ones, or four per hit."""


def search(
    index: Searchable,
    request: SearchRequest,
    encoder: BiEncoder | None,
    *,
    detect: Callable[[str], str] | None = None,
    known: Known | None = None,
    reranker: Reranker | None = None,
) -> Results:
    """Run one query. `detect` (text -> ISO 639-1 code or "") is used for the language warning.

    `known` returns whether a language has a word, so that only other words are corrected; without it none is.

    A `reranker` reorders the top documents, if anything relevant was found.

    The lexical mode needs no encoder. Raises InvalidQuery when there is nothing to search for, InvalidFilter for a
    filter on an unknown field.
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
    """Run many queries, in order; all texts are encoded in one call. Raises what `search` raises."""
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
    """Return for each query the best passage of each of its top `k` documents, with fusion scores.

    Without noise floor, folding and texts, as for an evaluation. Raises what `search` raises.
    """
    rankings = []
    for request in _encode(requests, encoder):
        lists = deep_enough(index, make_plan(index, request), request.k)
        if reranker is not None:
            lists = Reranking(index, request.text, reranker).apply(lists)
        top = lists.best[: request.k]
        rankings.append(Ranking(lists.fused.ids[top], lists.fused.scores[top]))
    return rankings


def make_plan(
    index: Searchable, request: SearchRequest, encoder: BiEncoder | None = None, *, known: Known | None = None
) -> RetrievalPlan:
    """Resolve a request against an index: query vector, filters, excluded documents. Raises what `search` raises.

    Misspelled words are recognized by `known`, and not corrected without it.
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
    """Resolve filters and phrases; a pasted text loses phrases that no passage contains, with a note."""
    keep = index.select(request.filters, request.within, request.phrases)
    if not request.pasted or keep is None or len(keep):
        return request, keep, ()
    request = replace(request, phrases=())
    note = "no passage contains the quoted phrases of this text; it is searched without its quotes"
    return request, index.select(request.filters, request.within), (note,)


def _wants_words(request: SearchRequest) -> bool:
    return request.fuzzy and request.mode is not Mode.DENSE and bool(request.text.strip())


def records_of(index: Searchable, document_id: str) -> Ids:
    """Return the ids of all records of a document: its passages and its name record."""
    return np.concatenate([index.passages_of(document_id), index.names_of(document_id)])


def _encode(requests: Sequence[SearchRequest], encoder: BiEncoder | None) -> list[SearchRequest]:
    """Set the vector of each request, of the part of its text that the encoder can read.

    An unreadable text gets none, except in dense mode, where `--no-floor` shows what is nearest.
    """
    if not any(map(_needs_vector, requests)):
        return list(requests)
    if encoder is None:
        raise InvalidQuery("this search needs an encoder; use the lexical mode, or open the index with an encoder")
    pairs = [_with_readable(r, encoder) if _needs_vector(r) else (r, "") for r in requests]
    needed = [text for _, text in pairs if text]
    vectors = iter(encode_queries(encoder, needed) if needed else ())
    return [replace(r, vector=next(vectors)) if text else r for r, text in pairs]


def _with_readable(request: SearchRequest, encoder: BiEncoder) -> tuple[SearchRequest, str]:
    """Return the request with `readable` set, and the part of its text to encode."""
    if part := readable(request.text, encoder):
        return request, part
    return replace(request, readable=False), request.text if request.mode is Mode.DENSE else ""


def _known(known: Known | None, encoder: BiEncoder | None) -> Known | None:
    """Add the words that are one piece of the encoder's vocabulary: cheaper than a dictionary, and more domains."""
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
    # The isinstance check of a protocol costs about 20 µs, so it comes last.
    if len(request.text) > getattr(encoder, "max_tokens", len(request.text)) and isinstance(encoder, Tokenizing):
        spans = encoder.token_spans([request.text])[0]
        if len(spans) > encoder.max_tokens:
            share = round(100 * spans[encoder.max_tokens - 1][1] / len(request.text))
            found.append(f"the query is long: the encoder sees only its first {share} %, the lexical search all of it")
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
    """Return results without hits, with the query words that do not occur in the index."""
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
    for number, (item, place) in enumerate(zip(shown, places.tolist(), strict=True)):
        passage = item.passage
        path, metadata = facts[passage.document_id]
        hits.append(
            Hit(
                rank=number + 1,
                score=scores[number],
                passage=passage,
                path=path,
                metadata=metadata,
                scores=lookup.scores(place),
                ranks=lookup.ranks(item.record),
                marks=index.marks(text, passage.text) if text.strip() else (),
                more=more.get(place, ()),
                folded=tuple(item.folded),
            )
        )
    return tuple(hits)


class _Lookup:
    """The ranks and scores of a passage in each ranking."""

    def __init__(self, lists: Lists) -> None:
        self._lists = lists
        self._ranks = {name: {i: n for n, i in enumerate(r.ids.tolist(), 1)} for name, r in lists.by_name().items()}

    def ranks(self, passage_id: int) -> dict[str, int]:
        """Return its rank in each ranking that contains it, from 1."""
        return {name: ranks[passage_id] for name, ranks in self._ranks.items() if passage_id in ranks}

    def scores(self, place: int) -> dict[str, float]:
        """Return its cosine, and its BM25 and reranker scores where it has them."""
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
    """Return, by the place of a hit, further passages of its document among the best and above the floor.

    Leaves out those already `shown`: a document found by its name shows its first passage.
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
