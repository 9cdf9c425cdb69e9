"""What the tests of readers share: reading text under a name, and the shape of what came out."""

from __future__ import annotations

from pathlib import Path

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.benchmarks.fuzz_judge import judged

__all__ = ["blocks", "outline", "read", "read_or_refused"]


def read(name: str, content: str | bytes) -> Parsed:
    """Read a file of this name."""
    return read_bytes(Path(name), content.encode() if isinstance(content, str) else content, Settings())


def read_or_refused(name: str, data: bytes) -> None:
    """Read a file that may be broken: what comes out holds together, or the reason is no fault of the reader."""
    found: Parsed | SourceUnreadable
    try:
        found = read(name, data)
    except SourceUnreadable as error:
        found = error
    verdict = judged(Path(name), data, found)
    assert verdict.kind in ("read", "refused"), f"{name}: {verdict.words}"


def blocks(parsed: Parsed) -> list[tuple[str, str, str]]:
    """Return (kind, anchor, text) of every block."""
    return [(str(b.kind), str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks]


def outline(parsed: Parsed) -> list[tuple[str, str, int, str]]:
    """Return (kind, anchor, level, label) of every block."""
    return [(str(b.kind), str(b.anchor), b.level, b.label) for b in parsed.blocks]
