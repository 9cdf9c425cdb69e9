"""What the tests of readers share: reading text under a name, and the shape of what came out."""

from __future__ import annotations

from pathlib import Path

from semsearch.corpus.read import read_bytes
from semsearch.settings import Settings
from semsearch.types import Parsed

__all__ = ["blocks", "outline", "read"]


def read(name: str, content: str | bytes) -> Parsed:
    """Read a file of this name."""
    return read_bytes(Path(name), content.encode() if isinstance(content, str) else content, Settings())


def blocks(parsed: Parsed) -> list[tuple[str, str, str]]:
    """Return (kind, anchor, text) of every block."""
    return [(str(b.kind), str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks]


def outline(parsed: Parsed) -> list[tuple[str, str, int, str]]:
    """Return (kind, anchor, level, label) of every block."""
    return [(str(b.kind), str(b.anchor), b.level, b.label) for b in parsed.blocks]
