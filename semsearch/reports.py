"""What an index and an indexing run tell of themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from semsearch.settings import Settings
from semsearch.types import Floor, Skipped, Value

__all__ = [
    "Diagnosis",
    "DocumentInfo",
    "Evaluation",
    "Located",
    "ProblemInfo",
    "Progress",
    "ProgressCallback",
    "SourceInfo",
    "Status",
    "Summary",
]


@dataclass(frozen=True, slots=True)
class Located:
    """Which index a command is about, and why."""

    path: Path
    why: str
    exists: bool


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A document without its text; `modified` is an ISO time, or empty; `source` is the root it came from."""

    id: str
    path: str
    title: str
    type: str
    size: int
    modified: str
    language: str
    passages: int
    metadata: Mapping[str, Value]
    source: str


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A root that the index follows, and whether it is there now."""

    path: str
    documents: int
    present: bool


@dataclass(frozen=True, slots=True)
class Status:
    """Counts and freshness of an index. `changed` counts files that are new, changed and removed since the last run."""

    path: Path
    index_id: str
    format: int
    model: str
    dim: int
    documents: int
    passages: int
    sources: tuple[SourceInfo, ...]
    skipped: int
    bytes: int
    bytes_text: int
    changed: Mapping[str, int]
    fresh: bool
    last_indexed: str
    search: str
    recall: float | None
    floor: Floor | None
    generation: int
    tombstones: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class ProblemInfo:
    """One damaged thing, and whether it was repaired."""

    part: str
    detail: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `doctor` found; `ok` when the index is sound now."""

    problems: tuple[ProblemInfo, ...]
    ok: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measures of a judged collection by mode, with 95 % bootstrap intervals over its queries."""

    modes: Mapping[str, Mapping[str, float]]
    """By the name of the mode; `rerank` is the hybrid search with its first documents reranked."""
    intervals: Mapping[str, Mapping[str, tuple[float, float]]]
    documents: int
    queries: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an indexing run is: files and passages, so far and in all as far as known, and what is being done."""

    stage: str
    files_done: int
    files_total: int
    passages_done: int
    passages_total: int
    """Known passages waiting or done; grows while files are read."""


ProgressCallback: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What an indexing run did. `files` were seen; the rest counts documents."""

    files: int
    added: int
    changed: int
    moved: int
    unchanged: int
    removed: int
    skipped: tuple[Skipped, ...]
    missing_sources: tuple[str, ...]
    passages: int
    """Passages written by this run."""
    encoded: int
    """Passages that the encoder had to see; the rest reused their vectors."""
    bytes_read: int
    seconds: float
    interrupted: bool = False
