"""txtai as its manual begins: `Embeddings(path=..., content=True)`, and `hybrid=True`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from protocol import Hits, Records, serve
from txtai import Embeddings


class Txtai:
    def __init__(self, model: str) -> None:
        self._model = model

    def index(self, store: Path, records: Records, mode: str) -> None:
        embeddings = Embeddings(path=self._model, content=True, hybrid=mode == "hybrid")
        embeddings.index((record["id"], record["text"]) for record in records)
        embeddings.save(str(store))

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
        """Give the vectors through txtai's own way for them; what is saved names the model, as after `index`."""
        given, done = np.load(vectors, mmap_mode="r"), 0

        def next_ones(texts: list[str]) -> np.ndarray:
            nonlocal done
            done += len(texts)
            return np.asarray(given[done - len(texts) : done], np.float32)

        embeddings = Embeddings(method="external", transform=next_ones, content=True, hybrid=mode == "hybrid")
        embeddings.index((record["id"], record["text"]) for record in records)
        if done != len(given):
            sys.exit(f"txtai asked for {done} vectors of {len(given)}")
        del embeddings.config["method"], embeddings.config["transform"]
        embeddings.config["path"] = self._model
        embeddings.save(str(store))

    def open(self, store: Path, mode: str) -> OpenTxtai:
        embeddings = Embeddings()
        embeddings.load(str(store))
        return OpenTxtai(embeddings)


class OpenTxtai:
    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings

    def encode(self, text: str) -> Any:
        return self._embeddings.transform(text)

    def search(self, text: str, k: int) -> Hits:
        return [(found["id"], found["score"], found["text"]) for found in self._embeddings.search(text, k)]


if __name__ == "__main__":
    serve(Txtai)
