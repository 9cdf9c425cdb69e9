"""The protocols of a store: the only interface through which the rest of semsearch reads and writes an index.

Every store guarantees:

- One writer at a time. Opening a second one waits, then raises IndexBusy.
- A commit is atomic and durable: after it, even after a crash, either all edits of the batch are stored or none is. An
  error in it, a full disk included, leaves the last committed state.
- Snapshot isolation: a reader sees one committed state, whatever is committed meanwhile.
- Document numbers and passage ids are never reused, so a stale one never refers to something else.
- Edits are idempotent: repeating a put, remove, relocate or label changes nothing visible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias, runtime_checkable

from semsearch.stores.commit_steps import Step, no_step
from semsearch.stores.searchable import Keep, LexicalRanking, Searchable
from semsearch.stores.snapshot import Documents, Labels, ModelMoves, Passages, Snapshot, StoreView
from semsearch.types.documents import EmbeddedText

if TYPE_CHECKING:
    from semsearch.stores.records import FileFacts, Kept, MoveTarget, Problem, Record, Renamed, Stored
    from semsearch.types.arrays import Embeddings, Ids, Vector
    from semsearch.types.documents import Span
    from semsearch.types.labels import Head
    from semsearch.types.models import BiEncoder
    from semsearch.types.search import Floor

__all__ = [
    "Documents",
    "Inspect",
    "Keep",
    "Labels",
    "LexicalRanking",
    "ModelMoveWriter",
    "ModelMoves",
    "Passages",
    "Searchable",
    "Snapshot",
    "Split",
    "Step",
    "Store",
    "StoreView",
    "StoreWriter",
    "no_step",
]

Split: TypeAlias = Callable[["Stored"], "Sequence[tuple[Span, bytes]]"]
"""Splits a passage that is too long for the new encoder; each part with the hash of its embedded text."""
Inspect: TypeAlias = Callable[[Any, Mapping[int, int]], "Floor | None"]
"""Receives the new state (a StoreView) and the original passage of each part; returns its noise floor."""


class ModelMoveWriter(ModelMoves, Protocol):
    """Moves an index to another model; each call commits, and searches see nothing before `switch`."""

    def begin(self, target: MoveTarget) -> tuple[Kept, str]:
        """Begin or resume the move to this model; return it, and the model of an unfinished move that it replaces."""

    def give_up(self, key: str) -> str:
        """Drop an unfinished move, or the state before the last move; return its model, empty when there is none."""

    def forget_damaged(self, one: Kept) -> int:
        """Drop kept vectors that do not match their checksum, to be encoded again; return how many."""

    def stage(self, one: Kept, vectors: Mapping[bytes, Vector]) -> None:
        """Commit vectors of texts by their hashes. Raises StorageFull, and IndexBusy when another move has begun."""

    def check(self, one: Kept) -> None:
        """Check that the kept vectors are still in the catalogue and intact. Raises IndexBusy and IndexDamaged."""

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
        """Make the kept vectors the serving ones; the old serving state becomes PREVIOUS.

        Every text must have a vector by now, or the parts that `split` makes of it. `restored` are documents that get
        back the passages they had when these vectors last served. `tick` may raise to cancel before the commit. Raises
        StorageFull and IndexDamaged; then the old state stays in use.
        """


class StoreWriter(Protocol):
    """The single writer: collects edits, which `commit` applies atomically. Leaving the context drops the rest."""

    meta: dict[str, Any]
    """Index-wide values as of the last commit."""
    dim: int
    waiting: int
    """Passages in the batch."""
    sealing: bool
    """Whether closing computes the checksums for `doctor`, which reads the whole index."""

    @property
    def snapshot(self) -> Snapshot:
        """The last committed state."""

    def view(self) -> AbstractContextManager[StoreView]:
        """Pin the last committed state for a search."""

    @property
    def moves(self) -> ModelMoveWriter:
        """Operations of a move to another model."""

    def meta_value(self, key: str) -> Any:
        """Return a committed value of `meta`, or None."""

    def document_vectors(self, documents: Sequence[int]) -> tuple[Ids, Embeddings]:
        """Return the committed passage vectors of documents: document numbers (n,), and vectors (n, dim)."""

    # Edits of a batch.

    def known_rows(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Return for every embedded text with an intact stored vector the row that `put` may reuse."""

    def put(
        self, record: Record | Renamed, embedded: Sequence[str], vectors: Mapping[int, Vector], reuse: Mapping[int, int]
    ) -> None:
        """Store or replace a document, or only its name and path.

        `embedded` are the exact texts of its passages as the encoder receives them. Every passage has a vector in
        `vectors` or a row in `reuse` that `known_rows` returned since the writer was opened. Passages with unchanged
        text keep their ids.
        """

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove documents by number."""

    def touch(self, number: int, facts: FileFacts) -> None:
        """Record new dates of an unchanged file."""

    def unread(self, source: int, path: str, reason: str, facts: FileFacts, splitter: int) -> None:
        """Record a file that this version of the readers could not read."""

    def forget_unread(self, source: int, path: str) -> None:
        """Remove the record of an unreadable file that is gone."""

    def forget_unread_inside(self, source: int, path: str) -> None:
        """Remove the records of what could not be read inside a file."""

    def set_meta(self, key: str, value: Any) -> None:
        """Set an index-wide value."""

    def remove_source(self, number: int) -> None:
        """Remove a root and everything known below it."""

    def move_source(self, number: int, into: int, below: str) -> None:
        """Move the documents of one root into another root that contains it."""

    def put_head(self, head: Head) -> None:
        """Store a label head; the labels of its predecessor are removed."""

    def remove_head(self, field: str) -> None:
        """Remove a label head and its labels."""

    def put_labels(self, field: str, labels: Sequence[tuple[int, str | int | float, float]]) -> None:
        """Store labels of documents by number, each with its confidence (for numbers, its expected error)."""

    def put_saved(self, name: str, record: dict[str, Any]) -> None:
        """Store or replace a saved query."""

    def remove_saved(self, name: str) -> None:
        """Remove a saved query."""

    def commit(self) -> None:
        """Make the batch durable and visible. Raises StorageFull; then nothing of the batch is stored."""

    # Edits committed at once.

    def add_source(self, root: Path) -> int:
        """Add a root and return its number; an existing root keeps its number."""

    # Derived data and upkeep.

    def dead_rows(self) -> int:
        """Return how many stored vectors no passage uses."""

    def log_rows(self) -> int:
        """Return how many vectors are stored, dead ones included."""

    def analyzed_before(self) -> bool:
        """Return whether the terms come from an older text analysis, which `compact` redoes."""

    def compact(self, embedded_text: EmbeddedText) -> bool:
        """Rewrite the index without dead data; False, with nothing changed, if another compaction did so meanwhile.

        Passages keep their ids; vectors kept for another model stay. Raises IndexDamaged and StorageFull.
        """

    def shrink(self) -> None:
        """Return free space to the file system. Raises StorageFull."""

    def update_ann(self) -> bool:
        """Build or update the approximate index if one is wanted; return whether there was anything to do."""

    def close(self) -> None:
        """Drop uncommitted edits and release the lock."""

    def __enter__(self) -> Self:
        """Return the writer."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


@runtime_checkable
class Store(Protocol):
    """One stored index. Thread-safe."""

    @property
    def root(self) -> Path:
        """The folder of the index."""

    @property
    def exists(self) -> bool:
        """Whether there is an index, or the remains of a damaged one."""

    def snapshot(self, *, pinned: bool = True) -> AbstractContextManager[Snapshot]:
        """Open the newest committed state; unpinned, every read sees the newest one.

        Raises IndexNotFound, IndexIncompatible and IndexDamaged.
        """

    def view(self) -> AbstractContextManager[StoreView]:
        """Pin the newest committed state for searches. Raises what `snapshot` raises, and IndexClosed."""

    def writer(self, *, wait: float = 10.0, step: Step = no_step) -> StoreWriter:
        """Open the writer. Raises IndexBusy after `wait` seconds, and IndexNotFound."""

    def export(self, file: Path, *, wait: float) -> int:
        """Export the whole index to one file and return its size in bytes."""

    def check(self) -> list[Problem]:
        """Verify every part against its checksums. Raises only IndexNotFound and IndexIncompatible."""

    def repair(
        self, problems: Sequence[Problem], encoder: BiEncoder, embedded_text: EmbeddedText, wait: float
    ) -> list[Problem]:
        """Repair what `check` found; return the problems, each marked as repaired or not.

        Documents whose text is lost are removed. Raises IndexDamaged when not even the settings can be recovered.
        """

    def drop_damaged(self, wait: float) -> None:
        """Drop damaged data kept for another model; the serving state is not touched."""

    def sealed_meta(self) -> dict[str, Any]:
        """Return `meta` as of the last writer's close; empty when unknown."""

    def close(self) -> None:
        """Close files; running views finish, new ones raise IndexClosed."""
