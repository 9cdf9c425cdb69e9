"""The records of a store: documents with their passages, file facts, kept vectors and problems."""

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
"""The meta key and version of name records; with another version, or none, the next run rewrites them."""
MOVE, PREVIOUS = "move", "previous"
"""The meta keys of an unfinished move's vectors, and of the state before the last move."""


class FileFacts(NamedTuple):
    """File facts that show whether a file has changed without reading it. `scanned_ns` is when they were taken."""

    size: int = 0
    mtime_ns: int = 0
    ctime_ns: int = 0
    inode: int = 0
    scanned_ns: int = 0


class Known(NamedTuple):
    """A stored document; `path` is relative to its source, or the caller's own id."""

    number: int
    source: int
    path: str
    facts: FileFacts
    content: bytes
    splitter: int
    type: str

    @property
    def digest(self) -> bytes:
        """Return the hash of the file it was read from."""
        return self.content[:DIGEST]

    @property
    def alone(self) -> bool:
        """Whether it is a plain file: neither a container nor nested in one."""
        return len(self.content) == DIGEST


class Unreadable(NamedTuple):
    """A file that could not be read: its facts, the reason, and the version of the readers."""

    facts: FileFacts
    reason: str
    version: int


class Named(NamedTuple):
    """A document and its name record: the words, and the hash of their embedded text."""

    number: int
    source: int
    path: str
    title: str
    language: str
    type: str
    content: bytes
    has_text: bool
    name: tuple[tuple[str, ...], bytes] | None
    """None if there is no name record."""


class Record(NamedTuple):
    """A document to store, with its passages; `hashes` are of the exact texts that the encoder receives."""

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
    """Its passages and, at the end, its name record."""
    hashes: Sequence[bytes]

    @property
    def passages(self) -> int:
        """How many of the spans are passages."""
        return sum(span.anchor.kind is not AnchorKind.NAME for span in self.spans)


class Renamed(NamedTuple):
    """A document that gains or loses its name record, and may get a new path: no passage changes."""

    number: int
    language: str
    spans: Sequence[Span]
    """Its name record, or nothing."""
    hashes: Sequence[bytes]
    place: tuple[int, str, FileFacts] | None = None
    """Its new source, path and facts, if it has moved."""
    text: str = ""


class Sizes(NamedTuple):
    """The size of a store; `dead_rows` are vectors that no passage uses any more."""

    documents: int
    passages: int
    unread: int
    text_bytes: int
    bytes: int
    dead_rows: int


# Moving to another model.


class MoveTarget(NamedTuple):
    """The model that an index moves to; `own` marks the caller's own encoder."""

    model: str
    fingerprint: str
    dim: int
    own: bool
    precision: Precision = Precision.FLOAT32


@dataclass(frozen=True, slots=True)
class Kept:
    """Vectors of a model kept beside the serving ones; `facts` is what the catalogue stores about them."""

    key: str
    generation: int
    model: str
    fingerprint: str
    dim: int
    own: bool
    """Whether the model is the caller's own encoder, which cannot be loaded by name."""
    facts: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, meta: Mapping[str, Any], key: str) -> Kept | None:
        """Return the kept vectors stored under MOVE or PREVIOUS in `meta`, or None."""
        facts = meta.get(key)
        if not facts:
            return None
        model = str(facts["model"]), str(facts["fingerprint"]), int(facts["dim"]), bool(facts["own"])
        return cls(key, int(facts["generation"]), *model, facts)

    @classmethod
    def serving(cls, meta: Mapping[str, Any]) -> Kept:
        """Describe the serving vectors as a Kept."""
        model, own = str(meta["settings"]["model"]), bool(meta.get("own_encoder"))
        return cls("", int(meta["generation"]), model, str(meta["fingerprint"]), int(meta["dim"]), own)

    @property
    def ann_rows(self) -> int:
        """Rows of its approximate index; 0 if it has none."""
        return int((self.facts.get("ann") or {}).get("rows", 0))


class Stored(NamedTuple):
    """A live passage with the parts of its embedded text."""

    id: int
    document: int
    span: Span
    hash: bytes
    title: str
    text: str


# What can be wrong with an index.


class Part(StrEnum):
    """The part of an index that has a problem."""

    CATALOG = "catalog"
    DOCUMENT = "document"
    VECTORS = "vectors"
    LEXICAL = "lexical"
    ANN = "ann"
    LABELS = "labels"
    QUERIES = "queries"
    FILES = "files"
    MOVE = "move"
    """An unfinished move, or the state for a rollback. A repair drops it."""


class Problem(NamedTuple):
    """One problem; `number` is that of the document or the first row, for the repair."""

    part: Part
    detail: str
    number: int = -1
    repaired: bool = False
