"""What a search sees of an index: the protocol that `search/` works on, and nothing else of a store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from semsearch.types.search import Ranking

if TYPE_CHECKING:
    from semsearch.conditions import Condition
    from semsearch.types.arrays import Embeddings, Ids, Scores, Vector
    from semsearch.types.documents import Passage, Value
    from semsearch.types.search import Floor

__all__ = ["Keep", "LexicalRanking", "Searchable"]


class Keep(Protocol):
    """A set of passages that a filter lets through."""

    def __len__(self) -> int:
        """How many passages."""


class LexicalRanking(NamedTuple):
    """A BM25 ranking and the most that any passage could have scored, so that a share of it can be given."""

    ranking: Ranking
    bound: float


class Searchable(Protocol):
    """All that `search` sees of an index; ids are passage ids. One consistent state for the life of the object."""

    @property
    def floor(self) -> Floor | None:
        """The noise floor stored with the index."""

    def dense(self, vector: Vector, k: int, keep: Keep | None = None, *, exact: bool = False) -> Ranking:
        """Return the k nearest live passages by cosine."""

    def lexical(self, text: str, k: int, keep: Keep | None = None) -> LexicalRanking:
        """Return the k best live passages by BM25; any text is a valid query."""

    def select(
        self, filters: Sequence[Condition], within: Sequence[str] = (), phrases: Sequence[str] = ()
    ) -> Keep | None:
        """Resolve filters, path prefixes and exact phrases to the passages they keep; None keeps all."""

    def occurrences(self, words: Sequence[str]) -> list[int | None]:
        """Return in how many passages each word stands, as BM25 sees it; None for a stop word."""

    def alike(self, word: str, distance: int) -> list[tuple[int, str]]:
        """Return (letters, word) for what is at most so many letters away from a word in lower case, nearest first."""

    def similarity(self, vector: Vector, ids: Ids) -> Scores:
        """Return the exact cosine of each passage."""

    def vectors(self, ids: Ids) -> Embeddings:
        """Return the stored vectors of passages."""

    def document_numbers(self, ids: Ids) -> Ids:
        """Return for each passage a number that is the same for passages of the same document."""

    def document_ids(self, ids: Ids) -> list[str]:
        """Return the id of the document of each passage."""

    def marks(self, query: str, text: str) -> tuple[tuple[int, int], ...]:
        """Return the character ranges of the words of `text` that are terms of the query, as BM25 sees them."""

    def passages_of(self, document_id: str) -> Ids:
        """Return the ids of a document's passages, in order; none when it is not here."""

    def names_of(self, document_id: str) -> Ids:
        """Return the id of the record of a document's name, which is no passage; none where there is none."""

    def beginnings(self, ids: Ids) -> Ids:
        """Return for each record what it is shown by: itself, or for a name the first passage, where there is one."""

    def fetch(self, ids: Sequence[int]) -> list[Passage]:
        """Return passages with their texts, in the order asked."""

    def facts(self, document_ids: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Value]]]:
        """Return for each document its path and its metadata."""
