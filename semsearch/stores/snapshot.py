"""The read protocols of a store: documents, passages, labels and model moves of one state."""

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
        """Return the number of a document, or None; its id may be in any Unicode normalization form."""

    def with_number(self, number: int) -> Known | None:
        """Return the document with a number, or None."""

    def below(self, source: int, path: str = "") -> Iterator[Known]:
        """Yield the documents of a source by number; with a path, only those at, below and inside it."""

    def members(self, source: int, path: str = "") -> Iterator[Known]:
        """Yield the nested documents among `below`."""

    def inside(self, source: int, path: str) -> tuple[Known, ...]:
        """Return the documents inside one file, by number."""

    def count(self) -> Mapping[int, int]:
        """Return the number of documents of each source; sources without any are left out."""

    def languages(self) -> Mapping[str, int]:
        """Return the number of documents in each language, with or without a stemmer for it."""

    def added_since(self, passage: int) -> list[str]:
        """Return the ids of documents that have a passage with a higher id, by document number."""

    def named(self, after: int, limit: int) -> list[Named]:
        """Return the next documents by number, with their name records."""

    def unread(self, source: int, path: str = "") -> dict[str, Unreadable]:
        """Return the unreadable files of a source by path; with a path, only those at, below and inside it."""

    def matching(self, filters: Sequence[Condition], within: Sequence[str]) -> Ids:
        """Return the sorted numbers of the matching documents. Raises InvalidFilter."""

    def infos(self, filters: Sequence[Condition], within: Sequence[str]) -> Iterator[DocumentInfo]:
        """Yield the matching documents, by number. Raises InvalidFilter."""

    def own_fields(self) -> set[str]:
        """Return the names of all own metadata fields of any document."""

    def whole(self, document_id: str) -> Document:
        """Return a document with its text and its fields. Raises NotInIndex and IndexDamaged."""

    def text(self, document_id: str, start: int, stop: int) -> str:
        """Return a slice of a document's text; empty if it is not in the index. Raises IndexDamaged."""


class Passages(Protocol):
    """The passages of one state, name records not included."""

    def count(self) -> int:
        """Return the number of passages."""

    def ids(self, every: int = 1) -> Ids:
        """Return the ids of all passages, or of every n-th, ascending: (n,) int64."""

    def newest(self) -> int:
        """Return the highest id ever assigned: later passages have higher ones."""

    def holds(self, digest: bytes) -> bool:
        """Return whether any passage or name record has the embedded text with this hash."""

    def stored_size(self, text: str) -> float:
        """Return the estimated stored size of a document's text in bytes, from its beginning."""


class Labels(Protocol):
    """Label heads, and the labels that they assigned to documents."""

    def heads(self) -> list[Head]:
        """Return all heads, by field. Raises IndexDamaged for a damaged one."""

    def unlabelled(self, name: str, *, anew: bool = False) -> list[int]:
        """Return the documents without a label, or a value of their own, in this field.

        With `anew` also those with a label: all that a new head fills.
        """

    def present(self, head: Head) -> list[Example]:
        """Return the examples whose documents are in the index, with new numbers for those that came back."""

    def count(self, name: str) -> int:
        """Return the number of documents with a label in this field."""


class ModelMoves(Protocol):
    """Vectors of another model kept beside the serving ones, by the hash of the embedded text."""

    def known(self, one: Kept, hashes: Iterable[bytes]) -> set[bytes]:
        """Return the hashes whose text has a vector."""

    def counts(self, one: Kept) -> tuple[int, int]:
        """Return the number of passages, and how many of them have a vector."""

    def missing(self, one: Kept, after: int, limit: int, skip: Sequence[int] = ()) -> list[Stored]:
        """Return the next passages and name records, by id, without a vector; `skip` are documents left out."""

    def restorable(self, one: Kept, embedded_text: EmbeddedText, digest: Callable[[str], bytes]) -> list[int]:
        """Return unchanged documents that a move had split again, whose old passages can be restored."""


class Snapshot(Protocol):
    """One state of an index without its search engines: cheap to open."""

    @property
    def root(self) -> Path:
        """The folder of the index, which scans skip."""

    @property
    def meta(self) -> dict[str, Any]:
        """Index-wide values. Raises IndexDamaged."""

    @property
    def sources(self) -> Sources:
        """The root folders of its documents."""

    @property
    def documents(self) -> Documents:
        """Its documents."""

    @property
    def passages(self) -> Passages:
        """Its passages."""

    @property
    def labels(self) -> Labels:
        """Its label heads and their labels."""

    @property
    def moves(self) -> ModelMoves:
        """Its vectors kept for other models."""

    def saved_queries(self) -> dict[str, dict[str, Any]]:
        """Return the records of all saved queries, by name. Raises IndexDamaged for a damaged one."""

    def sizes(self) -> Sizes:
        """Return the sizes of the store."""


class StoreView(Snapshot, Searchable, Protocol):
    """A state that can be searched."""

    floor: Floor | None

    @property
    def warnings(self) -> Sequence[str]:
        """Damaged parts that searches so far did without, one line each."""

    def main_languages(self) -> list[str]:
        """Return the languages of at least a twentieth of the index."""

    def fields(self) -> dict[str, FieldInfo]:
        """Return every field that a filter may name: file facts first, then the others by name."""

    def texts(self) -> Keep | None:
        """Return all passages without name records; None if there are no name records."""

    def document_number(self, document_id: str) -> int | None:
        """Return the number of a document, or None."""

    def holds_below(self, prefixes: Sequence[str]) -> bool:
        """Return whether any document is at or below one of the paths."""
