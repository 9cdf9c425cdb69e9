"""Moving the in-memory store to another model, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from semsearch.errors import IndexBusy
from semsearch.stores.base import Inspect, Split
from semsearch.stores.records import MOVE, PREVIOUS, Kept, MoveTarget
from semsearch.types.documents import EmbeddedText, Span
from tests.contract.memory_reading import View
from tests.contract.memory_state import Beside, ModelMoves, State, StoredPassage, stored

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector

from tests.contract.memory_edits import after


class Holder(Protocol):
    """What has the newest state."""

    state: State

    @property
    def root(self) -> Path: ...


class MemoryMoves(ModelMoves):
    """See `stores.base.ModelMoveWriter`."""

    def __init__(self, store: Holder) -> None:
        super().__init__(lambda: store.state)
        self._store = store

    def _commit(self, *edits: Callable[[State], object]) -> None:
        self._store.state = after(self._store.state, edits)

    def begin(self, target: MoveTarget) -> tuple[Kept, str]:
        old = Kept.of(self._store.state.meta, MOVE)
        if old is not None and (old.fingerprint, old.dim) == (target.fingerprint, target.dim):
            return old, ""
        facts = target._asdict() | {"precision": str(target.precision)}

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
