"""The stores that the same stories are told of, and what the stories share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from semsearch import Index
from semsearch.settings import Settings
from semsearch.stores.base import Store
from semsearch.stores.open import create_store, open_store
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_store import MemoryStore

BIRDS = "The heron stands in the shallow water.\n\nIt waits for fish, and flies up when the reeds move.\n"
BREAD = "Knead the dough for ten minutes.\n\nLet it rise under a cloth until it has doubled.\n"
ENGINE = "Change the oil of the mower every spring.\n\nThe filter sits behind the left cover.\n"


@dataclass(frozen=True)
class Kind:
    """How a store of one kind is made, and how one of its vectors is spoilt."""

    make: Callable[[Path], Store]
    spoil: Callable[[Store], None]


def local(root: Path) -> Store:
    encoder = HashingEncoder()
    facts = {"fingerprint": encoder.fingerprint, "dim": encoder.dim, "own": True}
    settings = replace(Settings(), model="hashing")
    made = create_store(root, settings=settings, wait=1.0, precision="float32", **facts)  # type: ignore[arg-type]
    return made


def spoil_local(store: Store) -> None:
    file = next(store.root.glob("vectors-*.f16"))
    data = np.fromfile(file, dtype=np.uint8)
    data[3] ^= 64
    data.tofile(file)


def spoil_memory(store: Store) -> None:
    assert isinstance(store, MemoryStore)
    number, passage = next(iter(store.state.passages.items()))
    store.state.passages[number] = replace(passage, vector=np.full_like(passage.vector, np.nan))


KINDS = {
    "local": Kind(local, spoil_local),
    "memory": Kind(lambda root: MemoryStore(root, HashingEncoder()), spoil_memory),
}


def first(index: Index, query: str, **options: object) -> str:
    hits = index.search(query, floor=False, **options).hits  # type: ignore[arg-type]
    return Path(hits[0].passage.document_id).name if hits else ""


def names(index: Index) -> list[str]:
    return sorted(Path(info.id).name for info in index.documents())


def reopened(store: Store) -> Store:
    if isinstance(store, MemoryStore):
        store._closed = False
        return store
    return open_store(store.root)
