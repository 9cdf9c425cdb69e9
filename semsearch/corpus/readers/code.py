"""Source code: functions, classes and the like are sections named by their symbol; blocks end at blank lines."""

from __future__ import annotations

from semsearch.corpus.blocks import Lines
from semsearch.corpus.decode import decode
from semsearch.corpus.readers import outline, syntax
from semsearch.corpus.readers.definitions import blocks, nested
from semsearch.corpus.readers.grammars import GRAMMARS
from semsearch.types import Parsed

__all__ = ["parse", "read"]


def read(data: bytes, suffix: str) -> Parsed:
    """Read a source file; `suffix` is its document type."""
    return parse(decode(data), suffix)


def parse(text: str, suffix: str) -> Parsed:
    """Return the code of a file as blocks under the names of its definitions.

    They are found in the syntax tree; where there is none (no grammar, generated code), line by line.
    """
    lines = Lines(text)
    found, title = syntax.definitions(lines, suffix) or (outline.definitions(lines, suffix), "")
    clauses = suffix in GRAMMARS and GRAMMARS[suffix].clauses
    return Parsed(text, tuple(blocks(lines, nested(found, clauses=clauses))), _first_line(title))


def _first_line(text: str) -> str:
    first = text.strip().split("\n", 1)[0].strip()
    return first.rstrip(".") if len(first) <= 120 else ""
