"""Source code: functions, classes and the like are sections named by their symbol; blocks end at blank lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semsearch.corpus.readers import extras
from semsearch.corpus.readers.code import outline
from semsearch.corpus.readers.code import tree as syntax
from semsearch.corpus.readers.code.definitions import blocks, nested
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["parse", "read"]

_PACKED = {"js", "mjs", "cjs", "css"}
"""Types whose files may be minified, such as scripts and the word lists of a documentation's search."""
_LARGE = 5_000
_LONGEST = 400
"""Longest line that a person may have written."""
_LITTLE = 2_000
"""Most characters in such lines of a minified file: its licence header."""


_URI = re.compile(r"data:[a-z]+/[^\s\"'()]+")
"""Embedded pictures, fonts and source maps: removed later, and no evidence of minified code."""


def read(data: bytes, suffix: str) -> Parsed:
    """Read a source file; `suffix` is its document type."""
    return parse(decode(data), suffix)


def parse(text: str, suffix: str) -> Parsed:
    """Return the code of a file as blocks under the names of its definitions.

    They are found in the syntax tree or, without one (no grammar, generated code), line by line.
    Raises SourceUnreadable for minified scripts and style sheets.
    """
    lines = Lines(text)
    if suffix in _PACKED and len(text) > _LARGE and _is_packed(_URI.sub("", text).split("\n")):
        longest = max(map(len, lines.lines))
        raise SourceUnreadable(f"packed by a program: a line of {longest:,} characters")
    found, title = syntax.definitions(lines, suffix) or (outline.definitions(lines, suffix), "")
    clauses = suffix in GRAMMARS and GRAMMARS[suffix].clauses
    remark = extras.LINE_BY_LINE if extras.lacks_grammar(suffix) else ""
    return Parsed(text, tuple(blocks(lines, nested(found, clauses=clauses))), _first_line(title), remark=remark)


def _is_packed(lines: Sequence[str]) -> bool:
    """Return whether a file consists mostly of lines that are too long for a person to have written."""
    return sum(map(len, lines)) > _LARGE and sum(len(line) for line in lines if len(line) <= _LONGEST) < _LITTLE


def _first_line(text: str) -> str:
    first = text.strip().split("\n", 1)[0].strip()
    return first.rstrip(".") if len(first) <= 120 else ""
