"""LanceDB with its registered sentence-transformers function; no approximate index, as long as nobody asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
from lancedb.embeddings import get_registry
from lancedb.index import FTS
from lancedb.pydantic import LanceModel, Vector
from protocol import Hits, Records, serve

BATCH = 10_000


class Lance:
    def __init__(self, model: str) -> None:
        self._function = get_registry().get("sentence-transformers").create(name=model, device="cpu")

    def _table(self, store: Path) -> Any:
        function = self._function

        class Record(LanceModel):
            id: str
            text: str = function.SourceField()
            vector: Vector(function.ndims()) = function.VectorField()

        return lancedb.connect(str(store)).create_table("passages", schema=Record)

    def index(self, store: Path, records: Records, mode: str) -> None:
        table = self._table(store)
        table.add(list(records))
        _words(table, mode)

    def index_vectors(self, store: Path, records: Records, vectors: Path, mode: str) -> None:
        table = self._table(store)
        for part in _parts(records, np.load(vectors, mmap_mode="r")):
            table.add(part)
        _words(table, mode)

    def open(self, store: Path, mode: str) -> OpenLance:
        return OpenLance(lancedb.connect(str(store)).open_table("passages"), self._function, mode)


def _words(table: Any, mode: str) -> None:
    if mode == "hybrid":
        table.create_index("text", config=FTS())


def _parts(records: Records, vectors: np.ndarray) -> Iterator[pa.Table]:
    for start, part in records.parts(BATCH):
        flat = pa.array(np.asarray(vectors[start : start + BATCH], np.float32).ravel())
        columns = {name: [record[name] for record in part] for name in ("id", "text")}
        yield pa.table({**columns, "vector": pa.FixedSizeListArray.from_arrays(flat, vectors.shape[1])})


class OpenLance:
    def __init__(self, table: Any, function: Any, mode: str) -> None:
        self._table = table
        self._function = function
        self._kind = {"query_type": "hybrid"} if mode == "hybrid" else {"query_type": "vector"}
        self._score = "_relevance_score" if mode == "hybrid" else "_distance"

    def encode(self, text: str) -> Any:
        return self._function.compute_query_embeddings(text)

    def search(self, text: str, k: int) -> Hits:
        found = self._table.search(text, **self._kind).limit(k).to_list()
        return [(row["id"], row[self._score], row["text"]) for row in found]


if __name__ == "__main__":
    serve(Lance)
