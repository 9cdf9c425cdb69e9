"""What an indexing run works with, and what it has done so far."""

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
    """How a run works; it does not change while the run lasts."""

    settings: Settings
    transcriber: Callable[[], Transcriber] | None = None
    """Loads what listens to recordings; None leaves them unread."""
    max_memory: int = 0
    """Bytes that the run may take, its other processes included; 0 for no bound."""
    parsers: int | None = None
    """How many processes parse files at most; None leaves that to the machine."""
    parser_module: str = PARSER_MODULE


@dataclass(slots=True)
class Counts:
    """What a run has met and done."""

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
    """A run: the writer and the encoder it works with, its options, and its counts."""

    def __init__(
        self,
        writer: StoreWriter,
        encoder: Callable[[], BiEncoder],
        options: RunOptions,
        progress: ProgressCallback | None = None,
        interruption: Interruption | None = None,
    ) -> None:
        """Begin with nothing counted. `encoder` is called when the first passage is to be encoded."""
        self.writer = writer
        self.encoder = encoder
        self.options = options
        self.progress = progress
        self.interruption = Interruption() if interruption is None else interruption
        self.versions = Versions(options.settings, options.max_memory)
        self.counts = Counts()
        self.started = time.monotonic()

    def tick(self, passages: int = 0, stage: str = "encode") -> None:
        """Report progress, `passages` more of them encoded. Raises KeyboardInterrupt when the user wants to stop."""
        counts = self.counts
        counts.passages_done += passages
        if self.progress is not None:
            done, total = min(counts.files_done, counts.files_total), counts.files_total
            self.progress(Progress(stage, done, total, counts.passages_done, counts.passages_seen))
        self.interruption.check()
