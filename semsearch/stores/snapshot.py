"""What a store can be asked: its documents, passages, labels and moves, and the states that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from semsearch.stores.searchable import Keep, Searchable
from semsearch.types.documents import EmbeddedText

if TYPE_CHECKING:
    from semsearch.conditions import Condition
    from semsearch.stores.records import Kept, Known, Named, Sizes, Stored, Unreadable
    from semsearch.stores.sources import Sources
    from semsearch.types.arrays import Ids
    from semsearch.types.documents import Document
    from semsearch.types.labels import Example, Head
    from semsearch.types.reports import DocumentInfo, FieldInfo
    from semsearch.types.search import Floor

__all__ = ["Documents", "Labels", "ModelMoves", "Passages", "Snapshot", "StoreView"]


class Documents(Protocol):
    """The documents of one state."""

    def find(self, source: int, path: str) -> Known | None:
        """Return the document at a path below its source, or None."""

    def number(self, document_id: str) -> int | None:
        """Return the number of a document, or None; its id may be in any form of Unicode."""

    def with_number(self, number: int) -> Known | None:
        """Return the document with a number, or None."""

    def below(self, source: int, path: str = "") -> Iterator[Known]:
        """Yield the documents of a source by number; of a path only that one, below it and inside of it."""

    def members(self, source: int, path: str = "") -> Iterator[Known]:
        """Yield those of `below` that lie inside a file."""

    def inside(self, source: int, path: str) -> tuple[Known, ...]:
        """Return the documents inside one file, by number."""

    def count(self) -> Mapping[int, int]:
        """Return how many documents each source has; sources without any are left out."""

    def languages(self) -> Mapping[str, int]:
        """Return how many documents are in each language, whether or not there is a stemmer for it."""

    def added_since(self, passage: int) -> list[str]:
        """Return the ids of documents that have a passage with a higher id, in the order of their numbers."""

    def named(self, after: int, limit: int) -> list[Named]:
        """Return the next documents by number with what is recorded of their names."""

    def unread(self, source: int, path: str = "") -> dict[str, Unreadable]:
        """Return what could not be read of a source, by path; of a path only that one, below it and inside of it."""

    def matching(self, filters: Sequence[Condition], within: Sequence[str]) -> Ids:
        """Return the sorted numbers of the documents that pass. Raises InvalidFilter."""

    def infos(self, filters: Sequence[Condition], within: Sequence[str]) -> Iterator[DocumentInfo]:
        """Yield the documents that pass, by number. Raises InvalidFilter."""

    def own_fields(self) -> set[str]:
        """Return the names of all metadata fields that any document has of its own."""

    def whole(self, document_id: str) -> Document:
        """Return a document with its text and its fields. Raises NotInIndex and IndexDamaged."""

    def text(self, document_id: str, start: int, stop: int) -> str:
        """Return a part of a document's text, as far as it goes; nothing where it is not here. Raises IndexDamaged."""


class Passages(Protocol):
    """The passages of one state; records of names are none."""

    def count(self) -> int:
        """Return how many there are."""

    def ids(self, every: int = 1) -> Ids:
        """Return the ids of all, or of every so many-th, ascending: (n,) int64."""

    def newest(self) -> int:
        """Return the highest id that any ever had: those that come later have higher ones."""

    def holds(self, digest: bytes) -> bool:
        """Whether any passage, or name, has the embedded text with this hash."""

    def stored_size(self, text: str) -> float:
        """Return how many bytes the text of a document takes, estimated from its beginning."""


class Labels(Protocol):
    """Heads that were learned, and the labels that they gave to documents."""

    def heads(self) -> list[Head]:
        """Return all heads, by field. Raises IndexDamaged for one that cannot be trusted."""

    def unlabelled(self, name: str, *, anew: bool = False) -> list[int]:
        """Return the documents without a label of this field that have no such field of their own.

        With `anew` those with a label as well: the ones that a new head fills.
        """

    def present(self, head: Head) -> list[Example]:
        """Return the examples whose documents are here; one that came back to its place has its new number."""

    def count(self, name: str) -> int:
        """Return how many documents have a label of this field."""


class ModelMoves(Protocol):
    """Vectors of another model beside the serving ones, known by the hashes of the texts that were embedded."""

    def known(self, one: Kept, hashes: Iterable[bytes]) -> set[bytes]:
        """Return those of the hashes whose text has a vector."""

    def counts(self, one: Kept) -> tuple[int, int]:
        """Return how many passages there are, and how many of them have a vector."""

    def missing(self, one: Kept, after: int, limit: int, skip: Sequence[int] = ()) -> list[Stored]:
        """Return the next passages and names, by id, whose text has no vector; `skip` are documents left out."""

    def restorable(self, one: Kept, embedded_text: EmbeddedText, digest: Callable[[str], bytes]) -> list[int]:
        """Return the documents that a move had split again and that are as they were: they get their passages back."""


class Snapshot(Protocol):
    """What a state says of itself, without its engines: cheap to open."""

    @property
    def root(self) -> Path:
        """The folder of the index, which no walk enters."""

    @property
    def meta(self) -> dict[str, Any]:
        """What is stored of the index as a whole. Raises IndexDamaged."""

    @property
    def sources(self) -> Sources:
        """The roots of its documents."""

    @property
    def documents(self) -> Documents:
        """Its documents."""

    @property
    def passages(self) -> Passages:
        """Its passages."""

    @property
    def labels(self) -> Labels:
        """Its heads and their labels."""

    @property
    def moves(self) -> ModelMoves:
        """What a move to another model has gathered."""

    def saved_queries(self) -> dict[str, dict[str, Any]]:
        """Return what is stored of every saved query, by name. Raises IndexDamaged for one that cannot be trusted."""

    def sizes(self) -> Sizes:
        """Count what there is."""


class StoreView(Snapshot, Searchable, Protocol):
    """A state that can be searched."""

    floor: Floor | None

    @property
    def warnings(self) -> Sequence[str]:
        """What the answers so far went without because it is damaged, each in one line."""

    def main_languages(self) -> list[str]:
        """Return the languages that a twentieth of the index is in."""

    def fields(self) -> dict[str, FieldInfo]:
        """Return every field that a filter may name: a file's own facts first, then the others by name."""

    def texts(self) -> Keep | None:
        """Return all passages without the names of documents; None where there are no names."""

    def document_number(self, document_id: str) -> int | None:
        """Return the number of a document, or None."""

    def holds_below(self, prefixes: Sequence[str]) -> bool:
        """Whether any document is at or below one of some paths."""
