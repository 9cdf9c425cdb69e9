"""The state of an indexing run: its options, its collaborators and its counters."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from semsearch.corpus.parse.pool import PARSER_MODULE
from semsearch.indexing.control.interrupt import Interruption
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.stores.base import StoreWriter
from semsearch.types.documents import Skipped
from semsearch.types.models import BiEncoder, Transcriber
from semsearch.types.reports import Progress, ProgressCallback, Remark

__all__ = ["Counts", "IndexingRun", "RunOptions"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of a run."""

    settings: Settings
    transcriber: Callable[[], Transcriber] | None = None
    """Loads the model that transcribes recordings; None skips them."""
    max_memory: int = 0
    """Memory limit of the run in bytes, its other processes included; 0 for none."""
    parsers: int | None = None
    """Maximum number of parser processes; None chooses by the machine."""
    parser_module: str = PARSER_MODULE


@dataclass(slots=True)
class Counts:
    """The counters of a run."""

    files: int = 0
    files_total: int = 0
    files_done: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    named: int = 0
    bytes_read: int = 0
    passages_seen: int = 0
    passages_done: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    missing_sources: list[str] = field(default_factory=list)


class IndexingRun:
    """A run: its writer and encoder, options and counters."""

    def __init__(
        self,
        writer: StoreWriter,
        encoder: Callable[[], BiEncoder],
        options: RunOptions,
        progress: ProgressCallback | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        """Begin with zero counters. `encoder` is called when the first passage is to be encoded."""
        self.writer = writer
        self.encoder = encoder
        self.options = options
        self.progress = progress
        self.interruption = Interruption() if interruption is None else interruption
        self.versions = Versions(options.settings, options.max_memory)
        self.counts = Counts()
        self.started = time.monotonic()

    def tick(self, passages: int = 0, stage: str = "encode") -> None:
        """Report progress after `passages` more were encoded. Raises KeyboardInterrupt on a request to stop."""
        counts = self.counts
        counts.passages_done += passages
        if self.progress is not None:
            done, total = min(counts.files_done, counts.files_total), counts.files_total
            self.progress(Progress(stage, done, total, counts.passages_done, counts.passages_seen))
        self.interruption.check()
