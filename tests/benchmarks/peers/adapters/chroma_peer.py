"""Chroma in a folder, with its own wrapper of sentence-transformers; cosine, as that wrapper asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction
from protocol import Hits, Records, serve

BATCH = 5000
"""Chroma refuses more than some 5,400 records at once."""


class Chroma:
    def __init__(self, model: str) -> None:
        self._model = model

    def _function(self) -> SentenceTransformerEmbeddingFunction:
        return SentenceTransformerEmbeddingFunction(self._model, normalize_embeddings=True)

    def index(self, store: Path, records: Records, mode: str) -> None:
        self._add(store, records, None)

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
        self._add(store, records, np.load(vectors, mmap_mode="r"))

    def _add(self, store: Path, records: Records, vectors: np.ndarray | None) -> None:
        collection = chromadb.PersistentClient(str(store)).create_collection(
            "passages", embedding_function=self._function(), configuration={"hnsw": {"space": "cosine"}}
        )
        for start, part in records.parts(BATCH):
            collection.add(
                ids=[record["id"] for record in part],
                documents=[record["text"] for record in part],
                embeddings=None if vectors is None else np.asarray(vectors[start : start + BATCH], np.float32),
            )

    def open(self, store: Path, mode: str) -> OpenChroma:
        function = self._function()
        return OpenChroma(chromadb.PersistentClient(str(store)).get_collection("passages", function), function)


class OpenChroma:
    def __init__(self, collection: Any, function: SentenceTransformerEmbeddingFunction) -> None:
        self._collection = collection
        self._function = function

    def encode(self, text: str) -> Any:
        return self._function([text])

    def search(self, text: str, k: int) -> Hits:
        found = self._collection.query(query_texts=[text], n_results=k)
        rows = zip(found["ids"][0], found["distances"][0], found["documents"][0], strict=True)
        return [(identity, 1.0 - distance, document) for identity, distance, document in rows]


if __name__ == "__main__":
    serve(Chroma)
