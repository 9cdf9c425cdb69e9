"""The script's files, written from given vectors and read by a process that stays: see ../script.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from protocol import Hits, Records, serve
from sentence_transformers import SentenceTransformer


class Script:
    def __init__(self, model: str) -> None:
        self._model = model

    def index(self, store: Path, records: Records, mode: str) -> None:
        texts = [record["text"] for record in records]
        self._write(store, records, SentenceTransformer(self._model).encode(texts, normalize_embeddings=True))

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
        self._write(store, records, np.load(vectors, mmap_mode="r"))

    def _write(self, store: Path, records: Records, vectors: np.ndarray) -> None:
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, np.float32))
        store.mkdir()
        faiss.write_index(index, str(store / "index.faiss"))
        (store / "records.json").write_text(json.dumps(list(records)))

    def open(self, store: Path, mode: str) -> OpenScript:
        return OpenScript(SentenceTransformer(self._model), store)


class OpenScript:
    def __init__(self, model: SentenceTransformer, store: Path) -> None:
        self._model = model
        self._index = faiss.read_index(str(store / "index.faiss"))
        self._records = json.loads((store / "records.json").read_text())

    def encode(self, text: str) -> Any:
        return self._model.encode([text], normalize_embeddings=True)

    def search(self, text: str, k: int) -> Hits:
        scores, rows = self._index.search(self.encode(text), k)
        found = [(float(score), self._records[row]) for score, row in zip(scores[0], rows[0], strict=True)]
        return [(record["id"], score, record["text"]) for score, record in found]


if __name__ == "__main__":
    serve(Script)
