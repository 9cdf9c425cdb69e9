"""Find definitions in source code line by line; they end by indentation."""

from __future__ import annotations

import re
from collections.abc import Iterable

from semsearch.corpus.readers.code.definitions import Definition
from semsearch.corpus.readers.code.line_patterns import DEFINITIONS, STATEMENTS
from semsearch.corpus.text.blocks import Lines

__all__ = ["close", "definitions", "indentation"]

LONGEST_LINE = 400
"""Longer lines are generated and are not examined."""
_INNER = re.compile(
    r"\s*(?:[{)\]}]|#[ \t]*(?:if|el|end|def|undef|include|pragma|region)|(?:public|private|protected)\s*:"
    r"|<<<<<<<|=======|>>>>>>>)"
)
"""Starts of lines that end no definition, whatever their indentation: brackets, preprocessor, merge conflicts."""
_LEADING = re.compile(r"\s*(?:#|//|/\*|\*|--|;|%|@|\[)")


def definitions(lines: Lines, suffix: str) -> list[Definition]:
    """Return the definitions of a file in order."""
    pattern = DEFINITIONS.get(suffix)
    if pattern is None:
        return []
    found: list[Definition] = []
    for at, line in enumerate(lines.lines):
        match = pattern.match(line) if line and len(line) <= LONGEST_LINE else None
        if match and match.lastindex:
            floor = found[-1].line + 1 if found else 0
            name = " ".join(match[match.lastindex].split())
            found.append(Definition(_leading(lines, at, floor), at, 0, name))
    close(lines, found, suffix)
    return found


def _leading(lines: Lines, at: int, floor: int) -> int:
    """Return the first of the comment and decorator lines right above a definition, not above `floor`."""
    indent = indentation(lines.lines[at])
    while at > floor and _LEADING.match(lines.lines[at - 1]) and abs(indentation(lines.lines[at - 1]) - indent) <= 1:
        at -= 1
    return at


def close(lines: Lines, found: Iterable[Definition], suffix: str) -> None:
    """Extend definitions to the first line that is neither indented more nor a bracket, where they end before it.

    In some languages only certain lines end a definition.
    """
    ends = STATEMENTS.get(suffix)
    starts = {definition.first: definition for definition in found}
    around: list[tuple[int, Definition]] = []
    inside = -1
    for at, line in enumerate(lines.lines):
        one = starts.get(at)
        if at > inside and line and not line.isspace():
            outer = one or (ends.match(line) if ends else not _INNER.match(line))
            indent = indentation(line)
            while around and outer and around[-1][0] >= indent:
                done = around.pop()[1]
                done.stop = max(done.stop, at)
        if one:
            around.append((indentation(lines.lines[one.line]), one))
            inside = one.line
    for _, one in around:
        one.stop = len(lines)


def indentation(line: str) -> int:
    """Return the number of blanks and tabs at the start of a line."""
    return len(line) - len(line.lstrip(" \t"))
