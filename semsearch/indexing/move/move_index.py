"""Moving an index to another model, and back: encode beside the serving state, then one switch.

The writer's lock is held for each batch that is committed and for the switch, not while passages are encoded: other
runs may edit the index meanwhile, and what they change is encoded before the switch.
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
"""Commits may take a twentieth of the time: that of a large catalogue has all of it to check."""


@dataclass(slots=True)
class Mover:
    """State of a run: what it needs, and counts for the report."""

    store: Store
    open_writer: Callable[[], StoreWriter]
    encoder: Callable[[], BiEncoder]
    """Of the model that is moved to; called only when something must be encoded or measured."""
    settings: Settings
    progress: ProgressCallback | None = None
    every: float = COMMIT_SECONDS
    """Seconds between two commits, at least."""
    started: float = field(default_factory=time.monotonic)
    interruption: Interruption = field(default_factory=Interruption)
    encoded: int = 0
    done: int = 0
    passages: int = 0
    waiting: dict[bytes, Vector] = field(default_factory=dict)
    """Vectors that are not committed yet, by the hash of their text."""
    cut: dict[bytes, int] = field(default_factory=dict)
    """Hashes of passages that are split again and whose parts have vectors, and how often each was met."""
    _cutter: Cutter | None = None
    _committed: float = field(default_factory=time.monotonic)
    _cost: float = 0.0

    @property
    def cutter(self) -> Cutter:
        """What splits passages as the encoder wants them; loads the encoder."""
        if self._cutter is None:
            self._cutter = Cutter(self.encoder(), self.settings)
        return self._cutter

    def tick(self, passages: int = 0) -> None:
        """Tell progress; end the run when the user has asked for it."""
        self.done = min(self.done + passages, self.passages)
        if self.progress is not None:
            self.progress(Progress("move", 0, 0, self.done, self.passages))
        self.interruption.check()

    def commit(self, one: Kept, writer: StoreWriter | None = None) -> None:
        """Commit the vectors that wait, with a writer of its own unless one is given."""
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
        """Whether it is time to commit."""
        pause = max(self.every, _SHARE * self._cost)
        return len(self.waiting) >= COMMIT_PASSAGES or time.monotonic() - self._committed >= pause


@dataclass(slots=True)
class _Told:
    """What the switch of a move tells for the report."""

    overlap: Overlap | None = None
    unmeasured: str = ""
    forgotten: str = ""


def move(mover: Mover, target: MoveTarget, serving: Kept, old: Callable[[], BiEncoder]) -> Move:
    """Move to the target model; killed or interrupted, the next call goes on. `serving` describes what serves now.

    `old` gives the encoder of what serves now, for the overlap alone: where it cannot be had, the report says why.
    Raises StorageFull, IndexBusy, ModelUnavailable, and ModelMismatch for a model that cannot hold a passage.
    """
    with mover.open_writer() as writer:
        one, abandoned = writer.moves.begin(target)
    reported = _Told()

    def finish(writer: StoreWriter) -> None:
        previous = Kept.of(writer.snapshot.meta, PREVIOUS)
        comparison = _comparison(mover, old, reported)

        def inspect(view: StoreView, parents: Mapping[int, int]) -> Floor:
            count = view.passages.count()
            sample = sampled(view.passages, count)
            floor = measure(view, mover.encoder(), sample, passages=count, among=view.texts())
            view.floor = floor
            if comparison is not None:
                reported.overlap = comparison.with_new(view, parents)
            return floor

        writer.moves.switch(
            one,
            split=mover.cutter.hashes,
            embedded_text=embedded_text,
            tick=mover.interruption.check,
            inspect=inspect,
        )
        reported.forgotten = previous.model if previous is not None else ""

    interrupted = _run(mover, one, finish)
    return replace(_report(mover, one, serving, _Told() if interrupted else reported, interrupted), abandoned=abandoned)


def go_back(mover: Mover, serving: Kept) -> Move:
    """Switch to the state that was kept at the last move; only what has changed since is encoded.

    Raises SemsearchError when there is none, IndexDamaged when it is damaged.
    """
    with mover.store.snapshot() as state:
        one = Kept.of(state.meta, PREVIOUS)
    if one is None:
        raise SemsearchError(
            f"{mover.store.root} has nothing to go back to: no move to another model, or compact has dropped it"
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
        # The switch is made: without the model, the floor of then stays, and the next run measures it.
        with suppress(ModelMismatch, ModelUnavailable):
            update_floor(writer, mover.encoder)

    interrupted = _run(mover, one, finish)
    return replace(_report(mover, one, serving, _Told(), interrupted), back=True)


def _report(mover: Mover, one: Kept, serving: Kept, reported: _Told, interrupted: bool) -> Move:
    return Move(
        model=one.model,
        previous=serving.model,
        passages=mover.passages,
        encoded=mover.encoded,
        split=sum(mover.cut.values()),
        overlap=reported.overlap,
        unmeasured=reported.unmeasured,
        seconds=time.monotonic() - mover.started,
        forgotten=reported.forgotten,
        interrupted=interrupted,
    )


def _comparison(mover: Mover, old: Callable[[], BiEncoder], reported: _Told) -> OverlapSample | None:
    """Rank sample queries on the state that still serves; None, with the reason, when its model is not available."""
    try:
        with mover.store.view() as view:
            if not view.passages.count():
                reported.unmeasured = "the index is empty"
                return None
            return OverlapSample(view, old(), mover.encoder())
    except SemsearchError as error:
        reported.unmeasured = str(error)
        return None


def _run(mover: Mover, one: Kept, finish: Callable[[StoreWriter], None]) -> bool:
    """Encode what is missing, then finish under the writer's lock; return whether the user ended it before that."""
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
    """Give every live text a vector beside the serving ones."""
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
    here = moves.known(one, wanted) | mover.waiting.keys()
    before = mover.done
    _encode(mover, one, {digest: text for digest, text in wanted.items() if digest not in here}, writer)
    for digest in cut:
        mover.cut[digest] = mover.cut.get(digest, 0) + 1
    mover.done = min(before + len(new), mover.passages)
    mover.tick()


def _encode(mover: Mover, one: Kept, wanted: dict[bytes, str], writer: StoreWriter | None) -> None:
    """Encode texts, the longest first, slice by slice, and commit when it is time."""
    queue = sorted(wanted, key=lambda digest: -len(wanted[digest]))
    for first in range(0, len(queue), SLICE):
        part = queue[first : first + SLICE]
        vectors = encode_passages(mover.encoder(), [wanted[d] for d in part], one.dim)
        mover.waiting.update(zip(part, vectors, strict=True))
        mover.encoded += len(part)
        if mover.due():
            mover.commit(one, writer)
        mover.tick(len(part))
