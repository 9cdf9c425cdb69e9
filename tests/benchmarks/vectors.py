"""Exact and quantized dense search over a float16 log, selectors, and the type of the log. See docs/decisions.md."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from tests.benchmarks.material import embeddings, interpolated
from tests.benchmarks.report import overlap, table, timed

Search = Callable[[np.ndarray], np.ndarray]
INNER = faiss.METRIC_INNER_PRODUCT


def best(scores: np.ndarray, k: int) -> np.ndarray:
    k = min(k, len(scores))
    part = np.argpartition(-scores, k - 1)[:k]
    return part[np.argsort(-scores[part], kind="stable")]


def chunked(log: np.ndarray, k: int, rows: int = 1024) -> Search:
    def search(query: np.ndarray) -> np.ndarray:
        scores = np.empty(len(log), np.float32)
        for first in range(0, len(log), rows):
            scores[first : first + rows] = log[first : first + rows].astype(np.float32) @ query
        return best(scores, k)

    return search


def half_precision(log: np.ndarray) -> Any:
    """An exact index over the log's own bytes: the codes of QT_fp16 are float16 values."""
    index = faiss.IndexScalarQuantizer(log.shape[1], faiss.ScalarQuantizer.QT_fp16, INNER)
    index.codes.resize(log.nbytes)
    faiss.memcpy(index.codes.data(), faiss.swig_ptr(np.asarray(log).view(np.uint8).reshape(-1)), log.nbytes)
    index.ntotal = len(log)
    return index


def one_list(rows: np.ndarray) -> Any:
    """RaBitQ codes in one list around the plain mean; the factory's IVF1 would normalise that centroid."""
    coarse = faiss.IndexFlatIP(rows.shape[1])
    coarse.add(rows[:20_000].mean(axis=0, keepdims=True))
    index = faiss.IndexIVFRaBitQFastScan(coarse, rows.shape[1], 1, INNER)
    index.own_fields = True
    coarse.this.disown()
    index.train(rows[:1000])
    index.add(rows)
    return index


def from_factory(rows: np.ndarray, name: str) -> Any:
    index = faiss.index_factory(rows.shape[1], name, INNER)
    index.train(rows[:20_000])
    index.add(rows)
    return index


def rescored(index: Any, log: np.ndarray, candidates: int, params: Any = None) -> Search:
    def search(query: np.ndarray) -> np.ndarray:
        found = index.search(query[None], candidates, params=params)[1][0]
        found = np.sort(found[found >= 0])
        return found[np.argsort(-(log[found].astype(np.float32) @ query), kind="stable")]

    return search


def row(name: str, search: Search, queries: np.ndarray, truth: list[np.ndarray], note: str = "") -> tuple[object, ...]:
    spent, found = timed(search, queries)
    return name, spent, f"{overlap(found, truth, 10):.4f}", f"{overlap(found, truth, 100):.4f}", note


def exact_rows(log: np.ndarray, queries: np.ndarray, truth: list[np.ndarray]) -> Iterator[tuple[object, ...]]:
    resident = np.asarray(log).astype(np.float32)
    yield row("numpy, chunks of the mapped float16 log", chunked(log, 100), queries, truth, "0 B/row in memory")
    yield row("numpy, float32 in memory", lambda q: best(resident @ q, 100), queries, truth, "1536 B/row in memory")
    yield row("faiss.knn, float32", lambda q: faiss.knn(q[None], resident, 100, metric=INNER)[1][0], queries, truth)
    started = time.perf_counter()
    half = half_precision(log)
    note = f"768 B/row in memory, ready in {(time.perf_counter() - started) * 1e3:.0f} ms"
    yield row("FAISS SQfp16 over the log's bytes", lambda q: half.search(q[None], 100)[1][0], queries, truth, note)
    for name in ("SQbf16", "SQ8", "SQ4"):
        index = from_factory(resident, name)
        yield row(f"{name}, 200 rescored", rescored(index, log, 200), queries, truth, f"{index.sa_code_size()} B/row")


def quantized_rows(
    log: np.ndarray, queries: np.ndarray, truth: list[np.ndarray], slow: bool
) -> Iterator[tuple[object, ...]]:
    resident = np.asarray(log).astype(np.float32)
    builders: dict[str, Callable[[], Any]] = {
        "RaBitQfs, one list, plain mean": lambda: one_list(resident),
        "IVF1,RaBitQfs of the factory": lambda: from_factory(resident, "IVF1,RaBitQfs"),
        "RaBitQfs2 (2 bits)": lambda: from_factory(resident, "RaBitQfs2"),
        "RaBitQfs4 (4 bits)": lambda: from_factory(resident, "RaBitQfs4"),
        "RaBitQ without fast scan": lambda: from_factory(resident, "RaBitQ"),
    }
    if slow:
        builders["IVF316,RaBitQfs, nprobe 64"] = lambda: from_factory(resident, "IVF316,RaBitQfs")
        builders["HNSW32,SQ8, ef 256"] = lambda: from_factory(resident, "HNSW32,SQ8")
    for name, build in builders.items():
        started = time.perf_counter()
        index = build()
        note = (
            f"built in {time.perf_counter() - started:.1f} s, {faiss.serialize_index(index).size / len(log):.0f} B/row"
        )
        if name.startswith("IVF316"):
            index.nprobe = 64
        if name.startswith("HNSW"):
            index.hnsw.efSearch = 256
        for candidates in (100, 200, 400, 800):
            yield row(f"{name}, {candidates} rescored", rescored(index, log, candidates), queries, truth, note)
            note = ""


def selector_rows(log: np.ndarray, queries: np.ndarray) -> Iterator[tuple[object, ...]]:
    resident = np.asarray(log).astype(np.float32)
    index = one_list(resident)
    for share in (0.999, 0.5, 0.1, 0.01, 0.001, 0.0001):
        kept = np.sort(np.random.default_rng(1).permutation(len(log))[: max(1, int(len(log) * share))])
        keep = np.zeros(len(log), bool)
        keep[kept] = True
        selector = faiss.IDSelectorBitmap(np.packbits(keep, bitorder="little"))
        params = faiss.SearchParametersIVF(sel=selector, nprobe=1)
        with_bitmap, found = timed(rescored(index, log, 400, params), queries)
        truth = [kept[best(resident[kept] @ q, 10)] for q in queries]
        direct = ""
        if len(kept) <= 20_000:
            direct, _ = timed(lambda q, rows=kept: best(log[rows].astype(np.float32) @ q, 10), queries)
        yield f"{share:.2%}", len(kept), with_bitmap, f"{overlap(found, truth, 10):.4f}", direct


def type_rows() -> Iterator[tuple[object, ...]]:
    import ml_dtypes

    base, queries = embeddings()
    exact = queries @ base.T
    truth = [best(s, 10) for s in exact]
    scale = np.abs(base).max(axis=1, keepdims=True) / 127
    kinds = {
        "float32": (1536, base),
        "float16": (768, base.astype(np.float16).astype(np.float32)),
        "bfloat16": (768, base.astype(ml_dtypes.bfloat16).astype(np.float32)),
        "int8, a scale for each row": (388, np.round(base / scale) * scale),
    }
    for name, (size, stored) in kinds.items():
        scores = queries @ stored.T
        error = np.abs(scores - exact)
        found = [best(s, 10) for s in scores]
        yield name, size, f"{error.max():.1e}", f"{error.mean():.1e}", f"{overlap(found, truth, 10):.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 50_000, 100_000])
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--slow", action="store_true", help="also build inverted lists and HNSW")
    arguments = parser.parse_args()
    faiss.omp_set_num_threads(2)
    _, everything = embeddings()
    queries = everything[np.linspace(0, len(everything) - 1, arguments.queries).astype(int)]
    header = ("search", "p50 / p95 ms", "recall@10", "recall@100", "")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vectors.f16"
            interpolated(rows).astype(np.float16).tofile(path)
            log = np.memmap(path, np.float16, "r", shape=(rows, queries.shape[1]))
            resident = np.asarray(log).astype(np.float32)
            truth = [best(resident @ q, 100) for q in queries]
            table(f"{rows:,} rows, exact", header, exact_rows(log, queries, truth))
            table(f"{rows:,} rows, quantized", header, quantized_rows(log, queries, truth, arguments.slow))
            if rows == max(arguments.rows):
                header2 = ("kept", "rows", "bitmap, p50 / p95 ms", "recall@10", "kept rows exactly, p50 / p95 ms")
                table(f"{rows:,} rows, filtered", header2, selector_rows(log, queries))
    header = ("type of the log", "bytes a vector", "largest error of a cosine", "mean error", "recall@10")
    table("The log's type, over real passages", header, type_rows())


if __name__ == "__main__":
    main()
