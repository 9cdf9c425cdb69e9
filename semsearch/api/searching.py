"""From what a user asks to a request, and from `like` files to vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.arguments import lost_paths, prefixes
from semsearch.client_context import absolute, cwd, remote
from semsearch.errors import InvalidQuery, SemsearchError, SourceUnreadable
from semsearch.models.shared.vectors import encode_passages
from semsearch.search import engine
from semsearch.search.options import SearchOptions
from semsearch.search.parse_query import parse
from semsearch.search.search_request import SearchRequest
from semsearch.settings import Settings
from semsearch.stores.member_paths import holders_named, member_path
from semsearch.types.models import BiEncoder, Tokenizing
from semsearch.types.search import Absence, Mode, Results, WhyNot

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.conditions import Condition
    from semsearch.stores.base import StoreView
    from semsearch.types.arrays import Vector

__all__ = ["rank_many", "search_with", "why_not"]


def _detect(text: str) -> str:
    """Detect a language; what this needs is loaded when a query is not plainly English."""
    from semsearch.corpus.text.language import detect

    return detect(text)


def _known(view: StoreView) -> Callable[[str], bool]:
    """Return what tells the words of the index's languages; dictionaries are read for a word that stands nowhere."""

    @cache
    def languages() -> frozenset[str]:
        counts = view.documents.languages()
        spoken = (name for name, count in counts.items() if name and count * _SPOKEN >= sum(counts.values()))
        return frozenset((*view.main_languages(), *spoken))

    def known(word: str) -> bool:
        from semsearch.corpus.text.known_words import is_known

        return is_known(word, languages())

    return known


_SPOKEN = 20
"""A language counts that one of so many documents is in."""


def search_with(opened: OpenIndex, queries: Sequence[str], options: SearchOptions) -> list[Results]:
    """Answer queries on one state; the encoder is loaded only when vectors are wanted."""
    reranker = _reranker(opened, options)
    with opened.view() as view:
        requests, encoder = _requests(opened, view, queries, options)
        found = engine.search_many(view, requests, encoder, detect=_detect, known=_known(view), reranker=reranker)
        reported = tuple(dict.fromkeys([*_lost(view, options.within), *view.warnings]))
    return [replace(r, warnings=r.warnings + reported) for r in found] if reported else found


def _reranker(opened: OpenIndex, options: SearchOptions) -> engine.Reranker | None:
    if not options.rerank:
        return None
    from semsearch.api.rerankers import reranking

    return reranking(opened, options)


def _lost(view: StoreView, within: Sequence[str | PathLike[str]]) -> list[str]:
    """Say which folders hold nothing that could be found."""
    lost = lost_paths(view, within)
    return [f"{path}: {'' if there else 'not there, and '}the index holds nothing below it" for path, there in lost]


def rank_many(opened: OpenIndex, queries: Sequence[str], options: SearchOptions) -> list[list[str]]:
    """Rank only: the ids of the first documents of each query, without floor and folding."""
    reranker = _reranker(opened, options)
    with opened.view() as view:
        requests, encoder = _requests(opened, view, queries, options)
        return [view.document_ids(ranking.ids) for ranking in engine.rank_many(view, requests, encoder, reranker)]


def _requests(
    opened: OpenIndex, view: StoreView, queries: Sequence[str], options: SearchOptions
) -> tuple[list[SearchRequest], BiEncoder | None]:
    """Return what is asked of the engine, and the encoder of exactly this state where one is needed."""
    provider = partial(opened.encoder_for, view.meta)
    encoder = provider() if options.mode is not Mode.LEXICAL or options.like or options.unlike else None
    near = [_vector(view, target, provider, opened.settings) for target in options.like]
    far = [_vector(view, target, provider, opened.settings) for target in options.unlike]
    request = partial(
        SearchRequest,
        mode=options.mode,
        k=options.k,
        filters=_conditions(options.filters),
        within=tuple(form for path in options.within for form in prefixes(path)),
        like=tuple(vector for _, vector in near),
        unlike=tuple(vector for _, vector in far),
        exclude=tuple(name for name, _ in (*near, *far) if name),
        floor=options.floor,
        exact=options.exact,
        fold=options.fold,
        fuzzy=options.fuzzy and not options.literal,
        per_document=options.per_document,
    )
    if options.literal:
        return [request(text=text) for text in queries], encoder
    parsed = map(parse, queries)
    return [request(text=q.text, phrases=q.phrases, pasted=q.pasted) for q in parsed], encoder


def _vector(
    view: StoreView, target: str | PathLike[str], provider: Callable[[], BiEncoder], settings: Settings
) -> tuple[str, Vector]:
    """Return a document's id, empty when it is not in the index, and the mean direction of its passages."""
    for name in (str(target), absolute(target)):
        ids = view.passages_of(name)
        ids = ids if len(ids) else view.names_of(name)
        if len(ids):
            return name, _mean(view.vectors(ids))
    from semsearch.corpus.parse.read import read
    from semsearch.corpus.split.passages import embedded_text, split

    path = Path(cwd()) / target
    if not path.is_file():
        raise InvalidQuery(f"{target} is neither a document of the index nor a file")
    if remote():
        raise SemsearchError(f"{target} is not in the index, and a resident process reads no files")
    encoder = provider()
    try:
        parsed = read(path, settings)
        spans = split(parsed, encoder if isinstance(encoder, Tokenizing) else None, settings.passage_tokens)
    except SourceUnreadable as error:
        raise InvalidQuery(f"{target} cannot be read: {error}") from None
    texts = [embedded_text(parsed.title, s.heading, parsed.text[s.start : s.stop]) for s in spans]
    if not texts:
        raise InvalidQuery(f"{target} has no text")
    return "", _mean(encode_passages(encoder, texts))


def _mean(vectors: Any) -> Vector:
    import numpy as np

    mean = vectors.mean(axis=0)
    unit: Vector = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
    return unit


def _conditions(filters: Sequence[str | Condition]) -> tuple[Condition, ...]:
    if not filters:
        return ()
    from semsearch.search.parse_filter import parse_filters

    return parse_filters(filters)


def why_not(opened: OpenIndex, query: str, target: str, options: SearchOptions) -> WhyNot:
    """Return why a file is not among the hits, or where it is: see `Index.why_not`."""
    with opened.view() as view:
        requests, encoder = _requests(opened, view, [query], options)
        full = absolute(target)
        for name in (target, full):
            if view.document_number(name) is not None:
                from semsearch.search.explain import rank_of

                return rank_of(view, requests[0], encoder, name, known=_known(view))
        return _absent(view, full, opened.settings)


def _absent(view: StoreView, path: str, settings: Settings) -> WhyNot:
    """Explain a path that is not in the index."""
    from semsearch.corpus.files.walk import explain_path

    for source, below in view.sources.split(path):
        if (unread := view.documents.unread(source, below).get(below)) is not None:
            kind = Absence.EMPTY if unread.reason == "empty" else Absence.UNREADABLE
            return WhyNot(path, kind, f"when it was last read: {unread.reason}")
    roots = [root for root in view.sources.roots.values() if path == root or path.startswith(root.rstrip("/") + "/")]
    if not roots:
        return WhyNot(path, Absence.NOT_IN_SOURCE, "no source of this index holds it; `semsearch index` adds one")
    if not Path(path).exists():
        return _absent_inside(view, path) or WhyNot(path, Absence.NOT_IN_SOURCE, "there is no such file")
    reasons = [explain_path(Path(root), Path(path), settings) for root in roots]
    if all(reasons):
        return WhyNot(path, Absence.IGNORED, str(reasons[0]))
    if not Path(path).is_file():
        return WhyNot(path, Absence.NOT_INDEXED, "it is not a file")
    return WhyNot(path, Absence.NOT_INDEXED, "it is new since the last run; `semsearch index` reads it")


def _absent_inside(view: StoreView, path: str) -> WhyNot | None:
    """Explain a path inside a file, where there is such a file."""
    holder = next((one for one in reversed(holders_named(path)) if one and Path(one).is_file()), None)
    if holder is None:
        return None
    if view.document_number(holder) is None:
        return WhyNot(path, Absence.NOT_INDEXED, f"{holder} is not in the index; `semsearch why-not` tells why")
    if limit := _left_out(view, holder):
        return WhyNot(path, Absence.NOT_INDEXED, f"it may be among what was left out of {holder}: {limit}")
    return WhyNot(path, Absence.NOT_IN_SOURCE, f"there was nothing of this name in {holder} when it was last read")


def _left_out(view: StoreView, holder: str) -> str:
    """Return which limit has kept a part of a file's documents out, if any."""
    from semsearch.corpus.readers.nested import LEFT_OUT

    for source, below in view.sources.split(holder):
        for path, unread in view.documents.unread(source, below).items():
            if path.startswith(member_path(below, "")) and unread.reason.endswith(LEFT_OUT):
                return unread.reason.partition(":")[0]
    return ""
