"""Measuring the search on a judged collection, in an index of its own apart from the user's."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.argument_checks import optional, path, word
from semsearch.api.arguments import checked, options_of
from semsearch.api.create import ensure_index
from semsearch.api.index_status import status_of
from semsearch.api.indexing import add_documents
from semsearch.api.open_index import OpenIndex
from semsearch.api.searching import rank_many
from semsearch.client_context import absolute
from semsearch.errors import InvalidQuery
from semsearch.evaluate.beir import load
from semsearch.evaluate.bootstrap import interval
from semsearch.evaluate.measures import MEASURES, average, by_query, run_of
from semsearch.evaluate.trec import write_run
from semsearch.settings import DEFAULT_MODEL, Settings, cache_dir
from semsearch.stores.open import open_store
from semsearch.types.models import BiEncoder, CrossEncoder, FetchProgress
from semsearch.types.reports import Evaluation, ProgressCallback
from semsearch.types.search import Mode, Qrels, RerankMode, Run

if TYPE_CHECKING:
    from semsearch.stores.base import StoreView

__all__ = ["evaluate", "evaluate_index", "index_path"]

DEPTH = 100
"""Documents retrieved for each query: as deep as R@100 looks."""
RERANK = "rerank"
_BATCH = 64
_MOST_GRADE = 10**6


@checked(run=optional(path), model=optional(word))
def evaluate(
    folder: str | Path,
    *,
    modes: Sequence[Mode] = tuple(Mode),
    model: str | None = None,
    encoder: BiEncoder | None = None,
    run: str | Path | None = None,
    offline: bool | None = None,
    progress: ProgressCallback | None = None,
    fetch_progress: FetchProgress | None = None,
    rerank: bool = False,
    rerank_mode: RerankMode | str = RerankMode.FUSE,
    rerank_top: int = 20,
    reranker: str | CrossEncoder | None = None,
) -> Evaluation:
    """Index a collection in BEIR layout, search its judged queries in every mode, and measure the rankings.

    The index is kept in the cache and used again while the collection and the model are the same. With `run` the
    rankings are written in TREC format, one file a mode (the mode goes before the suffix when there are several).
    With `rerank` the hybrid search with a reranker is a mode of its own, `rerank`; its options are those of a search.
    Raises SemsearchError naming file and line of what is malformed, ModelUnavailable.
    """
    started = time.monotonic()
    folder = Path(folder)
    collection = load(folder)
    where = index_path(folder, model or DEFAULT_MODEL, encoder)
    settings = Settings(model=model or DEFAULT_MODEL)
    opening: dict[str, Any] = {"encoder": encoder, "offline": offline, "fetch_progress": fetch_progress}
    store = open_store(where)
    loaded = ensure_index(store, settings, exist_ok=True, **opening)
    with closing(OpenIndex(store, **opening)) as opened:
        if loaded is not None:
            opened.hold(loaded)
        add_documents(opened, collection.documents(), progress)
        options: dict[str, Any] = {"rerank_mode": rerank_mode, "rerank_top": rerank_top, "reranker": reranker}
        runs = _runs(opened, collection.queries, modes, rerank=rerank, **options)
        documents = status_of(store).documents
    if run is not None:
        _write(runs, Path(run))
    return _measured(runs, collection.qrels, MEASURES, documents, time.monotonic() - started)


def evaluate_index(
    opened: OpenIndex,
    queries: Mapping[str, str],
    qrels: Qrels,
    modes: Sequence[Mode],
    measures: Sequence[str] | None,
    *,
    rerank: bool,
    **reranking: Any,
) -> Evaluation:
    """Measure an index of the user's own: see `Index.evaluate`."""
    started, measures = time.monotonic(), measures or MEASURES
    _check(queries, qrels)
    judged = {query: row for query, row in qrels.items() if row}
    silent = next((query for query in judged if query not in queries), None)
    if silent is not None:
        raise InvalidQuery(f"the query {silent!r} is judged, and there is no text for it in `queries`")
    if not judged:
        raise InvalidQuery("there is no judgement; `qrels` is {query id: {document id: grade}}")
    with opened.view() as view:
        names = {name: _own_name(view, name) for row in judged.values() for name in row}
        documents = sum(view.documents.count().values())
    known: Qrels = {q: {names[name] or name: int(grade) for name, grade in row.items()} for q, row in judged.items()}
    by_query({}, {}, measures)  # an unknown measure is reported before anything is searched
    depth = max([DEPTH, *(int(cut) for measure in measures for cut in re.findall(r"@(\d+)", measure))])
    texts = {query: queries[query] for query in known}
    runs = _runs(opened, texts, modes, depth=depth, rerank=rerank, **reranking)
    missing = sum(1 for name in names.values() if name is None)
    return _measured(runs, known, measures, documents, time.monotonic() - started, missing)


def _check(queries: object, qrels: object) -> None:
    """Refuse what is no collection. Raises InvalidQuery."""
    if not isinstance(queries, Mapping) or not all(isinstance(one, str) for pair in queries.items() for one in pair):
        raise InvalidQuery("`queries` is {query id: text}")
    if any(not text.strip() for text in queries.values()):
        raise InvalidQuery("a query of `queries` has no text")
    rows = qrels.values() if isinstance(qrels, Mapping) else [None]
    if not all(isinstance(row, Mapping) and all(map(_is_judgement, row.items())) for row in rows):
        raise InvalidQuery("`qrels` is {query id: {document id: grade}}, a grade being a whole number")


def _is_judgement(pair: tuple[object, object]) -> bool:
    return isinstance(pair[0], str) and isinstance(pair[1], Integral) and abs(int(pair[1])) <= _MOST_GRADE


def _own_name(view: StoreView, name: str) -> str | None:
    return next((one for one in (name, absolute(name)) if view.document_number(one) is not None), None)


def _measured(
    runs: Mapping[str, Run], qrels: Qrels, measures: Sequence[str], documents: int, seconds: float, missing: int = 0
) -> Evaluation:
    values = {mode: by_query(qrels, found, measures) for mode, found in runs.items()}
    return Evaluation(
        modes={mode: average(v) for mode, v in values.items()},
        intervals={mode: {m: interval(by) for m, by in v.items()} for mode, v in values.items()},
        documents=documents,
        queries=len(qrels),
        seconds=seconds,
        missing=missing,
    )


def _runs(
    opened: OpenIndex,
    queries: Mapping[str, str],
    modes: Sequence[Mode],
    *,
    rerank: bool,
    depth: int = DEPTH,
    **reranking: Any,
) -> dict[str, Run]:
    runs = {mode.value: _search(opened, queries, k=depth, mode=mode) for mode in modes}
    if rerank:
        runs[RERANK] = _search(opened, queries, k=depth, rerank=True, **reranking)
    return runs


def _search(opened: OpenIndex, queries: Mapping[str, str], **options: Any) -> Run:
    ranked: dict[str, list[str]] = {}
    names = list(queries)
    for first in range(0, len(names), _BATCH):
        part = names[first : first + _BATCH]
        found = rank_many(opened, [queries[name] for name in part], options_of(options, literal=True))
        ranked.update(zip(part, found, strict=True))
    return run_of(ranked)


def _write(runs: Mapping[str, Run], file: Path) -> None:
    """Write rankings, those of several modes to a file each."""
    for mode, found in runs.items():
        write_run(found, file if len(runs) == 1 else file.with_name(f"{file.stem}-{mode}{file.suffix}"), tag=mode)


def index_path(folder: Path, model: str, encoder: BiEncoder | None) -> Path:
    """Return where the index of a collection is: by its content and the model, so that no stale one is met."""
    digest = hashlib.sha256((encoder.fingerprint if encoder else model).encode())
    with (folder / "corpus.jsonl").open("rb") as handle:
        digest.update(hashlib.file_digest(handle, "sha256").digest())
    return cache_dir() / "eval" / f"{folder.resolve().name}-{digest.hexdigest()[:12]}"
