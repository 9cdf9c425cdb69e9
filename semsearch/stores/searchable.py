"""The part of a store that `search/` uses."""

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
    """The passages that a filter keeps."""

    def __len__(self) -> int:
        """Return how many passages."""


class LexicalRanking(NamedTuple):
    """A BM25 ranking, and the highest score that any passage could have, for normalizing scores."""

    ranking: Ranking
    bound: float


class Searchable(Protocol):
    """One consistent state of an index, as `search` uses it; ids are passage ids."""

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
        """Return the passages that match filters, path prefixes and exact phrases; None for all."""

    def occurrences(self, words: Sequence[str]) -> list[int | None]:
        """Return the document frequency of each word, in passages, as BM25 analyzes it; None for a stop word."""

    def alike(self, word: str, distance: int) -> list[tuple[int, str]]:
        """Return (edit distance, word) for indexed words within `distance` of a lower-case word, nearest first."""

    def similarity(self, vector: Vector, ids: Ids) -> Scores:
        """Return the exact cosine of each passage."""

    def vectors(self, ids: Ids) -> Embeddings:
        """Return the stored vectors of passages."""

    def document_numbers(self, ids: Ids) -> Ids:
        """Return the document number of each passage."""

    def document_ids(self, ids: Ids) -> list[str]:
        """Return the document id of each passage."""

    def marks(self, query: str, text: str) -> tuple[tuple[int, int], ...]:
        """Return the character ranges of the words of `text` that are query terms, as BM25 analyzes them."""

    def passages_of(self, document_id: str) -> Ids:
        """Return the ids of a document's passages, in order; empty if it is not in the index."""

    def names_of(self, document_id: str) -> Ids:
        """Return the id of a document's name record, which is not a passage; empty if it has none."""

    def beginnings(self, ids: Ids) -> Ids:
        """Return the passage that represents each record: itself; for a name record the first passage, if any."""

    def fetch(self, ids: Sequence[int]) -> list[Passage]:
        """Return passages with their texts, in the given order."""

    def facts(self, document_ids: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Value]]]:
        """Return the path and the metadata of each document."""
