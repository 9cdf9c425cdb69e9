"""Plain text: paragraphs between blank lines."""

from __future__ import annotations

from semsearch.corpus.blocks import Lines
from semsearch.corpus.decode import decode
from semsearch.types import Parsed

__all__ = ["parse", "read"]


def read(data: bytes) -> Parsed:
    """Read plain text in any encoding."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Return the paragraphs of a text."""
    return Parsed(text, tuple(Lines(text).paragraphs()))
