"""What an index and an indexing run tell of themselves."""

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
    """The fields of `metadata` that a head filled in."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field that a filter may name. `types` are `text`, `number`, `date` and `truth`; `documents` have a value."""

    name: str
    types: tuple[str, ...]
    documents: int
    examples: tuple[str, ...]
    origin: str
    """`file` for a file's own facts, `metadata` for what readers and callers add, `label` for what a head fills."""

    @property
    def written(self) -> str:
        """The name as a filter takes it: in quotes where it needs them."""
        return quoted_field(self.name)


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
    move: Unfinished | None = None
    """A move to another model that is not whole yet."""
    rollback: str = ""
    """The model that served before the last move and can serve again at once; empty when there is none."""
    precision: str = "float32"
    """What its passages are encoded in: float32, or int8."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """How far a move to another model is: passages that have a vector of it, of all."""

    model: str
    done: int
    passages: int


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
    missing: int = 0
    """Judged documents that the index does not hold."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One model in one role. `how` tells how it was made to fill it; `failed` why it could not.

    `items` a second are passages encoded, or pairs of query and document scored. `parameters` are those of the weights,
    of an encoder-decoder's encoder alone where that is all that runs; `bytes` are the files on disk.
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
    """Documents of the first stage that a reranker reorders."""
    seconds: float


@dataclass(frozen=True, slots=True)
class LabelInfo:
    """A field that a head fills. `value` of `metric` (accuracy or r2, as scikit-learn has them) is cross-validated.

    `baseline` is the metric of always saying the largest category, or the mean; `better` whether the 95 % `interval`
    is above it. `singles` are categories with one labelled document, which are judged without having been seen.
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
    """How many documents have the label now."""
    stale: bool
    """Whether the index has moved to another model since: new documents get no label until it is learned again."""
    model: str
    learned: str
    skipped: int = 0
    """Labelled documents that were not in the index."""


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
class Remark:
    """What the user should know of a file that was read: `12 pages without text: scanned?`."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What an indexing run did. `files` were seen; the rest counts documents, also those inside files."""

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
    remarks: tuple[Remark, ...] = ()
    """On files that this run read."""
    named: int = 0
    """Documents that got a record of their name, which an older semsearch did not make."""
    analyzed: bool = False
    """Whether the words of an index of an older format were analyzed again."""


class Cause(StrEnum):
    """Why a following index tells something."""

    START = "start"
    """It has caught up with what had changed before."""
    CHANGES = "changes"
    """Files have changed, and the index with them."""
    SCAN = "scan"
    """A scan has found what the system had not reported."""
    BUSY = "busy"
    """Another process is writing; what has changed waits for it."""
    MISSING = "missing"
    """A folder that is followed is not there any more; its documents stay."""
    BLIND = "blind"
    """The system does not tell of changes; everything is looked at every half a minute instead."""
    FAULT = "fault"
    """A saved query of an alert cannot be asked at present; the others can, and the index is followed all the same."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One thing that a following index tells: what it did, or what it waits for (`detail`)."""

    cause: Cause
    summary: Summary | None = None
    """What the run over `paths` did; None when there was none, as where another process has brought `alerts`."""
    paths: tuple[str, ...] = ()
    """What was looked at, where it was not everything."""
    detail: str = ""
    alerts: tuple[Alert, ...] = ()
    """New passages that match the saved queries which were asked for."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A new passage that answers a saved query above the noise floor; `hit` is its document."""

    name: str
    query: str
    hit: Hit
    passage: Passage


@dataclass(frozen=True, slots=True)
class Plan:
    """What an indexing run would do and cost, predicted from a sample of its files; nothing has been written."""

    files: int
    unchanged: int
    skipped: int
    """Files that would be left out, as far as the walk and the sample tell."""
    recordings: int
    """Recordings to listen to, which no other figure here includes."""
    pictures: int
    """Pictures to look at for text, which the other figures do include."""
    bytes: int
    """Bytes to read."""
    passages: int
    encoded: int
    """Passages that have no vector yet."""
    seconds: float
    disk_bytes: int
    """Bytes that the index would grow by."""
    memory_bytes: int
    """Memory at the peak, of this process and those that parse files together."""
    sampled_files: int
    took: float
    """Seconds that the prediction took."""
    left_out: tuple[Skipped, ...] = ()
    """What is known to be left out; `skipped` counts, of files like those of the sample, also what is not named."""
    partial: tuple[str, ...] = ()
    """Files that would take too long to look into: more comes of them, and of those like them, than is counted."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much the first ten passages of two models have in common, 0 to 1, averaged over sample queries."""

    queries: int
    dense: float
    """Of the lists by meaning alone."""
    hybrid: float
    """Of the lists by meaning and words."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a move to another model, or a rollback, did."""

    model: str
    """The model that serves now or, when interrupted, will serve when the move is whole."""
    previous: str
    """The model that served before; the same as `model` when there was nothing to do."""
    passages: int
    """Passages in the index."""
    encoded: int
    """Texts that the encoder had to see in this run; the others had a vector already."""
    split: int
    """Passages that the new model does not see whole and that were split again."""
    overlap: Overlap | None
    """None when it was not measured: `unmeasured` says why."""
    unmeasured: str
    seconds: float
    abandoned: str = ""
    """The model of an unfinished move that this gave up."""
    forgotten: str = ""
    """The model that could be gone back to until now, and no more."""
    back: bool = False
    """Whether this went back to a state that was kept."""
    interrupted: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the index had this model already."""
        return self.model == self.previous and not self.interrupted
