"""The outcomes of reading files, passed in order from the reading thread to the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from semsearch.errors import SourceUnreadable
from semsearch.indexing.scan.scan import Work
from semsearch.stores.records import FileFacts, Known, Record
from semsearch.types.documents import Skipped
from semsearch.types.models import Row

__all__ = ["Failed", "Gone", "Heard", "Moved", "Outcome", "Ready", "Same", "Unread", "UnreadInside", "Within"]


@dataclass(frozen=True, slots=True)
class Heard:
    """A recording is being transcribed: nothing is done yet."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The file no longer exists."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The system refused to read it; its document, if any, stays, as it may be unchanged."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """There is nothing to read in it, or no reader for it."""

    work: Work
    error: SourceUnreadable
    facts: FileFacts
    read: int = 0


@dataclass(frozen=True, slots=True)
class UnreadInside:
    """Something inside a readable file could not be read."""

    work: Work
    name: str
    reason: str
    limited: bool
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Same:
    """The file has new dates and the same content."""

    known: Known
    facts: FileFacts
    inside: tuple[Known, ...] = ()
    """The nested documents, unchanged as well."""
    skipped: tuple[Skipped, ...] = ()
    """What could not be read inside it, as before."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The file has the content of a document whose file has vanished."""

    known: Known
    work: Work
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Ready:
    """A document with its passages, their exact texts for the encoder, and their token rows if known."""

    record: Record
    embedded: Sequence[str]
    rows: Sequence[Row | None]
    new: bool
    gone: tuple[Known, ...] = ()
    """Nested documents that no longer exist."""
    remark: tuple[str, str] | None = None
    """The path for the user, and a note about the file."""


@dataclass(frozen=True, slots=True)
class Within:
    """The outcome of a nested document, after that of its file."""

    outcome: Ready | Same | UnreadInside


Outcome: TypeAlias = Heard | Gone | Failed | Unread | Same | Moved | Ready | Within
