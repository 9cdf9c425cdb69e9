"""Reports: the status of an index, and the results of its operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from semsearch.conditions import quoted_field
from semsearch.settings import Settings
from semsearch.types.documents import Passage, Skipped, Value
from semsearch.types.search import Floor, Hit

__all__ = [
    "Alert",
    "Cause",
    "Compared",
    "Comparison",
    "Diagnosis",
    "DocumentInfo",
    "Evaluation",
    "FieldInfo",
    "Followed",
    "LabelInfo",
    "Move",
    "Overlap",
    "Plan",
    "ProblemInfo",
    "Progress",
    "ProgressCallback",
    "Remark",
    "SourceInfo",
    "Status",
    "Summary",
    "Unfinished",
]


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
    labels: tuple[str, ...] = ()
    """The fields of `metadata` that a label head filled."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field that a filter may name. `types` are `text`, `number`, `date`, `truth`; `documents` of them have it."""

    name: str
    types: tuple[str, ...]
    documents: int
    examples: tuple[str, ...]
    origin: str
    """`file` for file facts, `metadata` for what readers and callers add, `label` for what a head fills."""

    @property
    def written(self) -> str:
        """The name as written in a filter, quoted where needed."""
        return quoted_field(self.name)


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A root folder of the index, and whether it exists now."""

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
    move: Unfinished | None = None
    """A move to another model that is not complete yet."""
    rollback: str = ""
    """The model before the last move, which a rollback restores at once; empty when there is none."""
    precision: str = "float32"
    """The precision of its passages: float32 or int8."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Progress of a move to another model: passages encoded with it, and all passages."""

    model: str
    done: int
    passages: int


@dataclass(frozen=True, slots=True)
class ProblemInfo:
    """One damaged part, and whether it was repaired."""

    part: str
    detail: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `doctor` found; `ok` when the index is intact now."""

    problems: tuple[ProblemInfo, ...]
    ok: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Measures on a collection with qrels, by mode, with 95 % bootstrap intervals over its queries."""

    modes: Mapping[str, Mapping[str, float]]
    """By mode; `rerank` is hybrid search with its top documents reranked."""
    intervals: Mapping[str, Mapping[str, tuple[float, float]]]
    documents: int
    queries: int
    seconds: float
    missing: int = 0
    """Judged documents that are not in the index."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One model in one role. `how` says how it was adapted to the role; `failed` why it could not be.

    `items` are passages encoded, or query-document pairs scored, per second. `parameters` counts the weights that run
    (of an encoder-decoder, only the encoder where that is all that runs); `bytes` are the files on disk.
    """

    model: str
    architecture: str
    role: str
    how: str
    ndcg: float | None = None
    interval: tuple[float, float] | None = None
    items: float | None = None
    parameters: int | None = None
    bytes: int | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models of different architectures in the same roles, on the same queries and documents (nDCG@10)."""

    rows: tuple[Compared, ...]
    queries: int
    documents: int
    depth: int
    """First-stage documents that a reranker reorders."""
    seconds: float


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """A field that a head fills. `value` is its cross-validated `metric` (accuracy or r2, as in scikit-learn).

    `baseline` is the metric of always predicting the largest category, or the mean; `better` whether the 95 %
    `interval` is above it. `singles` are categories with one example, which is never in its own training fold.
    """

    field: str
    kind: str
    metric: str
    value: float
    interval: tuple[float, float]
    baseline: float
    better: bool
    error: float
    """Root mean squared error of a number, cross-validated; 0 for categories."""
    examples: int
    counts: Mapping[str, int]
    singles: tuple[str, ...]
    documents: int
    """Documents that have the label now."""
    stale: bool
    """Whether the index has moved to another model since: new documents get no label until it is relearned."""
    model: str
    learned: str
    skipped: int = 0
    """Labelled documents that were not in the index."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of an indexing run: its stage, and files and passages done and known in all."""

    stage: str
    files_done: int
    files_total: int
    passages_done: int
    passages_total: int
    """Passages known so far, waiting or done; grows while files are read."""


ProgressCallback: TypeAlias = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Remark:
    """A note for the user about a file that was read: `12 pages without text: scanned?`."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What an indexing run did. `files` counts files seen; the rest counts documents, nested ones included."""

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
    """Passages that were encoded; the rest reused stored vectors."""
    bytes_read: int
    seconds: float
    interrupted: bool = False
    remarks: tuple[Remark, ...] = ()
    """Notes on files that this run read."""
    named: int = 0
    """Documents that got a name record, which older versions did not write."""
    analyzed: bool = False
    """Whether the terms of an index of an older format were analyzed again."""


class Cause(StrEnum):
    """What triggered an event of a watched index."""

    START = "start"
    """The index has caught up with earlier changes."""
    CHANGES = "changes"
    """Files changed and the index was updated."""
    SCAN = "scan"
    """A full scan found changes that the system had not reported."""
    BUSY = "busy"
    """Another process is writing; the changes wait for it."""
    MISSING = "missing"
    """A watched folder no longer exists; its documents stay."""
    BLIND = "blind"
    """The system does not report changes; everything is scanned every 30 seconds instead."""
    FAULT = "fault"
    """A saved query of an alert cannot be run at present; the others can, and watching goes on."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One event of a watched index: what it did, or what it waits for (`detail`)."""

    cause: Cause
    summary: Summary | None = None
    """What the run over `paths` did; None when there was none, as when another process caused `alerts`."""
    paths: tuple[str, ...] = ()
    """The paths that were scanned; empty for all."""
    detail: str = ""
    alerts: tuple[Alert, ...] = ()
    """New passages that match the watched saved queries."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A new passage that matches a saved query above the noise floor; `hit` is its document."""

    name: str
    query: str
    hit: Hit
    passage: Passage


@dataclass(frozen=True, slots=True)
class Plan:
    """What an indexing run would do and cost, estimated from a sample of its files; nothing is written."""

    files: int
    unchanged: int
    skipped: int
    """Files that would be skipped, as far as the walk and the sample show."""
    recordings: int
    """Recordings to transcribe, which no other figure here includes."""
    pictures: int
    """Pictures to run OCR on, which the other figures do include."""
    bytes: int
    """Bytes to read."""
    passages: int
    encoded: int
    """Passages that have no vector yet."""
    seconds: float
    disk_bytes: int
    """Bytes by which the index would grow."""
    memory_bytes: int
    """Peak memory of this process and its parser processes together."""
    sampled_files: int
    took: float
    """Seconds that the estimate took."""
    left_out: tuple[Skipped, ...] = ()
    """Files known to be skipped; `skipped` also counts those extrapolated from the sample."""
    partial: tuple[str, ...] = ()
    """Files that take too long to inspect: they, and files like them, hold more than is counted."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Share of common passages in the top ten of two models, 0 to 1, averaged over sample queries."""

    queries: int
    dense: float
    """Of dense rankings."""
    hybrid: float
    """Of hybrid rankings."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a move to another model, or a rollback, did."""

    model: str
    """The model that serves now or, when interrupted, will serve once the move is complete."""
    previous: str
    """The model that served before; the same as `model` when there was nothing to do."""
    passages: int
    """Passages in the index."""
    encoded: int
    """Texts encoded by this run; the others had a vector already."""
    split: int
    """Passages longer than the new model's limit, which were split again."""
    overlap: Overlap | None
    """None when it was not measured: `unmeasured` says why."""
    unmeasured: str
    seconds: float
    abandoned: str = ""
    """The model of an unfinished move that this one abandoned."""
    forgotten: str = ""
    """The model that a rollback could restore until now, and no longer can."""
    back: bool = False
    """Whether this was a rollback to a kept state."""
    interrupted: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the index had this model already."""
        return self.model == self.previous and not self.interrupted
