"""Move an index to another model, and roll back: encode beside the serving state, then switch once.

The write lock is held for each commit and for the switch, not while encoding: other runs may edit the index meanwhile,
and their changes are encoded before the switch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import ModelMismatch, ModelUnavailable, SemsearchError
from semsearch.indexing.control.interrupt import Interruption, interruptible
from semsearch.indexing.derive.noise_floor import sampled, update_floor
from semsearch.indexing.encode.encode_buffer import COMMIT_PASSAGES, COMMIT_SECONDS, WINDOW, embedding_hash
from semsearch.indexing.encode.encoding import SLICE, encode_passages
from semsearch.indexing.move.overlap import OverlapSample
from semsearch.indexing.move.resplit import Cutter
from semsearch.search.noise_floor import measure
from semsearch.settings import Settings
from semsearch.stores.base import ModelMoves, Store, StoreView, StoreWriter
from semsearch.stores.records import PREVIOUS, Kept, MoveTarget, Stored
from semsearch.types.models import BiEncoder
from semsearch.types.reports import Move, Overlap, Progress, ProgressCallback

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector
    from semsearch.types.search import Floor

__all__ = ["Mover", "go_back", "move"]

_SHARE = 20
"""Commits may take a twentieth of the time: on a large catalogue each one computes checksums of all of it."""


@dataclass(slots=True)
class Mover:
    """The state of a move: what it needs, and counters for the report."""

    store: Store
    open_writer: Callable[[], StoreWriter]
    encoder: Callable[[], BiEncoder]
    """Returns the new model; called only when something must be encoded or measured."""
    settings: Settings
    progress: ProgressCallback | None = None
    every: float = COMMIT_SECONDS
    """Minimum seconds between two commits."""
    started: float = field(default_factory=time.monotonic)
    interruption: Interruption = field(default_factory=Interruption)
    encoded: int = 0
    done: int = 0
    passages: int = 0
    waiting: dict[bytes, Vector] = field(default_factory=dict)
    """Uncommitted vectors, by the hash of their text."""
    cut: dict[bytes, int] = field(default_factory=dict)
    """Hashes of passages to split again, whose parts have vectors, and how often each occurred."""
    _cutter: Cutter | None = None
    _committed: float = field(default_factory=time.monotonic)
    _cost: float = 0.0

    @property
    def cutter(self) -> Cutter:
        """The splitter for the new encoder; loads the encoder."""
        if self._cutter is None:
            self._cutter = Cutter(self.encoder(), self.settings)
        return self._cutter

    def tick(self, passages: int = 0) -> None:
        """Report progress. Raises KeyboardInterrupt on a request to stop."""
        self.done = min(self.done + passages, self.passages)
        if self.progress is not None:
            self.progress(Progress("move", 0, 0, self.done, self.passages))
        self.interruption.check()

    def commit(self, one: Kept, writer: StoreWriter | None = None) -> None:
        """Commit the waiting vectors, with `writer` or a new one."""
        if self.waiting:
            start = time.monotonic()
            if writer is not None:
                writer.moves.stage(one, self.waiting)
            else:
                with self.open_writer() as own:
                    own.moves.stage(one, self.waiting)
            self._cost = time.monotonic() - start
        self.waiting = {}
        self._committed = time.monotonic()

    def due(self) -> bool:
        """Return whether a commit is due."""
        pause = max(self.every, _SHARE * self._cost)
        return len(self.waiting) >= COMMIT_PASSAGES or time.monotonic() - self._committed >= pause


@dataclass(slots=True)
class _SwitchReport:
    """What the switch contributes to the report."""

    overlap: Overlap | None = None
    unmeasured: str = ""
    forgotten: str = ""


def move(mover: Mover, target: MoveTarget, serving: Kept, old: Callable[[], BiEncoder]) -> Move:
    """Move to the target model; after a crash or interruption, the next call resumes. `serving` is the current model.

    `old` returns the current encoder, only for the overlap: if it is unavailable, the report says why. Raises
    StorageFull, IndexBusy, ModelUnavailable, and ModelMismatch for a model whose limit is too short for any passage.
    """
    with mover.open_writer() as writer:
        one, abandoned = writer.moves.begin(target)
    switched = _SwitchReport()

    def finish(writer: StoreWriter) -> None:
        previous = Kept.of(writer.snapshot.meta, PREVIOUS)
        comparison = _comparison(mover, old, switched)

        def inspect(view: StoreView, parents: Mapping[int, int]) -> Floor:
            count = view.passages.count()
            sample = sampled(view.passages, count)
            floor = measure(view, mover.encoder(), sample, passages=count, among=view.texts())
            view.floor = floor
            if comparison is not None:
                switched.overlap = comparison.with_new(view, parents)
            return floor

        writer.moves.switch(
            one,
            split=mover.cutter.hashes,
            embedded_text=embedded_text,
            tick=mover.interruption.check,
            inspect=inspect,
        )
        switched.forgotten = previous.model if previous is not None else ""

    interrupted = _run(mover, one, finish)
    switched = _SwitchReport() if interrupted else switched
    return replace(_report(mover, one, serving, switched, interrupted), abandoned=abandoned)


def go_back(mover: Mover, serving: Kept) -> Move:
    """Roll back to the state kept at the last move; only what has changed since is encoded.

    Raises SemsearchError when there is none, IndexDamaged when it is damaged.
    """
    with mover.store.snapshot() as state:
        one = Kept.of(state.meta, PREVIOUS)
    if one is None:
        raise SemsearchError(
            f"{mover.store.root} has no state to roll back to: it never moved to another model, or compact dropped it"
        )

    def finish(writer: StoreWriter) -> None:
        writer.moves.switch(
            one,
            split=lambda stored: mover.cutter.hashes(stored),
            embedded_text=embedded_text,
            restored=writer.moves.restorable(one, embedded_text, embedding_hash),
            tick=mover.interruption.check,
        )
        writer.update_ann()
        # The switch is done: without the model, the old floor stays and the next run measures it.
        with suppress(ModelMismatch, ModelUnavailable):
            update_floor(writer, mover.encoder)

    interrupted = _run(mover, one, finish)
    return replace(_report(mover, one, serving, _SwitchReport(), interrupted), back=True)


def _report(mover: Mover, one: Kept, serving: Kept, switched: _SwitchReport, interrupted: bool) -> Move:
    return Move(
        model=one.model,
        previous=serving.model,
        passages=mover.passages,
        encoded=mover.encoded,
        split=sum(mover.cut.values()),
        overlap=switched.overlap,
        unmeasured=switched.unmeasured,
        seconds=time.monotonic() - mover.started,
        forgotten=switched.forgotten,
        interrupted=interrupted,
    )


def _comparison(mover: Mover, old: Callable[[], BiEncoder], switched: _SwitchReport) -> OverlapSample | None:
    """Rank sample queries on the serving state; None, with the reason in `switched`, if its model is unavailable."""
    try:
        with mover.store.view() as view:
            if not view.passages.count():
                switched.unmeasured = "the index is empty"
                return None
            return OverlapSample(view, old(), mover.encoder())
    except SemsearchError as error:
        switched.unmeasured = str(error)
        return None


def _run(mover: Mover, one: Kept, finish: Callable[[StoreWriter], None]) -> bool:
    """Encode what is missing, then finish under the write lock; return whether it was interrupted before."""
    with interruptible(mover.interruption):
        try:
            with mover.open_writer() as writer:
                writer.moves.forget_damaged(one)
                mover.passages, mover.done = writer.moves.counts(one)
            with mover.store.snapshot() as state:
                _encode_missing(mover, one, state.moves)
            with mover.open_writer() as writer:
                writer.moves.check(one)
                _encode_missing(mover, one, writer.moves, writer)
                mover.passages, mover.done = writer.moves.counts(one)
                finish(writer)
        except KeyboardInterrupt:
            mover.commit(one)
            return True
    return False


def _encode_missing(mover: Mover, one: Kept, moves: ModelMoves, writer: StoreWriter | None = None) -> None:
    """Encode every live text that has no vector of the new model."""
    after = 0
    skip = moves.restorable(one, embedded_text, embedding_hash)
    while batch := moves.missing(one, after, WINDOW, skip):
        after = batch[-1].id
        _encode_batch(mover, one, batch, moves, writer)
    mover.commit(one, writer)


def _encode_batch(
    mover: Mover, one: Kept, batch: Sequence[Stored], moves: ModelMoves, writer: StoreWriter | None
) -> None:
    new = [stored for stored in batch if stored.hash not in mover.cut]
    wanted: dict[bytes, str] = {}
    cut: list[bytes] = []
    for stored, parts in zip(new, mover.cutter.texts(new), strict=True):
        wanted.update(parts)
        if stored.hash not in parts:
            cut.append(stored.hash)
    present = moves.known(one, wanted) | mover.waiting.keys()
    before = mover.done
    _encode(mover, one, {digest: text for digest, text in wanted.items() if digest not in present}, writer)
    for digest in cut:
        mover.cut[digest] = mover.cut.get(digest, 0) + 1
    mover.done = min(before + len(new), mover.passages)
    mover.tick()


def _encode(mover: Mover, one: Kept, wanted: dict[bytes, str], writer: StoreWriter | None) -> None:
    """Encode texts, the longest first, slice by slice, and commit when due."""
    queue = sorted(wanted, key=lambda digest: -len(wanted[digest]))
    for first in range(0, len(queue), SLICE):
        part = queue[first : first + SLICE]
        vectors = encode_passages(mover.encoder(), [wanted[d] for d in part], one.dim)
        mover.waiting.update(zip(part, vectors, strict=True))
        mover.encoded += len(part)
        if mover.due():
            mover.commit(one, writer)
        mover.tick(len(part))
