"""What reranking is worth: hybrid, fused, replaced, and late interaction, on three judged collections.

Scores of pairs are kept in the cache (pair_scores.py): the first run takes hours of one core, the next ones seconds.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.api import Index
from semsearch.api.evaluation import index_path
from semsearch.api.rerankers import load_reranker
from semsearch.evaluate.beir import load
from semsearch.evaluate.bootstrap import paired
from semsearch.evaluate.measures import by_query, run_of
from semsearch.models.encoder.load import load_encoder
from semsearch.search.late_interaction import LateInteraction, OwnTokens
from semsearch.settings import DEFAULT_MODEL, DEFAULT_RERANKER
from tests.benchmarks.material import ROOT, cache_folder, collection
from tests.benchmarks.pair_scores import StoredScores
from tests.benchmarks.report import table

NAMES = ("sample_corpus", "scifact", "squad-dev")
MEASURE = "nDCG@10"
TOP = 20
SQUAD_QUESTIONS = 1_000
Ranked = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """An indexed collection, the queries that are asked, and what answers them."""

    index: Index
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]
    prefix: str = ""
    """What stands before the judged ids in the ids of the index."""


def judged(name: str, limit: int) -> Judged:
    """Index a collection, in the cache; the questions of SQuAD are a fixed sample, of which `limit` takes the first."""
    if name == "sample_corpus":
        found = sample_corpus()
    else:
        content = load(collection(name))
        index = Index.create(index_path(collection(name), DEFAULT_MODEL, None), exist_ok=True, wait=3600)
        index.add(content.documents())
        found = Judged(index, content.queries, content.qrels)
    names = list(found.queries)
    if name == "squad-dev":
        names = random.Random(0).sample(names, SQUAD_QUESTIONS)
    chosen = names[: limit or None]
    return Judged(found.index, {n: found.queries[n] for n in chosen}, {n: found.qrels[n] for n in chosen}, found.prefix)


def sample_corpus() -> Judged:
    folder = ROOT / "sample_corpus"
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    queries = {record["_id"]: record["text"] for record in map(json.loads, lines)}
    qrels: dict[str, dict[str, int]] = {}
    for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        qrels.setdefault(query, {})[document] = int(grade)
    index = Index.create(cache_folder() / "rerank-sample", exist_ok=True, wait=3600)
    index.index([folder / "docs"])
    return Judged(index, queries, qrels, f"{folder / 'docs'}/")


def run(found: Judged, **options: Any) -> tuple[Ranked, float]:
    """Rank every query; also the seconds of each."""
    started = time.perf_counter()
    ranked = found.index.rank_many(list(found.queries.values()), k=TOP, **options)
    seconds = (time.perf_counter() - started) / len(ranked)
    ids = [[Path(d).as_posix().removeprefix(found.prefix) for d in documents] for documents in ranked]
    return dict(zip(found.queries, ids, strict=True)), seconds


def values(found: Judged, ranked: Ranked) -> dict[str, float]:
    return by_query(found.qrels, run_of(ranked), [MEASURE])[MEASURE]


def rows(found: Judged, rerankers: Sequence[StoredScores]) -> Iterator[tuple[object, ...]]:
    base, seconds = run(found)
    before = values(found, base)
    yield "hybrid", f"{np.mean(list(before.values())):.4f}", "", "", f"{seconds:.3f}"
    for model in rerankers:
        for mode in ("fuse", "replace"):
            spent = model.seconds
            ranked, _ = run(found, rerank=True, rerank_mode=mode, rerank_top=TOP, reranker=model)
            after = values(found, ranked)
            gain = paired(before, after)
            cost = (model.seconds - spent) / len(ranked)
            yield (
                f"{mode}: {model.name}",
                f"{np.mean(list(after.values())):.4f}",
                f"{gain.mean:+.4f}",
                f"[{gain.low:+.4f}, {gain.high:+.4f}]",
                f"{cost:.2f}",
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--collection", choices=NAMES, action="append")
    parser.add_argument("--limit", type=int, default=0, help="only so many queries of each")
    parser.add_argument("--candidates", action="store_true", help="compare ways to fuse instead")
    parser.add_argument("--late", action="store_true", help="late interaction over the encoder's own tokens as well")
    arguments = parser.parse_args()
    rerankers = [StoredScores(load_reranker(DEFAULT_RERANKER))]
    if arguments.late:
        rerankers.append(
            StoredScores(LateInteraction(OwnTokens(load_encoder(DEFAULT_MODEL), f"MaxSim {DEFAULT_MODEL}")))
        )
    for name in arguments.collection or NAMES:
        found = judged(name, arguments.limit)
        title = f"{name}, {len(found.queries)} queries, top {TOP}"
        if arguments.candidates:
            from tests.benchmarks.rerank_fusions import compared

            table(f"{title}: ways to fuse", ("way", MEASURE, "gain", "95 %"), compared(found, rerankers[0]))
            continue
        header = ("ranking", MEASURE, "gain over hybrid", "95 %", "s a query")
        table(title, header, rows(found, rerankers))


if __name__ == "__main__":
    main()
