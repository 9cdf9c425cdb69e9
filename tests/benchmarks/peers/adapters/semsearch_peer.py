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
from protocol import Hits, Records, serve

from semsearch import Document, Index
from semsearch.corpus.split.passages import embedded_text
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL


class GivenPassages:
    """The default model, for passages whose vector is not known and for queries."""

    def __init__(self, records: Records, vectors: np.ndarray) -> None:
        self._real = load_encoder(DEFAULT_MODEL)
        self._vectors = vectors
        keys = np.fromiter((_key(embedded_text("", (), record["text"])) for record in records), np.uint64)
        self._order = np.argsort(keys)
        self._keys = keys[self._order]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def passages_as(self, precision: Any) -> GivenPassages:
        """Encode what is not known in this precision; what is known stays what was given."""
        self._real = self._real.passages_as(precision)
        return self

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        """Look up what is known; a text that was split in two is encoded."""
        wanted = np.fromiter(map(_key, texts), np.uint64, len(texts))
        places = np.minimum(np.searchsorted(self._keys, wanted), len(self._keys) - 1)
        known = self._keys[places] == wanted
        found = np.empty((len(texts), self._real.dim), np.float32)
        found[known] = self._vectors[self._order[places[known]]]
        if not known.all():
            found[~known] = self._real.encode_passages([texts[n] for n in np.flatnonzero(~known)])
        return found


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


class Semsearch:
    def __init__(self, model: str) -> None:
        """The model is the one that the settings name."""

    def index(self, store: Path, records: Records, mode: str) -> None:
        with Index.create(store) as index:
            index.add(Document(record["id"], record["text"]) for record in records)

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
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
