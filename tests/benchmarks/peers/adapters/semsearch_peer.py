"""semsearch through its public API, with vectors that are given: they are those of its model, so the index is real.

An index that is made with the default model is opened with an encoder that has the same fingerprint and looks vectors
up; whoever opens it later, the command line as well, encodes queries with the model itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from protocol import Hits, serve

from semsearch import Document, Index
from semsearch.corpus.passages import embedded_text
from semsearch.models.load import load_encoder
from semsearch.settings import DEFAULT_MODEL


class GivenPassages:
    """The default model, for passages whose vector is not known and for queries."""

    def __init__(self, records: list[dict[str, str]], vectors: np.ndarray) -> None:
        self._real = load_encoder(DEFAULT_MODEL)
        self._vectors = vectors
        self._rows = {_digest(embedded_text("", (), record["text"])): row for row, record in enumerate(records)}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Look up what is known; a text that was split in two is encoded."""
        rows = [self._rows.get(_digest(text), -1) for text in texts]
        found = np.empty((len(texts), self._real.dim), np.float32)
        known = [n for n, row in enumerate(rows) if row >= 0]
        found[known] = self._vectors[[rows[n] for n in known]]
        if new := [n for n, row in enumerate(rows) if row < 0]:
            found[new] = self._real.encode_passages([texts[n] for n in new])
        return found


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


class Semsearch:
    def __init__(self, model: str) -> None:
        """The model is the one that the settings name."""

    def index(self, store: Path, records: list[dict[str, str]], mode: str) -> None:
        with Index.create(store) as index:
            index.add(Document(record["id"], record["text"]) for record in records)

    def index_vectors(self, store: Path, records: list[dict[str, str]], vectors: Path, mode: str) -> None:
        Index.create(store).close()
        given: Any = GivenPassages(records, np.load(vectors, mmap_mode="r"))
        with Index.open(store, encoder=given) as index:
            index.add(Document(record["id"], record["text"]) for record in records)

    def open(self, store: Path, mode: str) -> OpenSemsearch:
        return OpenSemsearch(Index.open(store), mode)


class OpenSemsearch:
    def __init__(self, index: Index, mode: str) -> None:
        self._index = index
        self._mode = mode
        self._encoder = load_encoder(DEFAULT_MODEL)

    def encode(self, text: str) -> Any:
        return self._encoder.encode_queries([text])

    def search(self, text: str, k: int) -> Hits:
        found = self._index.search(text, k=k, mode=self._mode, floor=False)
        return [(hit.passage.document_id, hit.score, hit.passage.text) for hit in found.hits]


if __name__ == "__main__":
    serve(Semsearch)
