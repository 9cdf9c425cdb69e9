"""What is measured of a system: indexing, quality, building from given vectors, cold and warm queries."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.benchmarks.peers import processes
from tests.benchmarks.peers.corpora import Corpus
from tests.benchmarks.peers.environments import OFFLINE, Environments
from tests.benchmarks.peers.processes import Failed, undisturbed
from tests.benchmarks.peers.results import Key, Results, Values
from tests.benchmarks.peers.systems import ROOT, SEMSEARCH, Commands, System

WARM_SECONDS = 6.0


class OutOfTime(Exception):
    """There is no time left to begin another measurement."""


@dataclass
class Bench:
    """Where everything lies, until when we may go on, and what failed in this run."""

    folder: Path
    results: Results
    environments: Environments
    machine: str
    deadline: float = math.inf
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """What every measured process gets: no connection, and no index or daemon of the user's."""
        path = os.pathsep.join(filter(None, [os.fspath(ROOT), os.environ.get("PYTHONPATH", "")]))
        return undisturbed(**OFFLINE, SEMSEARCH_DATA=os.fspath(self.folder / "data"), PYTHONPATH=path)

    def key(self, system: System, column: str, size: str, number: int = 0) -> Key:
        """Name a measurement. Queries are measured in rounds with semsearch, so they go with its tree."""
        version = system.version()
        if column.startswith(("cold", "warm")):
            version += f" beside {SEMSEARCH.version()}"
        return Key(system.name, version, column, size, self.machine, number)

    def found(self, system: System, column: str, size: str, number: int = 0) -> Values:
        """Return what is known of a measurement, {} for nothing."""
        return self.results.find(self.key(system, column, size, number)) or {}

    def corpus(self, name: str) -> Corpus:
        """Return the files of a corpus, made once."""
        corpus = Corpus(self.folder / "corpora" / name)
        if not corpus.done.is_file():
            self.in_time()
            self.make_corpus(corpus, name)
        return corpus

    def make_corpus(self, corpus: Corpus, name: str, *rest: str) -> None:
        print(f"preparing texts: {name}", flush=True)
        command = [sys.executable, "-m", "tests.benchmarks.peers.corpora", os.fspath(corpus.folder), name, *rest]
        if processes.run_alone(command, undisturbed(PYTHONPATH=self.env["PYTHONPATH"])):
            raise SystemExit(f"the texts of {name} could not be made; the reason stands above")

    def commands(self, system: System) -> Commands:
        """Return the way to call a system, installing it first. Raises Failed."""
        if not self.environments.ready(system):
            self.in_time()
        return Commands(system, self.environments.python(system))

    def in_time(self) -> None:
        if time.monotonic() > self.deadline:
            raise OutOfTime

    def measure(self, system: System, column: str, size: str, work: Callable[[], Values], number: int = 0) -> Values:
        """Measure once and for all; a failure is told, kept for the table of this run, and tried again in the next."""
        key = self.key(system, column, size, number)
        found = self.results.find(key)
        place = (system.name, column, size)
        if found is not None or place in self.failures:
            return found or {}
        self.in_time()
        print(f"{system.title}: {column}, {size}" + (f", round {number + 1}" if number else ""), flush=True)
        try:
            return self.results.put(key, work())
        except Failed as error:
            self.failures[place] = str(error)
            print(f"{system.title}: {column} failed: {error}", file=sys.stderr, flush=True)
            return {}

    def store(self, system: System, size: str, mode: str) -> Path:
        """Return where a store lies that is built from given vectors or kept after `index`."""
        return self.folder / "stores" / f"{system.name}-{size}-{mode}-{system.version()}"


def keep(bench: Bench, system: System, size: str, mode: str, build: Callable[[Path], processes.Measured]) -> Values:
    """Build a store beside its place and move it there; stores of other versions go."""
    place = bench.store(system, size, mode)
    place.parent.mkdir(parents=True, exist_ok=True)
    for old in place.parent.glob(f"{system.name}-{size}-{mode}-*"):
        shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix="new-") as folder:
        made = build(Path(folder) / "store")
        (Path(folder) / "store").rename(place)
    return {**asdict(made), "bytes": disk(place)}


def disk(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def index(bench: Bench, system: System, size: str, number: int = 0) -> Values:
    """Index real texts with real encoding, as a user would; the store of the first round stays."""

    def work() -> Values:
        texts, commands = bench.corpus(size).texts, bench.commands(system)
        return keep(bench, system, size, "index", lambda to: processes.measure(commands.index(to, texts), bench.env))

    return bench.measure(system, "index", size, work, number)


def index_folder(bench: Bench, system: System, size: str, source: Path) -> None:
    """Index a folder of files with semsearch, and make its passages the texts of a corpus for others."""

    def work() -> Values:
        command = bench.commands(system)
        return keep(
            bench, system, size, "index", lambda to: processes.measure(command.index_folder(to, source), bench.env)
        )

    bench.measure(system, "index", size, work)
    corpus = Corpus(bench.folder / "corpora" / size)
    if not corpus.done.is_file():
        bench.make_corpus(corpus, size, "--store", os.fspath(bench.store(system, size, "index")))


def build(bench: Bench, system: System, size: str, mode: str | None = None) -> Values:
    """Build a store from given vectors; measured once, built again when it has gone."""
    chosen = mode or system.modes[0]

    def work() -> Values:
        corpus, commands = bench.corpus(size), bench.commands(system)
        return keep(
            bench,
            system,
            size,
            chosen,
            lambda to: processes.measure(commands.index_vectors(to, corpus.texts, corpus.vectors, chosen), bench.env),
        )

    found = bench.measure(system, f"build {chosen}", size, work)
    if found and not bench.store(system, size, chosen).is_dir():
        bench.in_time()
        work()
    return found


def quality(bench: Bench, system: System, mode: str) -> Values:
    """nDCG@10 on SciFact: from the store that `index` made, or for another mode from one of given vectors."""

    def work() -> Values:
        kind = "index" if mode == system.modes[0] or system is SEMSEARCH else mode
        if kind != "index":
            _give_vectors(bench)
            build(bench, system, "scifact", mode)
        place = bench.store(system, "scifact", kind)
        if not place.is_dir():
            raise Failed(f"its index of SciFact is not there: --part scifact, after --again {system.name} if need be")
        answers = _ask(bench, system, place, bench.corpus("scifact"), mode, 0.0)
        return {"ndcg": ndcg(answers["hits"], judged(bench.corpus("scifact")))}

    return bench.measure(system, f"quality {mode}", "scifact", work)


def _give_vectors(bench: Bench) -> None:
    from tests.benchmarks.peers.systems import PEERS

    corpus = bench.corpus("scifact")
    if not corpus.vectors.is_file():
        store = bench.store(PEERS[0], "scifact", "index")
        if not store.is_dir():
            raise Failed("the script has no index of SciFact whose vectors could be given")
        bench.make_corpus(corpus, "scifact", "--store", os.fspath(store))


def judged(corpus: Corpus) -> dict[str, dict[str, int]]:
    """Return {query: {document: grade}} of SciFact."""
    from tests.benchmarks.material import judgements

    return judgements("scifact")


def ndcg(hits: Mapping[str, Sequence[str]], judgements: Mapping[str, Mapping[str, int]], k: int = 10) -> float:
    """Return nDCG@k with linear gains, as trec_eval has it; a query without hits counts 0."""
    return statistics.fmean(_ndcg(hits.get(query, []), grades, k) for query, grades in judgements.items())


def _ndcg(found: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    gained = sum(grades.get(document, 0) / math.log2(rank + 2) for rank, document in enumerate(found[:k]))
    best = sum(grade / math.log2(rank + 2) for rank, grade in enumerate(sorted(grades.values(), reverse=True)[:k]))
    return gained / best if best else 0.0


def cold(bench: Bench, system: System, size: str, number: int) -> Values:
    """One query as a process of its own, from start to exit; each round has another query."""

    def work() -> Values:
        commands = bench.commands(system)
        name = "10000" if size == "sample" else size
        text = json.loads(bench.corpus(name).queries.read_text(encoding="utf-8"))[number][1]
        place = bench.store(system, size, "index" if size == "sample" else system.modes[0])
        if not place.is_dir():
            raise Failed(f"there is no index of {size} passages")
        return asdict(processes.measure(commands.query(place, text), bench.env))

    return bench.measure(system, "cold", size, work, number)


def warm(bench: Bench, system: System, size: str, mode: str, number: int, seconds: float = WARM_SECONDS) -> Values:
    """Queries one after the other in a process that stays."""

    def work() -> Values:
        answers = _ask(bench, system, bench.store(system, size, system.modes[0]), bench.corpus(size), mode, seconds)
        whole, encoding = answers["whole"], answers["encode"]
        rest = [max(0.0, w - e) for w, e in zip(whole, encoding, strict=True)]
        return {
            "queries": len(whole),
            "p50_ms": _percentile(whole, 50) * 1e3,
            "p95_ms": _percentile(whole, 95) * 1e3,
            "encode_p50_ms": _percentile(encoding, 50) * 1e3,
            "rest_p50_ms": _percentile(rest, 50) * 1e3,
            "load": os.getloadavg()[0],
        }

    return bench.measure(system, f"warm {mode}", size, work, number)


def _ask(bench: Bench, system: System, store: Path, corpus: Corpus, mode: str, seconds: float) -> Values:
    if not store.is_dir():
        raise Failed("it has no index to be asked")
    commands = bench.commands(system)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "answers.json"
        processes.measure(commands.queries(store, corpus.queries, out, mode, seconds), bench.env)
        answers: Values = json.loads(out.read_text(encoding="utf-8"))
    return answers


def _percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile by linear interpolation, as numpy does."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
