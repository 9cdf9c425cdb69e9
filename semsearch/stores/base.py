"""The protocols of a store: all that the rest of semsearch knows of how an index is kept.

What every store guarantees:

- One writer at a time. Opening a second one waits, then raises IndexBusy.
- A commit is atomic and durable: after it, also after a crash, either all edits of the batch are there or none is. An
  error in it, a full disk included, leaves what was committed before.
- A reader sees one committed state for as long as it looks, whatever is committed meanwhile.
- Numbers of documents and ids of passages are never given twice, so that what holds an old one finds nothing else.
- Every edit may be made twice: to put, remove, relocate or label what is so already changes nothing that is seen.
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
"""Cuts a passage that the new encoder cannot see whole; each part with the hash of its embedded text."""
Inspect: TypeAlias = Callable[[Any, Mapping[int, int]], "Floor | None"]
"""Sees the coming state (a StoreView), and which passage each part was of; returns its noise floor."""


class ModelMoveWriter(ModelMoves, Protocol):
    """Moving to another model; each call is one committed state, and searches see nothing before `switch`."""

    def begin(self, target: MoveTarget) -> tuple[Kept, str]:
        """Go on with the move to this model, or begin it; return it, and the model of a move that this ends."""

    def give_up(self, key: str) -> str:
        """Drop an unfinished move or the state before the last one; return its model, empty when there was none."""

    def forget_damaged(self, one: Kept) -> int:
        """Forget kept vectors that do not match their checksum: they are encoded again."""

    def stage(self, one: Kept, vectors: Mapping[bytes, Vector]) -> None:
        """Commit vectors of texts, by the hash of each. Raises StorageFull, IndexBusy when another move has begun."""

    def check(self, one: Kept) -> None:
        """See that kept vectors are still named, and sound. Raises IndexBusy and IndexDamaged."""

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
        """Let the kept vectors serve; what served becomes PREVIOUS.

        Every text has a vector by now, or the parts that `split` makes of it. `restored` are documents that get the
        passages back that they had when these vectors served. `tick` may raise to give up before the commit. Raises
        StorageFull and IndexDamaged; then the old state goes on serving.
        """


class StoreWriter(Protocol):
    """The one writer: a batch of edits, which `commit` makes all at once. A context manager; the rest is dropped."""

    meta: dict[str, Any]
    """What was stored of the index as a whole at the last commit."""
    dim: int
    waiting: int
    """Passages in the batch."""
    sealing: bool
    """Whether closing takes the checksums that `doctor` compares with, which reads everything."""

    @property
    def snapshot(self) -> Snapshot:
        """What is committed, as this writer sees it."""

    def view(self) -> AbstractContextManager[StoreView]:
        """Pin what is committed for a search."""

    @property
    def moves(self) -> ModelMoveWriter:
        """Moving to another model."""

    def meta_value(self, key: str) -> Any:
        """Return a committed value of `meta`, or None."""

    def document_vectors(self, documents: Sequence[int]) -> tuple[Ids, Embeddings]:
        """Return the committed vectors of the passages of documents: each one's document (n,), and (n, dim)."""

    # What a batch may hold.

    def known_rows(self, hashes: Iterable[bytes]) -> dict[bytes, int]:
        """Return, for every embedded text that the index has a sound vector for, what `put` may reuse."""

    def put(
        self, record: Record | Renamed, embedded: Sequence[str], vectors: Mapping[int, Vector], reuse: Mapping[int, int]
    ) -> None:
        """Store or replace a document, or only its name and its place.

        `embedded` are the exact texts of its passages as the encoder gets them. Every passage has either a vector in
        `vectors` or, in `reuse`, what `known_rows` returned since the writer was opened. Passages with an unchanged
        text keep their ids.
        """

    def delete(self, numbers: Sequence[int]) -> None:
        """Remove documents by number."""

    def touch(self, number: int, facts: FileFacts) -> None:
        """Remember new dates of an unchanged file."""

    def unread(self, source: int, path: str, reason: str, facts: FileFacts, splitter: int) -> None:
        """Remember a file that could not be read by this version of the readers."""

    def forget_unread(self, source: int, path: str) -> None:
        """Forget a file that could not be read and is gone."""

    def forget_unread_inside(self, source: int, path: str) -> None:
        """Forget what could not be read inside a file."""

    def set_meta(self, key: str, value: Any) -> None:
        """Set a value of `meta`."""

    def remove_source(self, number: int) -> None:
        """Remove a root and everything known below it."""

    def move_source(self, number: int, into: int, below: str) -> None:
        """Make the documents of one root those of another that holds it."""

    def put_head(self, head: Head) -> None:
        """Store a head; what the one before it said of documents is forgotten."""

    def remove_head(self, field: str) -> None:
        """Remove a head and its labels."""

    def put_labels(self, field: str, labels: Sequence[tuple[int, str | int | float, float]]) -> None:
        """Store labels of documents by number, each with its confidence, or of a number the error to expect."""

    def put_saved(self, name: str, record: dict[str, Any]) -> None:
        """Store a saved query, or another state of it."""

    def remove_saved(self, name: str) -> None:
        """Remove a saved query."""

    def commit(self) -> None:
        """Make the batch durable and visible. Raises StorageFull; then nothing of the batch is stored."""

    # At once.

    def add_source(self, root: Path) -> int:
        """Add a root and return its number; a root that is there keeps its number."""

    # What is derived.

    def dead_rows(self) -> int:
        """Return how many vectors no passage uses."""

    def log_rows(self) -> int:
        """Return how many vectors are stored, used or not."""

    def analyzed_before(self) -> bool:
        """Whether the words of the index are those of an older analysis: `compact` makes them again."""

    def compact(self, embedded_text: EmbeddedText) -> bool:
        """Rewrite everything without what is dead; False, with nothing changed, when another one did meanwhile.

        Passages keep their ids; what is kept for a model stays. Raises IndexDamaged and StorageFull.
        """

    def shrink(self) -> None:
        """Give back space that holds nothing. Raises StorageFull."""

    def update_ann(self) -> bool:
        """Bring the approximate index up to date where one is wanted; return whether there was anything to do."""

    def close(self) -> None:
        """Drop what was not committed, and let the next writer in."""

    def __enter__(self) -> Self:
        """Return the writer."""

    def __exit__(self, *_: object) -> None:
        """Close it."""


@runtime_checkable
class Store(Protocol):
    """One index, however it is kept. Many threads may use it."""

    @property
    def root(self) -> Path:
        """The folder of the index."""

    @property
    def exists(self) -> bool:
        """Whether there is an index, or what is left of a damaged one."""

    def snapshot(self, *, pinned: bool = True) -> AbstractContextManager[Snapshot]:
        """Look at the newest committed state; unpinned, at what is the newest at each question.

        Raises IndexNotFound, IndexIncompatible and IndexDamaged.
        """

    def view(self) -> AbstractContextManager[StoreView]:
        """Pin the newest committed state for searches. Raises as `snapshot`, and IndexClosed."""

    def writer(self, *, wait: float = 10.0, step: Step = no_step) -> StoreWriter:
        """Open the one writer. Raises IndexBusy after `wait` seconds, IndexNotFound."""

    def export(self, file: Path, *, wait: float) -> int:
        """Write the whole index as one file and return its bytes."""

    def check(self) -> list[Problem]:
        """Compare every part with its checksums. Raises IndexNotFound and IndexIncompatible only."""

    def repair(
        self, problems: Sequence[Problem], encoder: BiEncoder, embedded_text: EmbeddedText, wait: float
    ) -> list[Problem]:
        """Mend what `check` found; return the problems with what has become of each.

        Documents whose text is lost leave the index. Raises IndexDamaged when not even the settings are left.
        """

    def drop_damaged(self, wait: float) -> None:
        """Drop what is kept of another model and is damaged; what serves stays as it is."""

    def sealed_meta(self) -> dict[str, Any]:
        """Return `meta` as it was when the last writer closed, empty when that is not known."""

    def close(self) -> None:
        """Let files go; views that run end by themselves, new ones raise IndexClosed."""
