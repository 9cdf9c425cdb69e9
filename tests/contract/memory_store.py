"""A whole store in memory, for the contract tests: what a third store would have to do, in its plainest form."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semsearch.errors import IndexBusy, IndexClosed
from semsearch.settings import Settings
from semsearch.stores.base import Step, no_step
from semsearch.stores.member_paths import member_path
from semsearch.stores.records import (
    NAMES,
    NAMES_VERSION,
    FileFacts,
    Part,
    Problem,
    Record,
    Renamed,
    Unreadable,
)
from semsearch.types.documents import EmbeddedText
from semsearch.types.labels import Head
from semsearch.types.models import BiEncoder
from tests.contract import memory_edits as edits
from tests.contract.memory_edits import after
from tests.contract.memory_moves import MemoryMoves
from tests.contract.memory_reading import Snapshot, View
from tests.contract.memory_state import State, stored

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Ids, Vector


class MemoryStore:
    """See `stores.base.Store`."""

    def __init__(self, root: Path, encoder: BiEncoder, settings: Settings | None = None) -> None:
        name = str(getattr(encoder, "name", encoder.fingerprint))
        self._root = root
        self.state = State(
            {
                "format": 3,
                "index_id": "memory",
                "settings": replace(settings or Settings(), model=name).to_dict(),
                "fingerprint": encoder.fingerprint,
                "dim": encoder.dim,
                "generation": 0,
                "state": 0,
                "own_encoder": True,
                NAMES: NAMES_VERSION,
            }
        )
        self.lock = threading.Lock()
        self._closed = False

    @property
    def root(self) -> Path:
        return self._root

    @property
    def exists(self) -> bool:
        return True

    @contextmanager
    def snapshot(self, *, pinned: bool = True) -> Iterator[Snapshot]:
        state = self.state
        yield Snapshot(self._root, (lambda: state) if pinned else (lambda: self.state))

    @contextmanager
    def view(self) -> Iterator[View]:
        if self._closed:
            raise IndexClosed("this object was closed; open it again")
        yield View(self._root, self.state)

    def writer(self, *, wait: float = 10.0, step: Step = no_step) -> MemoryWriter:
        if not self.lock.acquire(timeout=wait) if wait else not self.lock.acquire(blocking=False):
            raise IndexBusy("another writer is at work; wait for it")
        return MemoryWriter(self, step)

    def export(self, file: Path, *, wait: float) -> int:
        raise NotImplementedError("a store in memory has no files")

    def check(self) -> list[Problem]:
        passages = sorted(self.state.passages.items())
        return [Problem(Part.VECTORS, f"passage {i} has no vector", i) for i, p in passages if np.isnan(p.vector).any()]

    def repair(
        self, problems: Sequence[Problem], encoder: BiEncoder, embedded_text: EmbeddedText, wait: float
    ) -> list[Problem]:
        with self.writer(wait=wait) as writer:
            for problem in problems:
                writer.encode_again(problem.number, encoder, embedded_text)
            writer.commit()
        return [problem._replace(repaired=True) for problem in problems]

    def drop_damaged(self, wait: float) -> None:
        pass

    def sealed_meta(self) -> dict[str, Any]:
        return self.state.meta

    def close(self) -> None:
        self._closed = True


class MemoryWriter:
    """See `stores.base.StoreWriter`: edits wait in a list, and a commit makes them on a copy that takes over."""

    def __init__(self, store: MemoryStore, step: Step) -> None:
        self.store, self.step = store, step
        self.waiting = 0
        self.sealing = True
        self._edits: list[Callable[[State], object]] = []
        self._open = True

    @property
    def meta(self) -> dict[str, Any]:
        return self.store.state.meta

    @property
    def dim(self) -> int:
        return int(self.meta["dim"])

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(self.store.root, lambda: self.store.state)

    @contextmanager
    def view(self) -> Iterator[View]:
        yield View(self.store.root, self.store.state)

    @property
    def moves(self) -> MemoryMoves:
        return MemoryMoves(self.store)

    def meta_value(self, key: str) -> Any:
        return self.meta.get(key)

    def document_vectors(self, documents: Sequence[int]) -> tuple[Ids, Embeddings]:
        wanted = set(documents)
        own = [p for p in self.store.state.passages.values() if p.document in wanted and not p.is_name]
        own.sort(key=lambda p: p.document)
        vectors = np.array([p.vector for p in own], dtype=np.float32).reshape(len(own), self.dim)
        return np.array([p.document for p in own], dtype=np.int64), vectors

    def known_rows(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        here = {p.hash: i for i, p in self.store.state.passages.items() if not np.isnan(p.vector).any()}
        return {digest: here[digest] for digest in set(hashes) if digest in here}

    def put(
        self, record: Record | Renamed, embedded: Sequence[str], vectors: Mapping[int, Vector], reuse: Mapping[int, int]
    ) -> None:
        before = self.store.state.passages
        found = [vectors[i] if i in vectors else before[reuse[i]].vector for i in range(len(record.spans))]
        self._edits.append(lambda state: edits.put(state, record, found))
        self.waiting += max(1, len(record.spans))

    def encode_again(self, number: int, encoder: BiEncoder, embedded_text: EmbeddedText) -> None:
        one = self.store.state.passages[number]
        whole = stored(self.store.state, number, one)
        (vector,) = encoder.encode_passages([embedded_text(whole.title, one.span.heading, whole.text)])
        self._edits.append(lambda state: state.passages.update({number: replace(one, vector=vector)}))

    def delete(self, numbers: Sequence[int]) -> None:
        self._edits.append(lambda state: edits.delete(state, numbers))

    def touch(self, number: int, facts: FileFacts) -> None:
        self._edits.append(lambda state: edits.change(state, number, facts=facts))

    def unread(self, source: int, path: str, reason: str, facts: FileFacts, splitter: int) -> None:
        self._edits.append(lambda state: state.unread.update({(source, path): Unreadable(facts, reason, splitter)}))

    def forget_unread(self, source: int, path: str) -> None:
        self._edits.append(lambda state: state.unread.pop((source, path), None))

    def forget_unread_inside(self, source: int, path: str) -> None:
        first = member_path(path, "")
        self._edits.append(lambda state: edits.forget_unread(state, source, lambda one: one.startswith(first)))

    def set_meta(self, key: str, value: Any) -> None:
        self._edits.append(lambda state: state.meta.update({key: value}))

    def remove_source(self, number: int) -> None:
        self._edits.append(lambda state: edits.remove_source(state, number))

    def move_source(self, number: int, into: int, below: str) -> None:
        self._edits.append(lambda state: edits.move_source(state, number, into, below))

    def put_head(self, head: Head) -> None:
        self._edits.append(lambda state: edits.put_head(state, head))

    def remove_head(self, field: str) -> None:
        self._edits.append(lambda state: edits.remove_head(state, field))

    def put_labels(self, field: str, labels: Sequence[tuple[int, str | int | float, float]]) -> None:
        told = {(document, field): (value, sure) for document, value, sure in labels}
        self._edits.append(lambda state: state.labels.update(told))

    def put_saved(self, name: str, record: dict[str, Any]) -> None:
        self._edits.append(lambda state: state.saved.update({name: record}))

    def remove_saved(self, name: str) -> None:
        self._edits.append(lambda state: state.saved.pop(name, None))

    def commit(self) -> None:
        edits, self._edits, self.waiting = self._edits, [], 0
        if edits:
            self.store.state = after(self.store.state, edits)

    def add_source(self, root: Path) -> int:
        known = next((n for n, path in self.store.state.roots.items() if path == str(root)), None)
        if known is None:
            state = self.store.state.copy()
            known = state.next("source")
            state.roots[known] = str(root)
            self.store.state = state
        return known

    def dead_rows(self) -> int:
        return 0

    def log_rows(self) -> int:
        return len(self.store.state.passages)

    def analyzed_before(self) -> bool:
        return False

    def compact(self, embedded_text: EmbeddedText) -> bool:
        return True

    def shrink(self) -> None:
        pass

    def update_ann(self) -> bool:
        return False

    def close(self) -> None:
        self._edits = []
        if self._open:
            self._open = False
            self.store.lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
