"""What became of a file that was looked into: the reading thread says it, the run writes it down in that order."""

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
    """A recording is being listened to: nothing is done yet."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The file is not there any more."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The system did not let it be read; its document, if there is one, stays: nothing says that it has changed."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unread:
    """There is nothing to read in it, or no reader that can."""

    work: Work
    error: SourceUnreadable
    facts: FileFacts
    read: int = 0


@dataclass(frozen=True, slots=True)
class UnreadInside:
    """The same of something inside of a file that was read."""

    work: Work
    name: str
    reason: str
    limited: bool
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Same:
    """It has new dates and the same content."""

    known: Known
    facts: FileFacts
    inside: tuple[Known, ...] = ()
    """The documents inside of it, the same as well."""
    skipped: tuple[Skipped, ...] = ()
    """What cannot be read inside of it, as before."""


@dataclass(frozen=True, slots=True)
class Moved:
    """It has the content of a document whose file has vanished."""

    known: Known
    work: Work
    facts: FileFacts


@dataclass(frozen=True, slots=True)
class Ready:
    """A document with its passages, the exact texts that the encoder gets for them, and their rows where known."""

    record: Record
    embedded: Sequence[str]
    rows: Sequence[Row | None]
    new: bool
    gone: tuple[Known, ...] = ()
    """Documents that were inside of it and are no more."""
    remark: tuple[str, str] | None = None
    """The path by which the user knows it, and what should be known of it."""


@dataclass(frozen=True, slots=True)
class Within:
    """What became of something inside of the file whose own outcome came before."""

    outcome: Ready | Same | UnreadInside


Outcome: TypeAlias = Heard | Gone | Failed | Unread | Same | Moved | Ready | Within
