"""Documents, their structure and their passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, TypeAlias

Value: TypeAlias = str | int | float | bool | tuple[str | int | float, ...] | None
"""What a metadata field may hold; a filter matches a tuple when any of its values matches."""


class AnchorKind(StrEnum):
    """The unit that an anchor counts in."""

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
    """Where a passage is in its file, for a person: first and last line, page, slide, row..., from 1, inclusive.

    In a recording: start and end in whole seconds, from 0. Rows are those of a sheet, which the headings name.
    """

    kind: AnchorKind = AnchorKind.NONE
    start: int = 0
    stop: int = 0

    def __str__(self) -> str:
        """Return a short form: `L3-9`, `p.4`, `slide 2`, `row 3-9`, `ch.5`, `cell 2`, `¶7`, `03:10-03:25`, or ""."""
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
    """A text to search. `id` is set by the caller, or is the path of the file it was read from."""

    id: str
    text: str
    title: str = ""
    metadata: Mapping[str, Value | Sequence[str | int | float]] = field(default_factory=dict, hash=False)


class BlockKind(StrEnum):
    """The structural role of a block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Block:
    """A structural unit of a document: `text[start:stop]`, in order, never overlapping.

    `level` is the depth of a heading (1 is the highest) and 0 for everything else. A heading without text closes the
    open section of its level (as for module-level code after a function).
    """

    start: int
    stop: int
    kind: BlockKind
    anchor: Anchor
    level: int = 0
    label: str = ""
    """The plain text of a heading, where `text[start:stop]` contains markup or is a line of code."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a reader returns for one file: its text as one string, and the structure of that text."""

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    metadata: Mapping[str, Value] = field(default_factory=dict)
    members: tuple[Member, ...] = ()
    """Nested documents: an archive's files, a mailbox's messages, a table's records."""
    remark: str = ""
    """A short note for the user about a file that was read: `12 pages without text: scanned?`."""


@dataclass(frozen=True, slots=True)
class Member:
    """A nested document. Its path is `<file>!/<name>`; names are unique within the file."""

    name: str
    type: str
    parsed: Parsed | None
    """None when it could not be read; then `reason` says why."""
    reason: str = ""
    limited: bool = False
    """Whether a limit in the settings excluded it: it is tried again once the limit changes."""


class Span(NamedTuple):
    """A passage before it is stored: `text[start:stop]` of its document, with its heading path."""

    start: int
    stop: int
    anchor: Anchor
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage: `document.text[start:stop] == text`; `id` stays the same across compaction.

    `document_id` is the id of its document (for a file, its path).
    """

    id: int
    document_id: str
    start: int
    stop: int
    anchor: Anchor
    heading: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that was left out of the index, and why, in a few words.

    For a document added by the caller, `path` is its id (`documents[7]` where it has none) and `position` its place in
    the input, from 0.
    """

    path: str
    reason: str
    position: int | None = None


EmbeddedText: TypeAlias = Callable[[str, Sequence[str], str], str]
"""(title, heading path, text) -> the exact text that the encoder and BM25 receive for a passage."""
