"""Memory limits of an indexing run: its queues, its encode buffer and its parsers."""

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
    """Limits of a run. Bytes are approximately those of the text held; `memory` is the user's limit, 0 for none."""

    queue_bytes: int = 16_000_000
    window: int = 4096
    """Maximum passages that are encoded together."""
    window_bytes: int = 16_000_000
    commit_bytes: int = 32_000_000
    parsers: int = 2
    parser_bytes: int = 1_000_000_000
    """Memory that a parser process may use for one file."""
    file_bytes: int = 0
    """Larger files are skipped; 0 applies only the settings of the index."""
    memory: int = 0


DEFAULT = Limits()
FIXED = 120_000_000
"""Memory of a run besides the model, buffers and files: mostly the lexical engine's own buffer."""
_LEAST_ROOM = 64_000_000
_LEAST_PARSER = 64_000_000
"""Minimum limit of a parser, which also has to import its libraries under it."""
_LONG = 256
"""Maximum words of the passages that an encoder is warmed up with."""
PER_BYTE = 20
"""Memory for parsing and splitting per byte of a large text file, in both processes together."""
_WORKER = 50_000_000
"""Memory of an idle parser process: mostly the libraries of its formats."""


def resident() -> int:
    """Return the resident memory of this process in bytes; if the system does not report it, the peak.

    Resident pages are from /proc/self/statm (proc(5)), the peak from getrusage(2). 0 on Windows.
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
    """Return limits that keep a run within `memory` bytes. Raises InvalidQuery, which names the minimum."""
    if sys.platform == "win32":
        raise InvalidQuery("--max-memory is not supported on Windows, which does not report memory; leave it out")
    _warm_up(encoder())
    taken = resident() + FIXED + _WORKER
    room = memory - taken
    if room < _LEAST_ROOM:
        minimum = 10 * math.ceil((taken + _LEAST_ROOM) / 1e7 + 1)  # processes differ a little
        raise InvalidQuery(
            f"--max-memory {memory / 1e6:.0f}M is too little: the model and the index take "
            f"{taken / 1e6:.0f} MB without any file; the minimum is {minimum}M"
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
    """Return settings that limit the unpacked contents of a file to the size allowed for a file."""
    if not limits.file_bytes:
        return settings
    return replace(settings, max_expanded_bytes=min(settings.max_expanded_bytes, limits.file_bytes))


def _warm_up(encoder: BiEncoder) -> None:
    """Encode passages on every thread, and a query, so that the memory of graphs and buffers can be measured."""
    words = min(_LONG, encoder.max_tokens // 2) if isinstance(encoder, Tokenizing) else 1
    encoder.encode_passages([" ".join(["a"] * max(1, words))] * (4 * thread_count()))
    encoder.encode_queries(["a"])
