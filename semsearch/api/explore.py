"""What `Index` has for apps that look behind a search: stored vectors, near-duplicates, and its measures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

from semsearch.api import checks
from semsearch.api.arguments import checked, several
from semsearch.api.open_index import Handle
from semsearch.errors import InvalidQuery, NotInIndex
from semsearch.types.search import Mode, RerankMode

if TYPE_CHECKING:
    from pathlib import Path

    from semsearch.api.keywords import RerankKeywords
    from semsearch.explore.near_duplicates import NearDuplicate
    from semsearch.stores.base import StoreView
    from semsearch.types.arrays import Embeddings
    from semsearch.types.models import CrossEncoder
    from semsearch.types.reports import Evaluation
    from semsearch.types.search import Qrels

__all__ = ["Exploring"]


class Exploring(Handle):
    """The part of `Index` that shows what it knows without a query."""

    if TYPE_CHECKING:

        def rank_many(
            self,
            queries: Sequence[str],
            *,
            k: int = 10,
            mode: Mode | str = Mode.HYBRID,
            **options: Unpack[RerankKeywords],
        ) -> list[list[str]]:
            """Rank documents only: see `Index.rank_many`."""

    def vectors(self, ids: Sequence[int]) -> Embeddings:
        """Return the stored vectors of passages: (n, dim) float32, unit rows to the precision they are stored in.

        `ids` are those of `Passage.id`, in any order and as often as wanted; the rows are in that order. Nothing is
        encoded, no model is loaded. Raises NotInIndex for an id that is not here, IndexDamaged.
        """
        with self._view() as view:
            return _vectors(view, ids)

    @checked()
    def document_vectors(self, document_ids: Sequence[str | Path]) -> Embeddings:
        """Return one vector for each document, the mean direction of its passages: (n, dim) float32, unit rows.

        The row of a document without any passage is zero. Raises NotInIndex for a document that is not here.
        """
        import numpy as np

        with self._view() as view:
            out = np.zeros((len(document_ids := several(document_ids)), view.meta["dim"]), dtype=np.float32)
            for row, name in enumerate(document_ids):
                own = view.passages_of(self._known_id(view, str(name)))
                mean = view.vectors(own).mean(axis=0) if len(own) else out[row]
                out[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
            return out

    @checked(document_id=checks.path)
    def near_duplicates(
        self, document_id: str | Path, threshold: float | None = None, *, k: int = 10
    ) -> tuple[NearDuplicate, ...]:
        """Return up to k documents that are nearly the same as one of the index, the most similar first.

        `similarity` is a mean of cosines over the passages of both (see `NearDuplicate`) and at least `threshold`, .85
        by default; 1 are copies. What was only found to be about the same is lower. Works on stored vectors, so that
        no model is loaded. Raises NotInIndex, InvalidQuery for a threshold or k that cannot mean anything.
        """
        from semsearch.explore.near_duplicates import THRESHOLD, near_duplicates

        with self._view() as view:
            name = self._known_id(view, str(document_id))
            return near_duplicates(view, name, threshold=THRESHOLD if threshold is None else threshold, k=k)

    @checked(queries=lambda name, value: value)  # texts by their ids: looked at together with the judgements
    def evaluate(
        self,
        queries: Mapping[str, str],
        qrels: Qrels,
        *,
        modes: Sequence[Mode | str] = tuple(Mode),
        measures: Sequence[str] | None = None,
        rerank: bool = False,
        rerank_mode: RerankMode | str = RerankMode.FUSE,
        rerank_top: int = 20,
        reranker: str | CrossEncoder | None = None,
    ) -> Evaluation:
        """Measure how well this index ranks: `queries` by their ids, and what was judged relevant to each.

        `qrels` is {query id: {document id or path: grade}}, a grade above 0 meaning relevant; queries without
        judgements are left out, and judged documents that are not here count as not found (`Evaluation.missing`).
        `measures` are names that ir-measures knows, `("nDCG@10", "RR@10", "R@10", "R@100")` by default. With `rerank`
        the hybrid search with a reranker is a mode of its own, `rerank`; its options are those of a search. Raises
        InvalidQuery for a judged query without text, for no judgement at all and for an unknown measure or mode, and
        what `search` raises.
        """
        from semsearch.api.evaluation import evaluate_index
        from semsearch.evaluate.measures import MEASURES

        reranking = {"rerank_mode": rerank_mode, "rerank_top": rerank_top, "reranker": reranker}
        chosen = [Mode(mode) for mode in modes]
        return evaluate_index(self, queries, qrels, chosen, measures or MEASURES, rerank=rerank, **reranking)


def _vectors(view: StoreView, ids: Sequence[int]) -> Embeddings:
    import numpy as np

    given: list[Any] = list(ids) if isinstance(ids, Iterable) and not isinstance(ids, (str, bytes)) else [None]
    if not all(isinstance(one, (int, np.integer)) and not isinstance(one, bool) for one in given):
        raise InvalidQuery("vectors are asked for by the ids of passages, whole numbers as in [passage.id]")
    asked = np.array([one if 0 <= one < 2**63 else -1 for one in given], dtype=np.int64)
    lost = np.flatnonzero(view.document_numbers(asked) < 0)
    if len(lost):
        raise NotInIndex(f"no passage here has the id {given[lost[0]]}; `passages(document_id)` gives those there are")
    return view.vectors(asked)
