"""Rerankers of an open index, and the words that carry a match: what `search` needs beyond the index's own encoder."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.search.rerank import Reranker
from semsearch.settings import DEFAULT_RERANKER
from semsearch.types.models import CrossEncoder, FetchProgress, Role, TokenEncoder
from semsearch.types.search import Mode, Results

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.search.options import SearchOptions

__all__ = ["explain", "load_reranker", "reranker", "reranking"]


def load_reranker(name: str, *, offline: bool | None = None, progress: FetchProgress | None = None) -> CrossEncoder:
    """Return the reranker of a name, a model's folder or a hub repository: a cross-encoder, or late interaction.

    Raises ModelUnavailable, with what to do, when there is no such model or it is of another kind; StorageFull.
    """
    from semsearch.models.encoder.cross_encoder import load_cross_encoder
    from semsearch.models.encoder.cross_encoder_fingerprint import is_multi_vector
    from semsearch.models.weights.catalog import find
    from semsearch.models.weights.resolve import model_folder

    if find(name) is None:
        folder, _ = model_folder(
            name, Role.CROSS_ENCODER, or_role=Role.LATE_INTERACTION, offline=offline, progress=progress
        )
        if is_multi_vector(folder):
            from semsearch.models.encoder.late_interaction import MultiVector
            from semsearch.search.late_interaction import LateInteraction

            return LateInteraction(MultiVector(folder))
    return load_cross_encoder(name, offline=offline, progress=progress)


def reranker(opened: OpenIndex, which: str | CrossEncoder | None = None) -> CrossEncoder:
    """Return a reranker, loaded once; None is the default one."""
    if which is not None and not isinstance(which, str):
        return which
    name = which or DEFAULT_RERANKER
    load = partial(load_reranker, name, offline=opened.offline, progress=opened.fetch_progress)
    model: CrossEncoder = opened.loaded(("reranker", name), load)
    return model


def reranking(opened: OpenIndex, options: SearchOptions) -> Reranker | None:
    """Return what reads the first documents of a search, where that is wanted."""
    if not options.rerank:
        return None
    top = options.rerank_top
    if top < 1:  # said before a model is loaded
        raise InvalidQuery(f"{top} documents cannot be reranked; ask for 1 or more, or leave reranking out")
    return Reranker(reranker(opened, options.reranker), embedded_text, options.rerank_mode, top)


def explain(opened: OpenIndex, results: Results) -> Results:
    """Mark the words that carry each match in meaning: see `Index.explain`."""
    opened.check_open()
    if not results.hits or not results.query.strip() or results.mode is Mode.LEXICAL:
        return results
    encoder = opened.encoder()
    lack = "this encoder gives no vectors of single words, so no words are marked by their meaning"
    if not isinstance(encoder, TokenEncoder):
        return replace(results, warnings=(*results.warnings, lack))
    from semsearch.search.late_interaction import word_matches

    try:
        with opened.view() as view:
            found = word_matches(view, results.query, [hit.passage.text for hit in results.hits], encoder)
    except ModelUnavailable:  # a table of word vectors, which has no words in their places
        return replace(results, warnings=(*results.warnings, lack))
    hits = tuple(replace(hit, matches=own) for hit, own in zip(results.hits, found, strict=True))
    return replace(results, hits=hits)
