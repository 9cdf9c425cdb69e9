"""What a search returns, and in what it is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from semsearch.types.documents import Passage, Value

if TYPE_CHECKING:
    from semsearch.types.arrays import Ids, Scores


class Ranking(NamedTuple):
    """Passage ids (n,) int64 and scores (n,) float32, non-increasing; ids are unique, ties are broken by id."""

    ids: Ids
    scores: Scores


class Mode(StrEnum):
    """Which lists make the ranking."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


class RerankMode(StrEnum):
    """What a reranker's opinion of the first documents does to their order."""

    FUSE = "fuse"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class WordMatch:
    """A word of the query and the word of a passage that is nearest to it in meaning, each by its characters.

    `similarity` is the cosine of the two words where they stand; `weight`, 0 to 1, is how far it is above the usual
    similarity of that query word to the words of this passage.
    """

    query: tuple[int, int]
    passage: tuple[int, int]
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One document of an answer, shown by its best passage; `more` are its further passages.

    `score` is 0 to 1 and means the same on every query: .5 is the index's noise floor. `scores` and `ranks` are by list
    name (`dense`: cosine, `lexical`: BM25, `rerank`: the reranker's own scale); a list that did not see the passage is
    absent from `ranks`. A reranker changes the order of hits, never their `score`.
    """

    rank: int
    score: float
    passage: Passage
    path: str
    metadata: Mapping[str, Value] = field(hash=False)
    scores: Mapping[str, float] = field(hash=False)
    ranks: Mapping[str, int] = field(hash=False)
    marks: tuple[tuple[int, int], ...] = ()
    """Character ranges of `passage.text` that hold words of the query."""
    more: tuple[Passage, ...] = ()
    folded: tuple[str, ...] = ()
    """Ids of documents whose best passage is nearly the same as this one; they are not shown as hits."""
    matches: tuple[WordMatch, ...] = ()
    """Which words carry the match in meaning; empty unless that was asked for."""


@dataclass(frozen=True, slots=True)
class Reranked:
    """What reranking took: by which model, how many pairs of query and passage, and seconds."""

    model: str
    pairs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Results:
    """What one query found. `relevant` is False when nothing stands above the noise floor of the index."""

    query: str
    mode: Mode
    hits: tuple[Hit, ...]
    relevant: bool
    warnings: tuple[str, ...] = ()
    reranked: Reranked | None = None
    near_misses: tuple[Hit, ...] = ()
    """Where nothing stands above the floor, so that there are no hits: the few documents that came nearest to it."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Misspelled words of the query that stand nowhere in the index, each with the word that was searched for it."""
    absent: tuple[str, ...] = ()
    """Where there is no hit: the words of the query, and phrases in their quotes, that stand nowhere in the index."""


class Absence(StrEnum):
    """Why a file is not among the hits of a query."""

    NOT_IN_SOURCE = "not in a source"
    IGNORED = "ignored"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    NOT_INDEXED = "not indexed yet"
    FILTERED = "filtered out"
    BELOW_FLOOR = "below the noise floor"
    RANKED = "ranked"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why a file is not (or where it is) among the hits: `ranks` of its best passage in each list and in the fusion."""

    path: str
    reason: Absence
    detail: str
    ranks: Mapping[str, int] = field(default_factory=dict, hash=False)
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Floor:
    """The noise floor of an index: what a query that has nothing to do with it still scores.

    `cosine_mean` and `cosine_std` are over the best cosine of each off-topic query, `coverage_mean` and `coverage_std`
    over the best lexical coverage of each, both robust: a median, and a deviation from the lower half. `random_mean`
    and `random_std` are over cosines of random pairs of passages; `random_std` is the encoder's scale.
    """

    cosine_mean: float
    cosine_std: float
    coverage_mean: float
    coverage_std: float
    random_mean: float
    random_std: float
    passages: int
    """How many passages the index had when this was measured."""


Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""{query id: {document id: grade}}"""
Run: TypeAlias = Mapping[str, Mapping[str, float]]
"""{query id: {document id: score}}"""
