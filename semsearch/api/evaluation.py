"""Measuring the search on a judged collection, in an index of its own apart from the user's."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from semsearch.api.arguments import checked
from semsearch.api.checks import items, one_of, optional, path, word
from semsearch.api.index import Index
from semsearch.evaluate.beir import load
from semsearch.evaluate.bootstrap import interval
from semsearch.evaluate.measures import average, by_query, run_of
from semsearch.evaluate.trec import write_run
from semsearch.reports import Evaluation, ProgressCallback
from semsearch.roles import BiEncoder, CrossEncoder
from semsearch.settings import DEFAULT_MODEL, Settings, cache_dir
from semsearch.types import (
    FetchProgress,
    Mode,
    RerankMode,
    Run,
)

__all__ = ["evaluate", "index_path"]

DEPTH = 100
"""Documents retrieved for each query: as deep as R@100 looks."""
RERANK = "rerank"
_BATCH = 64


def _modes(name: str, value: Any) -> list[Any]:
    return [one_of(Mode, "mode")(name, mode) for mode in items(name, value, "a list of modes")]


@checked(modes=_modes, run=optional(path), model=optional(word))
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
    with Index.create(
        where, settings=settings, exist_ok=True, encoder=encoder, offline=offline, fetch_progress=fetch_progress
    ) as index:
        index.add(collection.documents(), progress=progress)
        runs: dict[str, Run] = {mode.value: _search(index, collection.queries, mode=mode) for mode in modes}
        if rerank:
            options = {"rerank_mode": rerank_mode, "rerank_top": rerank_top, "reranker": reranker}
            runs[RERANK] = _search(index, collection.queries, rerank=True, **options)
        documents = index.status().documents
    values = {mode: by_query(collection.qrels, found) for mode, found in runs.items()}
    if run is not None:
        _write(runs, Path(run))
    return Evaluation(
        modes={mode: average(v) for mode, v in values.items()},
        intervals={mode: {m: interval(by) for m, by in v.items()} for mode, v in values.items()},
        documents=documents,
        queries=len(collection.queries),
        seconds=time.monotonic() - started,
    )


def _search(index: Index, queries: Mapping[str, str], **options: Any) -> Run:
    ranked: dict[str, list[str]] = {}
    names = list(queries)
    for first in range(0, len(names), _BATCH):
        part = names[first : first + _BATCH]
        found = index.rank_many([queries[name] for name in part], k=DEPTH, **options)
        ranked.update(zip(part, found, strict=True))
    return run_of(ranked)


def _write(runs: Mapping[str, Run], file: Path) -> None:
    """Write rankings, those of several modes to a file each."""
    for mode, found in runs.items():
        write_run(found, file if len(runs) == 1 else file.with_name(f"{file.stem}-{mode}{file.suffix}"), tag=mode)


def index_path(folder: Path, model: str, encoder: BiEncoder | None) -> Path:
    """Return where the index of a collection lies: by its content and the model, so that no stale one is met."""
    digest = hashlib.sha256((encoder.fingerprint if encoder else model).encode())
    with (folder / "corpus.jsonl").open("rb") as handle:
        digest.update(hashlib.file_digest(handle, "sha256").digest())
    return cache_dir() / "eval" / f"{folder.resolve().name}-{digest.hexdigest()[:12]}"
