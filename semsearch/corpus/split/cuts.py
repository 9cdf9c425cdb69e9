"""Where a stretch of text that is too long is cut: at a block, a sentence, a line, a word, or between two tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from semsearch.types.documents import BlockKind

__all__ = ["inner_cut", "line_starts", "nearest", "sentence_starts", "skip_blanks"]

_SENTENCE_END = re.compile(r"[.!?…](?:[\"'”’»)\]]|\[\d{1,4}\])*\s+|[。！？][」』”’）]*\s*|\n\s*\n\s*")
_NO_END = re.compile(
    r"(?:^|[\s(\[])(?:[A-Za-z]|[Dd]rs?|[Mm]r|[Mm]rs|[Mm]s|[Pp]rof|[Ss]t|[Nn]o|[Ff]igs?|[Ee]qs?|[Rr]efs?|[Ss]ecs?|[Vv]ol|[Pp]p?|"
    r"[Ee]d|[Cc]f|[Vv]s|[Aa]l|[Ee]tc|[Aa]pprox|e\.g|i\.e|z\.B|d\.h|u\.a|bzw|ca|usw)\.[\"'”’»)\]]*\s+$"
)
_BLANK = re.compile(r"\s*")
DEEPEST_INDENT = 100
"""White space at the start of a line that is kept; more of it is no indentation."""


def nearest(positions: Iterable[int], target: int) -> int | None:
    """Return the position nearest to the target, the earlier one of two; None when there is none."""
    return min(positions, key=lambda at: (abs(at - target), at), default=None)


def inner_cut(text: str, low: int, high: int, target: int, kind: BlockKind) -> int | None:
    """Return the best place in (low, high] to cut inside a block of a kind, where the next part starts.

    Prose is cut between sentences, code between blank lines, tables and lists between lines; then between any lines,
    then between words. None when there is no such place.
    """
    first = _sentences if kind is BlockKind.PARAGRAPH else _blank_lines if kind is BlockKind.CODE else line_starts
    for finder in (first, line_starts, _sentences, _words):
        at = nearest(finder(text, low, high), target)
        if at is not None:
            return at
    return None


def skip_blanks(text: str, at: int, stop: int) -> int:
    """Return where the text goes on after white space, at most `stop`: with the indentation of its first line."""
    found = _BLANK.match(text, at, stop)
    end = found.end() if found else at
    line = text.rfind("\n", max(0, at - 1), end) + 1
    indented = (line or at == 0) and end - line <= DEEPEST_INDENT
    return max(at, line) if indented and end < stop else end


def sentence_starts(text: str) -> list[int]:
    """Return where the sentences of a text start, the first one not counted."""
    return list(_sentences(text, 0, len(text)))


def _sentences(text: str, low: int, high: int) -> Iterator[int]:
    for found in _SENTENCE_END.finditer(text, low, high):
        end = found.end()
        if end <= low or end > high or (end < len(text) and text[end].islower()):
            continue
        if not _NO_END.search(text, max(low, end - 16), end):
            yield end


def _blank_lines(text: str, low: int, high: int) -> Iterator[int]:
    for found in re.compile(r"\n[ \t]*\n").finditer(text, low, high):
        if low < found.end() <= high:
            yield found.end()


def line_starts(text: str, low: int, high: int) -> Iterator[int]:
    """Yield where lines start in (low, high]."""
    at = text.find("\n", low, high)
    while at >= 0:
        if at + 1 > low:
            yield at + 1
        at = text.find("\n", at + 1, high)


def _words(text: str, low: int, high: int) -> Iterator[int]:
    for found in re.compile(r"\s+").finditer(text, low, high):
        if low < found.end() <= high:
            yield found.end()
