"""Rerankers of an open index, and the words that carry a match: what `search` needs beyond the index's own encoder."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from semsearch.api.arguments import checked
from semsearch.api.checks import instance
from semsearch.api.open_index import Handle
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.settings import DEFAULT_RERANKER
from semsearch.types.models import CrossEncoder, FetchProgress, Role, TokenEncoder
from semsearch.types.search import Mode, Results

if TYPE_CHECKING:
    from semsearch.search.options import SearchOptions
    from semsearch.search.rerank import Reranker

__all__ = ["Reranking", "load_reranker"]


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


class Reranking(Handle):
    """The part of `Index` that other models read hits with."""

    @checked(results=instance(Results, "what `search` returned"))
    def explain(self, results: Results) -> Results:
        """Return the same results, each hit with its `matches`: which of its words carry the match in meaning.

        The index's own encoder encodes the query and every passage again, word by word (late interaction). Results of
        a query without text or of the lexical mode come back as they are. Raises ModelUnavailable, ModelMismatch.
        """
        self._check_open()
        if not results.hits or not results.query.strip() or results.mode is Mode.LEXICAL:
            return results
        encoder = self._encoder()
        lack = "this encoder gives no vectors of single words, so no words are marked by their meaning"
        if not isinstance(encoder, TokenEncoder):
            return replace(results, warnings=(*results.warnings, lack))
        from semsearch.search.late_interaction import word_matches

        try:
            with self._view() as view:
                found = word_matches(view, results.query, [hit.passage.text for hit in results.hits], encoder)
        except ModelUnavailable:  # a table of word vectors, which has no words in their places
            return replace(results, warnings=(*results.warnings, lack))
        hits = tuple(replace(hit, matches=own) for hit, own in zip(results.hits, found, strict=True))
        return replace(results, hits=hits)

    def _reranker(self, which: str | CrossEncoder | None = None) -> CrossEncoder:
        """Return a reranker, loaded once; None is the default one."""
        if which is not None and not isinstance(which, str):
            return which
        name = which or DEFAULT_RERANKER
        with self._loading:
            if name not in self._rerankers:
                self._rerankers[name] = load_reranker(name, offline=self._offline, progress=self._fetch_progress)
            return self._rerankers[name]

    def _reranker_for(self, options: SearchOptions) -> Reranker | None:
        """Return what reads the first documents of a search, where that is wanted."""
        if not options.rerank:
            return None
        from semsearch.corpus.split.passages import embedded_text
        from semsearch.search.rerank import Reranker

        top = options.rerank_top
        if top < 1:  # told before a model is loaded
            raise InvalidQuery(f"{top} documents cannot be reranked; ask for 1 or more, or leave reranking out")
        return Reranker(self._reranker(options.reranker), embedded_text, options.rerank_mode, top)
