"""Search results, and the data of their evaluation (qrels and runs)."""

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
    """Which rankings a search uses."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


class RerankMode(StrEnum):
    """How a reranker's scores change the order of the top documents."""

    FUSE = "fuse"
    REPLACE = "replace"


@dataclass(frozen=True, slots=True)
class WordMatch:
    """A word of the query and the nearest word of a passage in meaning, each as (start, stop) characters.

    `similarity` is the cosine of the two words in context; `weight`, 0 to 1, is how far it exceeds the usual
    similarity of that query word to the words of this passage.
    """

    query: tuple[int, int]
    passage: tuple[int, int]
    similarity: float
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """One document found, represented by its best passage; `more` are its further passages.

    `score` is 0 to 1 and comparable between queries: .5 is the noise floor of the index. `scores` and `ranks` are by
    ranking (`dense`: cosine, `lexical`: BM25, `rerank`: the reranker's own scale); a ranking without the passage is
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
    """Character ranges of `passage.text` to highlight: words of the query."""
    more: tuple[Passage, ...] = ()
    folded: tuple[str, ...] = ()
    """Ids of near-duplicate documents (by their best passage), which are not hits of their own."""
    matches: tuple[WordMatch, ...] = ()
    """Which words explain the match in meaning; empty unless requested."""


@dataclass(frozen=True, slots=True)
class Reranked:
    """The cost of reranking: model, number of query-passage pairs, seconds."""

    model: str
    pairs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one query. `relevant` is False when nothing scores above the noise floor of the index."""

    query: str
    mode: Mode
    hits: tuple[Hit, ...]
    relevant: bool
    warnings: tuple[str, ...] = ()
    reranked: Reranked | None = None
    near_misses: tuple[Hit, ...] = ()
    """When nothing scores above the floor, so that there are no hits: the few documents nearest to it."""
    corrected: tuple[tuple[str, str], ...] = ()
    """Misspelled query words that do not occur in the index, each with the word that replaced it."""
    absent: tuple[str, ...] = ()
    """When there is no hit: query words, and phrases in quotes, that do not occur in the index."""


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
    """Why a file is not among the hits, or where it is: `ranks` of its best passage by ranking and in the fusion."""

    path: str
    reason: Absence
    detail: str
    ranks: Mapping[str, int] = field(default_factory=dict, hash=False)
    scores: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Floor:
    """The noise floor of an index: what an off-topic query still scores.

    `cosine_mean` and `cosine_std` are over the best cosine of each off-topic query, `coverage_mean` and `coverage_std`
    over the best lexical coverage of each; both are robust: a median, and a deviation of the lower half. `random_mean`
    and `random_std` are over cosines of random pairs of passages; `random_std` is the encoder's scale.
    """

    cosine_mean: float
    cosine_std: float
    coverage_mean: float
    coverage_std: float
    random_mean: float
    random_std: float
    passages: int
    """Passages in the index when this was measured."""


Qrels: TypeAlias = Mapping[str, Mapping[str, int]]
"""{query id: {document id: grade}}"""
Run: TypeAlias = Mapping[str, Mapping[str, float]]
"""{query id: {document id: score}}"""
