"""Speed and recall of the search over 100,000 passages through the public API, with vectors that are given.

The encoder looks its vectors up, so its share of a query's time is some microseconds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from semsearch import Document, Index
from semsearch.corpus.split.passages import embedded_text
from tests.benchmarks.given_vectors import GivenVectors
from tests.benchmarks.material import embeddings, interpolated, questions, recombined
from tests.benchmarks.report import overlap, table, timed


def build(folder: Path, passages: int) -> tuple[Index, float]:
    """Index documents of one passage each, with interpolated vectors."""
    texts = recombined(passages, words=80)
    _, asked = embeddings()
    known = dict(zip((embedded_text("", (), text) for text in texts), interpolated(passages), strict=True))
    known |= dict(zip(questions(), asked, strict=True))
    index = Index.create(folder / "index", encoder=GivenVectors(known))
    start = time.perf_counter()
    made = index.add(Document(f"d{n}", text, metadata={"number": n}) for n, text in enumerate(texts))
    seconds = time.perf_counter() - start
    print(f"{made.passages:,} passages in {seconds:.0f} s; {index.status()}")
    return index, seconds


def engines(index: Index, k: int) -> Iterator[tuple[object, ...]]:
    """Measure one list alone, without fetching texts: what the design's 5 ms are about."""
    from semsearch.stores.local.files.layout import Layout
    from semsearch.stores.local.index_reader import Reader

    _, vectors = embeddings()
    texts = questions()
    reader = Reader(Layout(index.path))
    with reader.view() as view:
        _, truth = timed(lambda q: view.dense(q, k, exact=True).ids.tolist(), vectors[:200], warm=2)
        spent, found = timed(lambda q: view.dense(q, k).ids.tolist(), vectors)
        yield (
            f"dense, {k} best",
            spent,
            f"{overlap(found[:200], truth, 10):.4f}",
            f"{overlap(found[:200], truth, k):.4f}",
        )
        spent, _ = timed(lambda q: view.dense(q, k, exact=True), vectors[:100], warm=2)
        yield f"dense, {k} best, exact", spent, "1", "1"
        spent, _ = timed(lambda q: view.lexical(q, k), texts)
        yield f"lexical, {k} best", spent, "", ""
    reader.close()


def whole(index: Index) -> Iterator[tuple[object, ...]]:
    """Measure `Index.search`: ranking, folding, texts, marks."""
    texts = questions()
    exact = [[h.passage.document_id for h in _hits(index, q, "dense", exact=True)] for q in texts[:100]]
    for mode in ("dense", "lexical", "hybrid"):
        spent, found = timed(lambda q, m=mode: _hits(index, q, m), texts)
        same = [
            len({h.passage.document_id for h in f} & set(e)) / max(1, len(e))
            for f, e in zip(found, exact, strict=False)
        ]
        yield mode, spent, f"{np.mean(same):.4f}" if mode == "dense" else ""
    for wanted in ("number=77", "number<1000", "number>=1000"):
        spent, _ = timed(lambda q, f=wanted: index.search(q, filters=[f], floor=False), texts[:100])
        yield f"hybrid, --filter {wanted}", spent, ""


def _hits(index: Index, query: str, mode: str, *, exact: bool = False) -> list:
    return list(index.search(query, mode=mode, floor=False, exact=exact).hits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index, _ = build(Path(folder), arguments.passages)
        with index:
            header = ("list", "p50 / p95 ms", "recall@10", "recall@k")
            for k in (10, 100):
                table(f"One list, {k} passages", header, engines(index, k))
            table("Index.search, 10 documents", ("search", "p50 / p95 ms", "recall@10"), whole(index))


if __name__ == "__main__":
    main()
