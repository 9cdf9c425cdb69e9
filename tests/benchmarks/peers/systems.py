"""semsearch and its peers: what is installed for each, how it is called, and what must be known of it."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
Command = list[str | os.PathLike[str]]


@dataclass(frozen=True, slots=True)
class System:
    """One row of the tables. `requirements` is None for what runs in this environment, as semsearch does."""

    name: str
    title: str
    requirements: tuple[str, ...] | None
    modes: tuple[str, ...] = ("dense",)
    """Ways to search; the first is its default."""
    largest: int = 100_000
    """Passages up to which it is measured."""
    adapters: Path = HERE / "adapters"

    @property
    def adapter(self) -> Path:
        return self.adapters / f"{self.name}_peer.py"

    @property
    def constraints(self) -> Path:
        return HERE / "constraints" / f"{self.name}.txt"

    @cache  # noqa: B019 - a handful of systems, and what a run measures is what was there when it began
    def version(self) -> str:
        """Return what changes with anything that could change a figure: the tree, or packages and adapter."""
        if self.requirements is None:
            return digest([self.adapter, *tree()])
        return digest([stack_constraints(), self.constraints, self.adapter])


SEMSEARCH = System("semsearch", "semsearch", None, ("hybrid", "dense"), largest=1_000_000)
PEERS = (
    System("script", "script: sentence-transformers + FAISS", (), largest=1_000_000),
    System("txtai", "txtai", ("txtai",), ("dense", "hybrid")),
    System("chroma", "Chroma", ("chromadb",)),
    System("lancedb", "LanceDB", ("lancedb", "pandas"), ("dense", "hybrid")),
    System("llamaindex", "LlamaIndex", ("llama-index-core", "llama-index-embeddings-huggingface")),
)
SYSTEMS = (SEMSEARCH, *PEERS)
STACK = ("torch==2.13.0", "sentence-transformers", "faiss-cpu")
"""What all peers share, installed once: the same torch encodes for each of them."""


def stack_constraints() -> Path:
    return HERE / "constraints" / "stack.txt"


def tree() -> list[Path]:
    """Return the files of semsearch itself."""
    return sorted(p for p in (ROOT / "semsearch").rglob("*") if p.suffix in (".py", ".json", ".txt"))


def digest(files: Iterable[Path]) -> str:
    """Return twelve digits over the names and the bytes of files."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name}\0".encode() + file.read_bytes())
    return whole.hexdigest()[:12]


@cache
def model_folder() -> Path:
    """Return the folder of the weights that everybody uses: what `semsearch models fetch` brings."""
    from semsearch.settings import DEFAULT_MODEL, cache_dir

    return cache_dir() / "models" / DEFAULT_MODEL


class Commands:
    """How a system is called: the interpreter of its environment, and its adapter or its own command."""

    def __init__(self, system: System, python: Path | None = None) -> None:
        self._system = system
        self._python = python or Path(sys.executable)

    def index(self, store: Path, texts: Path) -> Command:
        """Encode and keep the texts of a file, as a user of the system would."""
        if self._system is SEMSEARCH:
            return [self._python, "-m", "semsearch", "-i", store, "add", texts]
        if self._system.name == "script":
            return [self._python, HERE / "script.py", "index", model_folder(), store, texts]
        return self._adapter("index", store, "--texts", texts)

    def index_folder(self, store: Path, folder: Path) -> Command:
        """Index files; semsearch alone reads them."""
        return [self._python, "-m", "semsearch", "-i", store, "index", "--transcriber", "none", folder]

    def query(self, store: Path, text: str) -> Command:
        """Ask one question from a cold shell; recombined texts answer none, so semsearch must show the nearest."""
        if self._system is SEMSEARCH:
            return [self._python, "-m", "semsearch", "-i", store, "query", "--no-floor", "--", text]
        if self._system.name == "script":
            return [self._python, HERE / "script.py", "query", model_folder(), store, text]
        return self._adapter("query", store, text)

    def index_vectors(self, store: Path, texts: Path, vectors: Path, mode: str) -> Command:
        """Keep texts whose vectors are given."""
        return self._adapter("index-vectors", store, "--texts", texts, "--vectors", vectors, "--mode", mode)

    def queries(self, store: Path, queries: Path, out: Path, mode: str, seconds: float) -> Command:
        """Ask many questions of a process that stays."""
        rest = ("--queries", queries, "--out", out, "--mode", mode, "--seconds", str(seconds))
        return self._adapter("queries", store, *rest)

    def _adapter(self, *words: str | Path) -> Command:
        return [self._python, self._system.adapter, *words, "--model", model_folder()]
