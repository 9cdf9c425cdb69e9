"""A peer of the benchmark in a few lines: it counts common words. A text that says so makes it fail."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "peers" / "adapters"))

from protocol import Hits, Records, serve


class Tiny:
    def __init__(self, model: str) -> None:
        pass

    def index(self, store: Path, records: Records, mode: str) -> None:
        if any("refuse this" in record["text"] for record in records):
            sys.exit("a text that it cannot read")
        store.mkdir()
        (store / "records.json").write_text(json.dumps(list(records)))

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
        self.index(store, records, mode)

    def open(self, store: Path, mode: str) -> OpenTiny:
        return OpenTiny(json.loads((store / "records.json").read_text()))


class OpenTiny:
    def __init__(self, records: list[dict[str, str]]) -> None:
        self._records = records

    def encode(self, text: str) -> set[str]:
        return set(text.split())

    def search(self, text: str, k: int) -> Hits:
        words = self.encode(text)
        scored = [(len(words & set(record["text"].split())), record) for record in self._records]
        best = sorted(scored, key=lambda pair: -pair[0])[:k]
        return [(record["id"], float(score), record["text"]) for score, record in best]


if __name__ == "__main__":
    serve(Tiny)
