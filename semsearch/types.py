"""The nouns of semsearch: frozen dataclasses, and one small Protocol for every part that can be swapped.

No heavy import happens here: numpy is named in annotations only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from semsearch.conditions import Filter as Filter
from semsearch.conditions import Operator as Operator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Embeddings: TypeAlias = NDArray[np.float32]
    """(n, dim), C order, unit rows."""
    Vector: TypeAlias = NDArray[np.float32]
    """(dim,), unit length."""
    Scores: TypeAlias = NDArray[np.float32]
    """(n,), higher is better, always."""
    Ids: TypeAlias = NDArray[np.int64]

Value: TypeAlias = str | int | float | bool | tuple[str | int | float, ...] | None
"""What a metadata field may hold; of several values, a filter is fulfilled by any."""


class AnchorKind(StrEnum):
    """What the numbers of an anchor count."""

    LINE = "line"
    PAGE = "page"
    SLIDE = "slide"
    ROW = "row"
    CHAPTER = "chapter"
    CELL = "cell"
    PARAGRAPH = "paragraph"
    TIME = "time"
    NAME = "name"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a person finds a passage in its file: first and last line, page, slide, row..., from 1, inclusive.

    Of a recording: the whole seconds between which it is said, from 0. Rows are those of a sheet, which is named in the
    headings.
    """

    kind: AnchorKind = AnchorKind.NONE
    start: int = 0
    stop: int = 0

    def __str__(self) -> str:
        """Short form: `L3-9`, `p.4`, `slide 2`, `row 3-9`, `ch.5`, `cell 2`, `¶7`, `03:10-03:25`, or nothing."""
        if self.kind not in _PREFIX and self.kind is not AnchorKind.TIME:
            return ""
        if self.kind is AnchorKind.TIME:
            return "-".join(dict.fromkeys((clock(self.start), clock(self.stop))))
        span = str(self.start) if self.start == self.stop else f"{self.start}-{self.stop}"
        return _PREFIX[self.kind] + span


_PREFIX = {
    AnchorKind.LINE: "L", AnchorKind.PAGE: "p.", AnchorKind.SLIDE: "slide ", AnchorKind.ROW: "row ",
    AnchorKind.CHAPTER: "ch.", AnchorKind.CELL: "cell ", AnchorKind.PARAGRAPH: "¶",
}  # fmt: skip


def clock(seconds: int) -> str:
    """Return a time in a recording as `mm:ss`, or `h:mm:ss` from an hour on."""
    minutes, rest = divmod(seconds, 60)
    hours, left = divmod(minutes, 60)
    return f"{hours}:{left:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


@dataclass(frozen=True, slots=True)
class Document:
    """A text to search. `id` is the caller's own, or the path of the file it was read from."""

    id: str
    text: str
    title: str = ""
    metadata: Mapping[str, Value] = field(default_factory=dict, hash=False)


class BlockKind(StrEnum):
    """What a stretch of a document is to its reader."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A structural unit of a document: `text[start:stop]`, in order, never overlapping.

    `level` is the depth of a heading (1 is the highest) and 0 for everything else. A heading without any text ends the
    section that is open at its level (the module's own code after a function).
    """

    start: int
    stop: int
    kind: BlockKind
    anchor: Anchor
    level: int = 0
    label: str = ""
    """What a heading says in plain words, where `text[start:stop]` has markup around it or is a line of code."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader makes of one file: its text as one string, and the structure over it."""

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    metadata: Mapping[str, Value] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    """Documents of their own inside the file: an archive's files, a mailbox's messages, a table's records."""
    remark: str = ""
    """What the user should know of a file that was read, in a few words: `12 pages without text: scanned?`."""


@dataclass(frozen=True, slots=True)
class Member:
    """A document inside a file. It is found as `<file>!/<name>`; names are unique within the file."""

    name: str
    type: str
    parsed: Parsed | None
    """None when it cannot be read; then `reason` says why."""
    reason: str = ""
    limited: bool = False
    """Whether one of the limits in the settings kept it out: another limit is another try."""


@dataclass(frozen=True, slots=True)
class Span:
    """A passage before it is stored: `text[start:stop]` of its document, and the headings above it."""

    start: int
    stop: int
    anchor: Anchor
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage: `document.text[start:stop] == text`; `id` is stable over compaction.

    `document_id` is the document's own id (a file's path as the index knows it).
    """

    id: int
    document_id: str
    start: int
    stop: int
    anchor: Anchor
    heading: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Ranking:
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


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that is not in the index and why, in a few words.

    Of a document that was added, `path` is its id (`documents[7]` where it has none) and `position` its place in what
    was given, from 0.
    """

    path: str
    reason: str
    position: int | None = None


FetchProgress: TypeAlias = Callable[[str, int, int], None]
"""Told of a model's fetch: what is being done, bytes done, bytes in all (0: a line for the user)."""
EmbeddedText: TypeAlias = Callable[[str, Sequence[str], str], str]
"""(title, heading path, text) -> the exact text that the encoder and BM25 get for a passage."""
