"""A whole store in memory, for the contract tests: what a third store would have to do, in its plainest form."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from semsearch.errors import IndexBusy, IndexClosed
from semsearch.roles import BiEncoder
from semsearch.settings import Settings
from semsearch.stores.base import Inspect, Split, Step, no_step
from semsearch.stores.label_records import Head
from semsearch.stores.nested import member_path
from semsearch.stores.records import (
    MOVE,
    NAMES,
    NAMES_VERSION,
    PREVIOUS,
    FileFacts,
    Kept,
    Known,
    Part,
    Problem,
    Record,
    Renamed,
    Target,
    Unreadable,
)
from semsearch.types import EmbeddedText, Span
from tests.contract.memory_state import (
    Beside,
    ModelMoves,
    Snapshot,
    State,
    StoredDocument,
    StoredPassage,
    View,
    stored,
)

if TYPE_CHECKING:
    from semsearch.types import Embeddings, Ids, Vector


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
        return [replace(problem, repaired=True) for problem in problems]

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
        self._edits.append(lambda state: _put(state, record, found))
        self.waiting += max(1, len(record.spans))

    def encode_again(self, number: int, encoder: BiEncoder, embedded_text: EmbeddedText) -> None:
        one = self.store.state.passages[number]
        whole = stored(self.store.state, number, one)
        (vector,) = encoder.encode_passages([embedded_text(whole.title, one.span.heading, whole.text)])
        self._edits.append(lambda state: state.passages.update({number: replace(one, vector=vector)}))

    def delete(self, numbers: Sequence[int]) -> None:
        self._edits.append(lambda state: _delete(state, numbers))

    def touch(self, number: int, facts: FileFacts) -> None:
        self._edits.append(lambda state: _change(state, number, facts=facts))

    def unread(self, source: int, path: str, reason: str, facts: FileFacts, splitter: int) -> None:
        self._edits.append(lambda state: state.unread.update({(source, path): Unreadable(facts, reason, splitter)}))

    def forget_unread(self, source: int, path: str) -> None:
        self._edits.append(lambda state: state.unread.pop((source, path), None))

    def forget_unread_inside(self, source: int, path: str) -> None:
        first = member_path(path, "")
        self._edits.append(lambda state: _forget_unread(state, source, lambda one: one.startswith(first)))

    def set_meta(self, key: str, value: Any) -> None:
        self._edits.append(lambda state: state.meta.update({key: value}))

    def remove_source(self, number: int) -> None:
        self._edits.append(lambda state: _remove_source(state, number))

    def move_source(self, number: int, into: int, below: str) -> None:
        self._edits.append(lambda state: _move_source(state, number, into, below))

    def put_head(self, head: Head) -> None:
        self._edits.append(lambda state: _put_head(state, head))

    def remove_head(self, field: str) -> None:
        self._edits.append(lambda state: _remove_head(state, field))

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
            self.store.state = _after(self.store.state, edits)

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


class MemoryMoves(ModelMoves):
    """See `stores.base.ModelMoveWriter`."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(lambda: store.state)
        self._store = store

    def _commit(self, *edits: Callable[[State], object]) -> None:
        self._store.state = _after(self._store.state, edits)

    def begin(self, target: Target) -> tuple[Kept, str]:
        old = Kept.of(self._store.state.meta, MOVE)
        if old is not None and (old.fingerprint, old.dim) == (target.fingerprint, target.dim):
            return old, ""
        facts = asdict(target) | {"precision": str(target.precision)}

        def begun(state: State) -> None:
            facts["generation"] = state.next("generation")
            _drop(state, MOVE)
            state.meta[MOVE] = facts
            state.beside[facts["generation"]] = Beside()

        self._commit(begun)
        one = Kept.of(self._store.state.meta, MOVE)
        assert one is not None
        return one, old.model if old is not None else ""

    def give_up(self, key: str) -> str:
        old = Kept.of(self._store.state.meta, key)
        if old is None:
            return ""
        self._commit(lambda state: _drop(state, key))
        return old.model

    def forget_damaged(self, one: Kept) -> int:
        return 0

    def stage(self, one: Kept, vectors: Mapping[bytes, Vector]) -> None:
        self.check(one)
        self._commit(lambda state: state.beside[one.generation].vectors.update(vectors))

    def check(self, one: Kept) -> None:
        still = Kept.of(self._store.state.meta, one.key)
        if still is None or still.generation != one.generation:
            raise IndexBusy("another move has begun or ended meanwhile; run the command again")

    def switch(
        self,
        one: Kept,
        *,
        split: Split,
        embedded_text: EmbeddedText,
        restored: Sequence[int] = (),
        tick: Callable[[], None] = lambda: None,
        inspect: Inspect | None = None,
    ) -> None:
        state = self._store.state.copy()
        parents = _switched(state, one, split, frozenset(restored))
        tick()
        state.meta["state"] += 1
        floor = inspect(View(self._store.root, state), parents) if inspect is not None and state.passages else None
        if floor is not None:
            state.meta["floor"] = asdict(floor)
        self._store.state = state


# Edits.


def _after(state: State, edits: Sequence[Callable[[State], object]]) -> State:
    state = state.copy()
    for edit in edits:
        edit(state)
    state.meta["state"] += 1
    return state


def _put(state: State, record: Record | Renamed, vectors: Sequence[Vector]) -> None:
    if isinstance(record, Renamed):
        number = record.number
        if record.place is not None:
            source, path, facts = record.place
            state.unread.pop((source, path), None)
            _change(state, number, source=source, path=path, facts=facts)
    else:
        number = _put_document(state, record)
    old: dict[bytes, list[int]] = {}
    for i, p in state.passages_of(number):
        if p.is_name or not isinstance(record, Renamed):
            old.setdefault(p.hash, []).append(i)
            del state.passages[i]
    for span, digest, vector in zip(record.spans, record.hashes, vectors, strict=True):
        i = old[digest].pop() if old.get(digest) else state.next("passage")
        state.passages[i] = StoredPassage(number, span, digest, vector)


def _put_document(state: State, record: Record) -> int:
    at = state.at(record.source, record.path)
    number = state.next("document") if at is None else at
    known = Known(number, record.source, record.path, record.facts, record.content, record.splitter, record.type)
    state.documents[number] = StoredDocument(known, record.title, record.language, record.metadata, record.text)
    state.unread.pop((record.source, record.path), None)
    state.labels = {key: value for key, value in state.labels.items() if key[0] != number}
    return number


def _change(state: State, number: int, **changes: Any) -> None:
    document = state.documents[number]
    state.documents[number] = replace(document, known=replace(document.known, **changes))


def _delete(state: State, numbers: Sequence[int]) -> None:
    gone = set(numbers)
    state.documents = {n: d for n, d in state.documents.items() if n not in gone}
    state.passages = {i: p for i, p in state.passages.items() if p.document not in gone}
    state.labels = {key: value for key, value in state.labels.items() if key[0] not in gone}


def _forget_unread(state: State, source: int, gone: Callable[[str], bool]) -> None:
    state.unread = {key: one for key, one in state.unread.items() if key[0] != source or not gone(key[1])}


def _remove_source(state: State, number: int) -> None:
    _delete(state, [n for n, d in state.documents.items() if d.known.source == number])
    _forget_unread(state, number, lambda _: True)
    state.roots.pop(number, None)


def _move_source(state: State, number: int, into: int, below: str) -> None:
    for n, document in list(state.documents.items()):
        if document.known.source == number:
            path = document.known.path
            inside = below + ("!/" if path.startswith("/") else "/")
            _change(state, n, source=into, path=inside + path.removeprefix("/") if path else below)
    _forget_unread(state, number, lambda _: True)
    state.roots.pop(number)


def _put_head(state: State, head: Head) -> None:
    _remove_head(state, head.field)
    state.heads[head.field] = head


def _remove_head(state: State, field: str) -> None:
    state.heads.pop(field, None)
    state.labels = {key: value for key, value in state.labels.items() if key[1] != field}


# Moving.


def _drop(state: State, key: str) -> None:
    if (one := Kept.of(state.meta, key)) is not None:
        del state.meta[key]
        state.beside.pop(one.generation, None)


def _switched(state: State, one: Kept, split: Split, restored: frozenset[int]) -> dict[int, int]:
    """Let the vectors of `one` serve, and keep what served; return of which passage each new part is."""
    beside, before = state.beside.pop(one.generation), dict(state.passages)
    parents: dict[int, int] = {}
    changed: set[int] = set(restored)
    coming: dict[int, StoredPassage] = {}

    def take(number: int, document: int, span: Span, digest: bytes) -> None:
        coming[number] = StoredPassage(document, span, digest, beside.vectors[digest])

    for number, p in sorted(before.items()):
        if p.document in restored and not p.is_name:
            continue
        if p.hash in beside.vectors:
            take(number, p.document, p.span, p.hash)
            continue
        changed.add(p.document)
        for span, digest in split(stored(state, number, p)):
            part = state.next("passage")
            parents[part] = number
            take(part, p.document, span, digest)
    for document in restored:
        for number, span, digest in beside.passages[document][2]:
            take(number, document, span, digest)
    _keep_serving(state, one, before, changed)
    state.passages = coming
    return parents


def _keep_serving(state: State, one: Kept, before: Mapping[int, StoredPassage], changed: set[int]) -> None:
    meta = state.meta
    kept = Beside({p.hash: p.vector for p in before.values()})
    for number in changed:
        known = state.documents[number].known
        own = [(i, p.span, p.hash) for i, p in sorted(before.items()) if p.document == number and not p.is_name]
        kept.passages[number] = (known.content, known.splitter, own)
    if one.key == MOVE:
        _drop(state, PREVIOUS)
    generation = int(meta["generation"]) or state.next("generation")
    serving = {"generation": generation, "model": meta["settings"]["model"], "fingerprint": meta["fingerprint"]}
    serving |= {"dim": meta["dim"], "own": meta["own_encoder"], "precision": meta.get("precision")}
    state.beside[generation] = kept
    meta.pop(one.key, None)
    meta[PREVIOUS] = serving | {"floor": meta.get("floor")}
    meta |= {"generation": one.generation, "fingerprint": one.fingerprint, "dim": one.dim, "own_encoder": one.own}
    meta |= {"settings": meta["settings"] | {"model": one.model}, "precision": one.facts.get("precision")}
    meta["floor"] = one.facts.get("floor")
