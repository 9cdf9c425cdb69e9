"""Plain text: paragraphs between blank lines; lists of records, which are cut only between lines."""

from __future__ import annotations

from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Block, BlockKind, Parsed

__all__ = ["parse", "read", "read_records"]


def read(data: bytes) -> Parsed:
    """Read plain text in any encoding."""
    return parse(decode(data))


def read_records(data: bytes) -> Parsed:
    """Read text whose lines are records: CSV, JSON lines, logs."""
    parsed = read(data)
    blocks = (Block(block.start, block.stop, BlockKind.TABLE, block.anchor) for block in parsed.blocks)
    return Parsed(parsed.text, tuple(blocks))


def parse(text: str) -> Parsed:
    """Return the paragraphs of a text."""
    return Parsed(text, tuple(Lines(text).paragraphs()))
