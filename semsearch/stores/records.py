"""What goes into a store and comes out of it: documents with their passages, and what tells that a file has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from semsearch.stores.member_paths import DIGEST
from semsearch.types.documents import AnchorKind, Span, Value
from semsearch.types.models import Precision

__all__ = [
    "ADDED",
    "MOVE",
    "NAMES",
    "NAMES_VERSION",
    "PREVIOUS",
    "FileFacts",
    "Kept",
    "Known",
    "MoveTarget",
    "Named",
    "Part",
    "Problem",
    "Record",
    "Renamed",
    "Sizes",
    "Stored",
    "Unreadable",
]

ADDED = 0
"""The source number of documents that the caller added."""
NAMES, NAMES_VERSION = "names", 1
"""The meta key of how names of documents are recorded; another number, or none: the next run makes the records."""
MOVE, PREVIOUS = "move", "previous"
"""The meta keys of what an unfinished move has encoded so far, and of the state that served before the last move."""


class FileFacts(NamedTuple):
    """What tells whether a file has changed, without reading it. `scanned_ns` is when it was looked at."""

    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    scanned_ns: int = 0


class Known(NamedTuple):
    """A document as the store has it; `path` is below its source, or the caller's own id."""

    number: int
    source: int
    path: str
    facts: FileFacts
    content: bytes
    splitter: int
    type: str

    @property
    def digest(self) -> bytes:
        """Return the hash of what it was read from."""
        return self.content[:DIGEST]

    @property
    def alone(self) -> bool:
        """Whether it is a whole file, and all that there is of that file."""
        return len(self.content) == DIGEST


class Unreadable(NamedTuple):
    """How a file that could not be read looked, why it could not, and the version stored with it."""

    facts: FileFacts
    reason: str
    version: int


class Named(NamedTuple):
    """A document and what is recorded of its name: the words, and the hash of what was embedded of them."""

    number: int
    source: int
    path: str
    title: str
    language: str
    type: str
    content: bytes
    has_text: bool
    name: tuple[tuple[str, ...], bytes] | None
    """None where no name is recorded."""


class Record(NamedTuple):
    """A document ready to be stored, with its passages; `hashes` are of the exact texts that the encoder gets."""

    source: int
    path: str
    text: str
    title: str
    type: str
    language: str
    facts: FileFacts
    content: bytes
    metadata: Mapping[str, Value]
    splitter: int
    spans: Sequence[Span]
    """Its passages and, at the end, the record of its name."""
    hashes: Sequence[bytes]

    @property
    def passages(self) -> int:
        """How many of the spans are passages."""
        return sum(span.anchor.kind is not AnchorKind.NAME for span in self.spans)


class Renamed(NamedTuple):
    """A document that gets a name record, or loses it, and another place where it has one: no passage changes."""

    number: int
    language: str
    spans: Sequence[Span]
    """The record of its name, or nothing."""
    hashes: Sequence[bytes]
    place: tuple[int, str, FileFacts] | None = None
    """Source, path and facts of where it has moved to."""
    text: str = ""


class Sizes(NamedTuple):
    """How much a store holds; `dead_rows` are vectors that no passage uses any more."""

    documents: int
    passages: int
    unread: int
    text_bytes: int
    bytes: int
    dead_rows: int


# Moving to another model.


class MoveTarget(NamedTuple):
    """The model that an index is to move to; `own` marks an encoder of the caller's own."""

    model: str
    fingerprint: str
    dim: int
    own: bool
    precision: Precision = Precision.FLOAT32


@dataclass(frozen=True, slots=True)
class Kept:
    """Vectors of a model beside the serving ones; `facts` is what the store has written down of them."""

    key: str
    generation: int
    model: str
    fingerprint: str
    dim: int
    own: bool
    """Whether the model is an encoder of the caller's own, which cannot be loaded by its name."""
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, meta: Mapping[str, Any], key: str) -> Kept | None:
        """Return what the facts of an index name under MOVE or PREVIOUS, or None."""
        facts = meta.get(key)
        if not facts:
            return None
        names = str(facts["model"]), str(facts["fingerprint"]), int(facts["dim"]), bool(facts["own"])
        return cls(key, int(facts["generation"]), *names, facts)

    @classmethod
    def serving(cls, meta: Mapping[str, Any]) -> Kept:
        """Describe what serves now in the terms of what is kept."""
        model, own = str(meta["settings"]["model"]), bool(meta.get("own_encoder"))
        return cls("", int(meta["generation"]), model, str(meta["fingerprint"]), int(meta["dim"]), own)

    @property
    def ann_rows(self) -> int:
        """Rows of its approximate index, 0 for none."""
        return int((self.facts.get("ann") or {}).get("rows", 0))


class Stored(NamedTuple):
    """A live passage with what its embedded text is made of."""

    id: int
    document: int
    span: Span
    hash: bytes
    title: str
    text: str


# What can be wrong with an index.


class Part(StrEnum):
    """The part of an index that a problem is in."""

    CATALOG = "catalog"
    DOCUMENT = "document"
    VECTORS = "vectors"
    LEXICAL = "lexical"
    ANN = "ann"
    LABELS = "labels"
    QUERIES = "queries"
    FILES = "files"
    MOVE = "move"
    """Beside the serving state: an unfinished move, or what a rollback needs. Dropped by a repair."""


class Problem(NamedTuple):
    """One thing that is wrong; `number` is the document's or the first row's, for the repair."""

    part: Part
    detail: str
    number: int = -1
    repaired: bool = False
