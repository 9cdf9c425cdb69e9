"""Indexes of 10,000 to 1,000,000 passages through the public API: build, disk, recall, speed, memory, cold start.

    python -m tests.benchmarks.million --passages 10000 100000 1000000

Made indexes stay in the cache's `benchmarks` folder (a million passages: 2 GB, some 10 minutes), and an interrupted
build goes on. Documents are recombined real text, vectors lie between those of real passages, questions are real.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

from semsearch import Index
from semsearch.stores.base import Keep
from semsearch.stores.local.dense.recall import exact_best
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.view import View
from semsearch.stores.local.writer import Writer
from tests.benchmarks.material import cache_folder, embeddings, questions
from tests.benchmarks.million_corpus import PASSAGES, Series, documents
from tests.benchmarks.peers.processes import measure
from tests.benchmarks.report import record, table, timed

REMOVED = 0.01
"""Share of the documents that are removed again."""
APPENDED = 400
"""Documents that come afterwards: their passages lie behind the rows of the approximate index."""
COLD = 5


def build(passages: int) -> Index:
    """Make the index, or go on with it; delete and append when it is whole."""
    folder = cache_folder() / f"million-{passages}"
    layout, told = Layout(folder / "index"), folder / "built.json"
    if told.is_file():
        return Index.open(layout.root, encoder=Series())
    index = Index.create(layout.root, encoder=Series(), exist_ok=True)
    with Writer(layout) as writer:
        writer.set_meta("own_encoder", False)
        writer.commit()
        rows = writer.log_rows()
    index = Index.open(layout.root, encoder=Series(rows))
    done, wanted = index.status().documents, round(passages / PASSAGES)
    started = time.perf_counter()
    index.add(documents(done, wanted - done))
    facts: dict[str, Any] = {"seconds": time.perf_counter() - started, "resumed": bool(done)}
    facts["ann"] = _meta(layout).get("ann") or {}
    gone = np.random.default_rng(3).choice(wanted, round(wanted * REMOVED), replace=False)
    names = [d.id for d in index.documents()]
    index.remove([names[n] for n in sorted(gone.tolist())])
    index.add(documents(wanted, APPENDED))
    told.write_text(json.dumps(facts), encoding="utf-8")
    return index


def _meta(layout: Layout) -> dict[str, Any]:
    reader = Reader(layout)
    with reader.view() as view:
        meta = view.state.meta
    reader.close()
    return meta


def sizes(index: Index) -> dict[str, float]:
    """Return bytes a passage, by part; the text is told apart."""
    status, root = index.status(), index.path
    catalog = (root / "catalog.sqlite").stat().st_size
    found = {
        "vectors": sum(p.stat().st_size for p in root.glob("vectors-*")),
        "codes": sum(p.stat().st_size for p in root.glob("ann-*")),
        "terms": sum(p.stat().st_size for p in root.glob("lexical-*/*")),
        "catalogue": catalog - status.bytes_text,
        "text": status.bytes_text,
    }
    return {name: size / status.passages for name, size in found.items()}


def truth(view: View, vectors: np.ndarray, keep: Keep | None = None, k: int = 10) -> list[list[int]]:
    """Return the ids of the exact best passages, live and kept."""
    alive = view.state.live if keep is None else keep.mask(view.state.rows)  # type: ignore[attr-defined]
    if keep is not None:
        rows = np.flatnonzero(alive)
        best = rows[np.argsort(-(vectors @ view.state.log.take(rows).T), axis=1)[:, :k]]
    else:
        near = exact_best(view.state.log, vectors, 4 * k)
        best = np.array([row[alive[row]][:k] for row in near])
    ids = dict(view.rows("SELECT row, id FROM passages"))
    return [[ids[int(r)] for r in row] for row in best]


def recall(view: View, vectors: np.ndarray, keep: Keep | None = None) -> float:
    wanted = truth(view, vectors, keep)
    found = [view.dense(v, 10, keep).ids.tolist() for v in vectors]
    return float(np.mean([len({*f} & {*w}) / len(w) for f, w in zip(found, wanted, strict=True)]))


def recalls(index: Index) -> dict[str, float]:
    """Return recall@10 of real questions: of everything, of a folder of like documents, of a twentieth at random."""
    _, asked = embeddings()
    reader = Reader(Layout(index.path))
    found = {}
    with reader.view() as view:
        found["real questions"] = recall(view, asked)
        folder = view.select([], ["folder07"])
        found["one folder"] = recall(view, asked[::6], folder)
        numbers = np.array([n for (n,) in view.rows("SELECT id FROM documents WHERE id % 20 = 3")])
        found["a twentieth"] = recall(view, asked[::6], _rows(view, numbers))
    reader.close()
    return found


def _rows(view: View, numbers: np.ndarray) -> Keep:
    from semsearch.stores.local.catalog.select import RowSet, rows_of_documents

    return RowSet(rows_of_documents(view.connection, numbers))


def speeds(index: Index) -> Iterator[tuple[str, str]]:
    """Measure `Index.search`, 10 documents with texts and marks."""
    texts = questions()
    for mode in ("dense", "lexical", "hybrid"):
        spent, _ = timed(lambda q, m=mode: index.search(q, mode=m, floor=False), texts)
        yield mode, spent
    for name, options in (
        ("hybrid, --filter number<1000", {"filters": ["number<1000"]}),
        ("hybrid, --filter number>=1000", {"filters": ["number>=1000"]}),
        ("hybrid, --in folder07", {"within": ["folder07"]}),
    ):
        spent, _ = timed(lambda q, o=options: index.search(q, floor=False, **o), texts[:60], warm=3)
        yield name, spent


def cold(index: Index) -> tuple[float, float, float]:
    """Return median seconds and peak MB of a `semsearch query` with its model, and MB of a process after 50 queries."""
    command = [sys.executable, "-m", "semsearch", "query", "-i", str(index.path), "--json", "what do bees dance about"]
    spent = [measure(command, every=0, allowed=(0, 1)) for _ in range(COLD)]
    stays = (
        "import sys; from pathlib import Path\n"
        "from semsearch import Index; from tests.benchmarks.material import questions\n"
        "with Index.open(sys.argv[1]) as index:\n"
        "    [index.search(q, floor=False) for q in questions()[:50]]\n"
        "print([l for l in Path('/proc/self/status').read_text().splitlines() if 'RssAnon' in l][0].split()[1])"
    )
    out = subprocess.run([sys.executable, "-c", stays, str(index.path)], check=True, capture_output=True, text=True)
    return (
        float(np.median([one.seconds for one in spent])),
        float(np.median([one.peak_mb for one in spent])),
        float(out.stdout) * 1024 / 1e6,
    )


def rows_of(name: str, values: dict[str, object]) -> Iterator[tuple[str, object]]:
    yield from ((f"{name}, {key}", value) for key, value in values.items())


def report(passages: int, parts: frozenset[str]) -> dict[str, float]:
    """Print everything about one size; return what the page collects."""
    with build(passages) as index:
        told = json.loads((index.path.parent / "built.json").read_text(encoding="utf-8"))
        status, ann = index.status(), _meta(Layout(index.path)).get("ann") or {}
        lines: list[tuple[str, object]] = [
            ("passages, removed ones", f"{status.passages:,}, {status.tombstones:,}"),
            ("search", status.search),
            ("build of all, s", f"{told['seconds']:.0f}{' (resumed)' if told['resumed'] else ''}"),
            ("... of it the approximate index, s", told["ann"].get("seconds", 0)),
            ("recall@10 stored", ann.get("recall", 1)),
        ]
        found: dict[str, float] = {f"build_s_{passages}": told["ann"].get("seconds", 0.0)}
        if "size" in parts:
            by_part = sizes(index)
            found["bytes_per_passage"] = sum(v for k, v in by_part.items() if k != "text")
            lines += rows_of("bytes a passage", {k: round(v) for k, v in by_part.items()})
            lines.append(("bytes a passage besides its text", round(found["bytes_per_passage"])))
        if "recall" in parts:
            by_kind = recalls(index)
            found["recall_at_10"] = by_kind["real questions"]
            lines += rows_of("recall@10", {k: f"{v:.4f}" for k, v in by_kind.items()})
        if "speed" in parts:
            spent = dict(speeds(index))
            for mode in ("dense", "hybrid"):
                found[f"{mode}_p50_ms"] = float(spent[mode].split(" ")[0])
            lines += rows_of("p50 / p95 ms", spent)
        if "cold" in parts:
            seconds, peak, stays = cold(index)
            found["resident_mb"] = peak
            lines += [("cold `semsearch query`, s", f"{seconds:.2f}"), ("... its peak, MB", round(peak))]
            lines.append(("anonymous memory after 50 queries, MB", round(stays)))
        table(f"{passages:,} passages", ("", ""), lines)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--parts", nargs="+", default=["size", "recall", "speed", "cold"])
    arguments = parser.parse_args()
    for passages in arguments.passages:
        found = report(passages, frozenset(arguments.parts))
        builds = {k: v for k, v in found.items() if k.startswith("build_s_")}
        whole = found | {"build_s": found[f"build_s_{passages}"]}
        record("million", whole if passages == max(arguments.passages) and passages >= 1_000_000 else builds)


if __name__ == "__main__":
    main()
