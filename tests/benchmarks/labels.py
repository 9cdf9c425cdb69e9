"""Labels through the public API: the 48 article titles of SQuAD, learned from 5 labelled paragraphs each, the rest held
out. The title is not part of what is embedded; a second row shows what it would tell if it were.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator

import numpy as np

from semsearch import Document, Index
from semsearch.label.cross_validate import accuracy_interval
from tests.benchmarks.material import cache_folder, records
from tests.benchmarks.report import table

FIELD = "article"


def index_of(titled: bool) -> Index:
    """Return an index of the paragraphs, encoded once (minutes); every paragraph is a document."""
    index = Index.create(cache_folder() / f"labels-{'titled' if titled else 'plain'}", exist_ok=True)
    index.add(Document(r["_id"], r["text"], r["title"] if titled else "") for r in records("squad-dev", "corpus"))
    return index


def drawn(titles: dict[str, str], each: int, seed: int) -> dict[str, str]:
    """Return `each` documents of every title, drawn at random."""
    chance = np.random.default_rng(seed)
    by_title: dict[str, list[str]] = {}
    for name, title in titles.items():
        by_title.setdefault(title, []).append(name)
    return {str(n): t for t, names in by_title.items() for n in chance.choice(names, each, replace=False)}


def measured(titled: bool, each: int, seeds: int) -> Iterator[tuple[object, ...]]:
    titles = {r["_id"]: r["title"] for r in records("squad-dev", "corpus")}
    with index_of(titled) as index:
        for seed in range(seeds):
            examples = drawn(titles, each, seed)
            start, busy = time.perf_counter(), time.process_time()
            info = index.labels.learn(FIELD, examples)
            seconds, busy = time.perf_counter() - start, time.process_time() - busy
            said = {d.id: d.metadata[FIELD] for d in index.documents() if d.id not in examples}
            right = np.array([float(said[name] == titles[name]) for name in said])
            low, high = accuracy_interval(right)
            own_low, own_high = info.interval
            yield (
                "title and text" if titled else "text alone",
                seed,
                len(said),
                f"{right.mean():.4f} ({low:.4f}-{high:.4f})",
                f"{info.value:.4f} ({own_low:.4f}-{own_high:.4f})",
                "yes" if own_low <= right.mean() <= own_high else "no",
                f"{seconds:.1f} ({busy:.1f})",
            )
        index.labels.remove(FIELD)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=5, help="labelled paragraphs of each article")
    parser.add_argument("--draws", type=int, default=3)
    arguments = parser.parse_args()
    header = (
        "embedded",
        "draw",
        "held out",
        "accuracy held out",
        "cross-validated",
        "interval holds it",
        "s to learn (of one core)",
    )
    for titled in (False, True):
        rows = list(measured(titled, arguments.each, arguments.draws))
        table(f"48 titles, {arguments.each} labelled paragraphs each", header, rows)
        values = [float(str(row[3]).split()[0]) for row in rows]
        spread = math.sqrt(float(np.var(values, ddof=1))) if len(values) > 1 else 0.0
        print(f"\nmean {np.mean(values):.4f}, standard deviation over the draws {spread:.4f}")


if __name__ == "__main__":
    main()
