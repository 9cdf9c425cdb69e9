"""Whole processes, measured from outside; and users whose indexes they ask."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semsearch import Document, Index
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL
from tests.benchmarks.given_vectors import GivenVectors
from tests.benchmarks.material import ROOT, cache_folder, interpolated, recombined
from tests.benchmarks.peers.processes import Measured, measure, undisturbed


@dataclass(frozen=True)
class Spent:
    """What runs of one command took: seconds of each, and the largest resident set in MB."""

    seconds: list[float]
    megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.seconds, share))


def alternating(commands: Mapping[str, Callable[[], Measured]], rounds: int) -> dict[str, Spent]:
    """Run every command once to warm the disk's cache, then all of them in turn, `rounds` times."""
    for run in commands.values():
        run()
    taken: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, run in commands.items():
            taken[name].append(run())
    return {name: Spent([r.seconds for r in runs], max(r.peak_mb for r in runs)) for name, runs in taken.items()}


@dataclass(frozen=True)
class User:
    """A data folder of its own, with one default index in it."""

    home: Path
    passages: int

    @property
    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in undisturbed().items() if not k.startswith("SEMSEARCH_")}
        if "SEMSEARCH_CACHE" in os.environ:
            kept["SEMSEARCH_CACHE"] = os.environ["SEMSEARCH_CACHE"]
        path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
        return {
            **kept,
            "PYTHONPATH": path,
            "SEMSEARCH_DATA": str(self.home),
            "SEMSEARCH_CONFIG": str(self.home / "none"),
        }

    def run(self, *args: str) -> Measured:
        """Run semsearch; 1 is the exit status of a query without hits."""
        return self.python("-m", "semsearch", *args, allowed=(0, 1))

    def python(self, *args: str | os.PathLike[str], allowed: Container[int] = (0,)) -> Measured:
        """Run Python. Nothing weighs it meanwhile."""
        return measure([sys.executable, *args], self.environ, cwd=self.home, every=0, allowed=allowed)


class MiniLMGiven(GivenVectors):
    """The default model for queries; passages get the vectors that are given."""

    def __init__(self, known: Mapping[str, np.ndarray]) -> None:
        super().__init__(known)
        self._model = load_encoder(DEFAULT_MODEL)
        self.name = DEFAULT_MODEL

    @property
    def fingerprint(self) -> str:
        return self._model.fingerprint

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._model.encode_queries(texts)


def sample_user() -> User:
    """Return the user whose index holds the sample corpus."""
    user = User(cache_folder() / "processes" / "sample", 0)
    user.home.mkdir(parents=True, exist_ok=True)
    user.run("index", str(ROOT / "sample_corpus"))
    return User(user.home, Index.open(_index(user)).status().passages)


def large_user(passages: int) -> User:
    """Return the user whose index holds passages of real sentences with given vectors; made once."""
    user = User(cache_folder() / "processes" / str(passages), passages)
    if not (user.home / "script" / "index.faiss").is_file():
        texts = recombined(passages, words=80)
        vectors = interpolated(passages)
        store_for_script(user, [f"d{n}" for n in range(passages)], texts, vectors)
        os.environ["SEMSEARCH_DATA"] = str(user.home)
        known = dict(zip(texts, vectors, strict=True))
        Index.create(_index(user), exist_ok=True).close()
        with Index.open(_index(user), encoder=MiniLMGiven(known)) as index:
            index.add(Document(f"d{n}", text) for n, text in enumerate(texts))
        del os.environ["SEMSEARCH_DATA"]
    return user


def _index(user: User) -> Path:
    return user.home / "indexes" / "default"


def store_for_script(user: User, ids: Sequence[str], texts: Sequence[str], vectors: np.ndarray) -> None:
    """Write what `peers/script.py` reads: a flat FAISS index, and texts as JSON."""
    import faiss

    folder = user.home / "script"
    folder.mkdir(parents=True, exist_ok=True)
    records = [{"id": i, "text": text} for i, text in zip(ids, texts, strict=True)]
    (folder / "records.json").write_text(json.dumps(records), encoding="utf-8")
    flat = faiss.IndexFlatIP(vectors.shape[1])
    flat.add(vectors)
    faiss.write_index(flat, str(folder / "index.faiss"))
