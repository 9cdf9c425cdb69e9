"""LlamaIndex with its vector store in memory, kept as the JSON files it writes, one node a passage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core import Settings, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from protocol import Hits, Records, serve


class LlamaIndex:
    def __init__(self, model: str) -> None:
        Settings.llm = None
        self._encoder = HuggingFaceEmbedding(model_name=model, device="cpu")

    def index(self, store: Path, records: Records, mode: str) -> None:
        self._keep(store, [TextNode(id_=record["id"], text=record["text"]) for record in records])

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
        rows = zip(records, np.load(vectors, mmap_mode="r"), strict=True)
        self._keep(store, [TextNode(id_=r["id"], text=r["text"], embedding=vector.tolist()) for r, vector in rows])

    def _keep(self, store: Path, nodes: list[TextNode]) -> None:
        index = VectorStoreIndex(nodes, embed_model=self._encoder)
        index.storage_context.persist(str(store))

    def open(self, store: Path, mode: str) -> OpenLlamaIndex:
        storage = StorageContext.from_defaults(persist_dir=str(store))
        return OpenLlamaIndex(load_index_from_storage(storage, embed_model=self._encoder), self._encoder)


class OpenLlamaIndex:
    def __init__(self, index: Any, encoder: HuggingFaceEmbedding) -> None:
        self._index = index
        self._encoder = encoder

    def encode(self, text: str) -> Any:
        return self._encoder.get_query_embedding(text)

    def search(self, text: str, k: int) -> Hits:
        found = self._index.as_retriever(similarity_top_k=k).retrieve(text)
        return [(hit.node.node_id, hit.score or 0.0, hit.node.get_content()) for hit in found]


if __name__ == "__main__":
    serve(LlamaIndex)
