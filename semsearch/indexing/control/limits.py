"""How much memory an indexing run may hold at once: what waits, what is encoded together, what is read beside it."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from semsearch.corpus.readers.nested import Limited
from semsearch.errors import InvalidQuery
from semsearch.models.shared.threads import thread_count
from semsearch.settings import Settings
from semsearch.types.models import BiEncoder, Tokenizing

__all__ = ["DEFAULT", "FIXED", "PER_BYTE", "Limited", "Limits", "limits_within", "resident", "settings_within"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a run. Bytes are those of the text held, about; `memory` is what was asked for, 0 for no bound."""

    queue_bytes: int = 16_000_000
    window: int = 4096
    """Passages that are encoded together, at most."""
    window_bytes: int = 16_000_000
    commit_bytes: int = 32_000_000
    parsers: int = 2
    parser_bytes: int = 1_000_000_000
    """What reading one file may take in a process of its own."""
    file_bytes: int = 0
    """Larger files are left out; 0 leaves that to the settings of the index."""
    memory: int = 0


DEFAULT = Limits()
FIXED = 120_000_000
"""What a run takes besides the model, its buffers and the files at hand: mostly the lexical index's own buffer."""
_LEAST_ROOM = 64_000_000
_LEAST_PARSER = 64_000_000
"""What a parser is allowed at least: its libraries are imported under that limit."""
_LONG = 256
"""Words of the passages that an encoder is tried with, at most."""
PER_BYTE = 20
"""Bytes that parsing and splitting take for each byte of a large text file, here and in the other process together."""
_WORKER = 50_000_000
"""What a process that parses takes before it has a file: mostly the libraries of its formats."""


def resident() -> int:
    """Return the bytes of memory that this process has now; where the system does not tell, the most it ever had.

    Resident pages are those of /proc/self/statm (proc(5)), the most is that of getrusage(2). 0 on Windows.
    """
    if sys.platform == "win32":
        return 0
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def limits_within(memory: int, encoder: Callable[[], BiEncoder]) -> Limits:
    """Return bounds that keep a run within so many bytes. InvalidQuery tells the least that works, if any does."""
    if sys.platform == "win32":
        raise InvalidQuery("--max-memory cannot be kept here: Windows does not tell what a process takes; leave it out")
    _open(encoder())
    taken = resident() + FIXED + _WORKER
    room = memory - taken
    if room < _LEAST_ROOM:
        least = 10 * math.ceil((taken + _LEAST_ROOM) / 1e7 + 1)  # no two processes take quite the same
        raise InvalidQuery(
            f"--max-memory {memory / 1e6:.0f}M cannot be kept: the model and the index take "
            f"{taken / 1e6:.0f} MB without any file; the least that works is {least}M"
        )
    parsers = DEFAULT.parsers if room > 4 * _LEAST_ROOM else 1
    files = room // 2 - (parsers - 1) * _WORKER
    buffers = room // 4
    return Limits(
        queue_bytes=min(DEFAULT.queue_bytes, buffers // 6),
        window_bytes=min(DEFAULT.window_bytes, buffers // 6),
        commit_bytes=min(DEFAULT.commit_bytes, buffers // 3),
        parsers=parsers,
        parser_bytes=min(DEFAULT.parser_bytes, max(room // 2 // parsers, _LEAST_PARSER)),
        file_bytes=files // PER_BYTE // parsers,
        memory=memory,
    )


def settings_within(settings: Settings, limits: Limits) -> Settings:
    """Return settings under which what is inside a file takes no more than a file of that size may take."""
    if not limits.file_bytes:
        return settings
    return replace(settings, max_expanded_bytes=min(settings.max_expanded_bytes, limits.file_bytes))


def _open(encoder: BiEncoder) -> None:
    """Encode on every thread, passages and a query: what the graphs and their buffers take is counted, not guessed."""
    words = min(_LONG, encoder.max_tokens // 2) if isinstance(encoder, Tokenizing) else 1
    encoder.encode_passages([" ".join(["a"] * max(1, words))] * (4 * thread_count()))
    encoder.encode_queries(["a"])
