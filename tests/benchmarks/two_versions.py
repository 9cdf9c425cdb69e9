"""This version beside another checkout of semsearch, in pairs: cold query, warm query, indexing, memory.

    python -m tests.benchmarks.two_versions FOLDER

Both run with the Python of this environment, each with an index that it has made of the sample corpus itself. A ratio
is this version's figure through the other's in the same pair; the interval is that of the median ratio (bootstrap).
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.benchmarks.material import ROOT
from tests.benchmarks.peers.processes import EVERY, Measured, measure, undisturbed
from tests.benchmarks.report import record, table

QUERY = "how long do the batteries of the solar roof last"
CORPUS = ROOT / "sample_corpus"
WARM = """
import json, sys, time
from pathlib import Path
from semsearch import Index
queries = [json.loads(line)["text"] for line in Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()]
with Index.open(sys.argv[1]) as index:
    for query in queries:
        index.search(query)
    start = time.perf_counter()
    for _ in range(3):
        for query in queries:
            index.search(query)
    print((time.perf_counter() - start) / len(queries) / 3)
"""


class Version:
    """A checkout with a data folder of its own."""

    def __init__(self, checkout: Path, home: Path) -> None:
        self._checkout, self._home = checkout, home
        home.mkdir()
        self.python("-m", "semsearch", "index", str(CORPUS))

    def python(self, *args: str, every: float = 0, out: Path | None = None, home: Path | None = None) -> Measured:
        """Run Python on this version's code."""
        kept = {key: value for key, value in undisturbed().items() if not key.startswith("SEMSEARCH_")}
        own = {"SEMSEARCH_DATA": str(home or self._home), "SEMSEARCH_CONFIG": str(self._home / "none")}
        env = {**kept, "PYTHONPATH": str(self._checkout), "PYTHONSAFEPATH": "1", **own}
        return measure(["python", *args], env, cwd=self._home, every=every, out=out)

    def cold(self) -> Measured:
        """One query from the shell, without a daemon."""
        return self.python("-m", "semsearch", "query", "--no-daemon", QUERY)

    def warm(self) -> float:
        """Seconds of a query in a process that has answered all of them once."""
        out = self._home / "warm"
        index = str(self._home / "indexes" / "default")
        self.python("-c", WARM, index, str(CORPUS / "queries.jsonl"), out=out)
        return float(out.read_text())

    def indexing(self) -> Measured:
        """A new index of the sample corpus, with all its processes on the scale."""
        home = self._home / "new"
        try:
            return self.python("-m", "semsearch", "index", str(CORPUS), every=EVERY, home=home)
        finally:
            shutil.rmtree(home)


def measures(version: Version) -> dict[str, Callable[[], dict[str, float]]]:
    """Return what is measured of a version: runs that each give figures by name."""

    def cold() -> dict[str, float]:
        run = version.cold()
        return {
            "cold query, seconds": run.seconds,
            "cold query, processor seconds": run.processor_seconds,
            "cold query, peak RSS": run.peak_mb,
        }

    def indexing() -> dict[str, float]:
        run = version.indexing()
        return {
            "indexing, seconds": run.seconds,
            "indexing, processor seconds": run.processor_seconds,
            "indexing, peak RSS": run.peak_mb,
        }

    return {"cold": cold, "warm": lambda: {"warm query, seconds": version.warm()}, "indexing": indexing}


def interval(ratios: list[float], rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95 % interval of the median by the bootstrap (Efron 1979)."""
    draws = rng.choice(np.array(ratios), (5000, len(ratios)))
    low, high = np.percentile(np.median(draws, axis=1), [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path, help="the other version's folder")
    parser.add_argument("--cold", type=int, default=40, help="pairs of cold queries")
    parser.add_argument("--warm", type=int, default=12, help="pairs of warm processes")
    parser.add_argument("--indexing", type=int, default=6, help="pairs of indexing runs")
    arguments = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        here, other = (
            measures(Version(checkout.resolve(), Path(folder, name)))
            for checkout, name in ((ROOT, "here"), (arguments.checkout, "other"))
        )
        for name in here:
            for _ in range(getattr(arguments, name)):
                pair = [("other", other[name]), ("here", here[name])]
                random.shuffle(pair)
                taken = {version: run() for version, run in pair}
                for what, figure in taken["here"].items():
                    found.setdefault(what, []).append((figure, taken["other"][what]))
    rng = np.random.default_rng(0)
    rows, figures = [], {}
    for what, pairs in found.items():
        ratios = [here / other for here, other in pairs]
        low, high = interval(ratios, rng)
        middle = float(np.median(ratios))
        before, after = (float(np.median([pair[place] for pair in pairs])) for place in (1, 0))
        span = f"{low:.3f} to {high:.3f}"
        rows.append((what, len(pairs), f"{before:.3f}", f"{after:.3f}", f"{middle:.3f}", span))
        figures[what] = round(middle, 3)
    table("This version beside another", ("figure", "pairs", "other", "this", "ratio", "95 %"), rows)
    record("two_versions", figures)


if __name__ == "__main__":
    main()
