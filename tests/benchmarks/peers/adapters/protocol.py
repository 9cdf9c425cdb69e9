"""The commands that every peer answers to, each in a process of its own; needs nothing but the peer's environment.

    index         STORE --texts FILE                  encode the texts as the peer does, and keep them
    index-vectors STORE --texts FILE --vectors FILE   the same with vectors that are given: .npy, (n, 384), unit rows
    query         STORE TEXT                          open, search, print ten hits
    queries       STORE --queries FILE --out FILE     open once, search one after the other with a clock

Texts are JSON lines of `id` and `text`; queries one JSON list of `[id, text]`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

K = 10
WARM = 3
"""Queries before the clock runs."""
AT_LEAST = 10

Hits = list[tuple[str, float, str]]
"""Id, score and text of each passage found, best first."""


class Records:
    """The records of a file, of `id` and `text`, read as they are wanted: what a peer holds is its own choice."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __iter__(self) -> Iterator[dict[str, str]]:
        with self._file.open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)

    def parts(self, size: int) -> Iterator[tuple[int, list[dict[str, str]]]]:
        """Yield (number of the first one, records), `size` at a time."""
        rows, start = iter(self), 0
        while part := list(itertools.islice(rows, size)):
            yield start, part
            start += len(part)


class Opened(Protocol):
    """A peer's index, ready to be searched."""

    def encode(self, text: str) -> Any:
        """Encode a query as a search does."""

    def search(self, text: str, k: int) -> Hits:
        """Search as the peer's manual does."""


class Peer(Protocol):
    """What an adapter is: `mode` is `dense` or `hybrid`."""

    def index(self, store: Path, records: Records, mode: str) -> None: ...

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None: ...

    def open(self, store: Path, mode: str) -> Opened: ...


def serve(peer: Callable[[str], Peer]) -> None:
    """Carry out the command of this process; `peer` is called with the folder of the model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("command", choices=["index", "index-vectors", "query", "queries"])
    parser.add_argument("store", type=Path)
    parser.add_argument("text", nargs="?")
    parser.add_argument("--model", required=True)
    parser.add_argument("--mode", choices=["dense", "hybrid"], default="dense")
    for name in ("texts", "vectors", "queries", "out"):
        parser.add_argument(f"--{name}", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0, help="end the queries after this, 0: never")
    given = parser.parse_args()
    made = peer(given.model)
    if given.command == "index":
        made.index(given.store, Records(given.texts), given.mode)
    elif given.command == "index-vectors":
        made.index_vectors(given.store, Records(given.texts), given.vectors, given.mode)
    elif given.command == "query":
        for identity, score, text in made.open(given.store, given.mode).search(given.text, K):
            print(f"{score:.3f}\t{identity}\t{text[:80]!r}")
    else:
        queries = json.loads(given.queries.read_text(encoding="utf-8"))
        found = ask(made.open(given.store, given.mode), queries, given.seconds)
        given.out.write_text(json.dumps(found), encoding="utf-8")


def ask(opened: Opened, queries: list[tuple[str, str]], seconds: float) -> dict[str, Any]:
    """Search one query after the other; the encoder alone has its own clock, after each search."""
    for _, text in queries[:WARM]:
        opened.search(text, K)
        opened.encode(text)
    whole, encoding, hits = [], [], {}
    end = time.perf_counter() + seconds if seconds else float("inf")
    for identity, text in queries:
        if time.perf_counter() > end and len(whole) >= AT_LEAST:
            break
        start = time.perf_counter()
        found = opened.search(text, K)
        middle = time.perf_counter()
        opened.encode(text)
        encoding.append(time.perf_counter() - middle)
        whole.append(middle - start)
        hits[identity] = [hit[0] for hit in found]
    return {"whole": whole, "encode": encoding, "hits": hits}
