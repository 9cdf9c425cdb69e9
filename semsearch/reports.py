"""What an index tells of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semsearch.settings import Settings
from semsearch.types import Floor, Mode, Value

__all__ = ["Diagnosis", "DocumentInfo", "Evaluation", "Located", "ProblemInfo", "SourceInfo", "Status"]


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

    modes: Mapping[Mode, Mapping[str, float]]
    intervals: Mapping[Mode, Mapping[str, tuple[float, float]]]
    documents: int
    queries: int
    seconds: float
