"""Places to cut a text that is too long: at a block, a sentence, a line, a word, or between two tokens."""

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
"""Longest leading white space that is kept as indentation."""


def nearest(positions: Iterable[int], target: int) -> int | None:
    """Return the position nearest to the target, the earlier of two equally near; None without positions."""
    return min(positions, key=lambda at: (abs(at - target), at), default=None)


def inner_cut(text: str, low: int, high: int, target: int, kind: BlockKind) -> int | None:
    """Return the best place in (low, high] to cut inside a block of this kind, where the next part starts.

    Prose is cut between sentences, code between blank lines, tables and lists between lines; as fallbacks between any
    lines, then between words. None when there is no such place.
    """
    first = _sentences if kind is BlockKind.PARAGRAPH else _blank_lines if kind is BlockKind.CODE else line_starts
    for finder in (first, line_starts, _sentences, _words):
        at = nearest(finder(text, low, high), target)
        if at is not None:
            return at
    return None


def skip_blanks(text: str, at: int, stop: int) -> int:
    """Return where the text continues after white space, at most `stop`; the indentation of its first line is kept."""
    match = _BLANK.match(text, at, stop)
    end = match.end() if match else at
    line = text.rfind("\n", max(0, at - 1), end) + 1
    indented = (line or at == 0) and end - line <= DEEPEST_INDENT
    return max(at, line) if indented and end < stop else end


def sentence_starts(text: str) -> list[int]:
    """Return the starts of a text's sentences, except the first."""
    return list(_sentences(text, 0, len(text)))


def _sentences(text: str, low: int, high: int) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text, low, high):
        end = match.end()
        if end <= low or end > high or (end < len(text) and text[end].islower()):
            continue
        if not _NO_END.search(text, max(low, end - 16), end):
            yield end


def _blank_lines(text: str, low: int, high: int) -> Iterator[int]:
    for match in re.compile(r"\n[ \t]*\n").finditer(text, low, high):
        if low < match.end() <= high:
            yield match.end()


def line_starts(text: str, low: int, high: int) -> Iterator[int]:
    """Yield the starts of lines in (low, high]."""
    at = text.find("\n", low, high)
    while at >= 0:
        if at + 1 > low:
            yield at + 1
        at = text.find("\n", at + 1, high)


def _words(text: str, low: int, high: int) -> Iterator[int]:
    for match in re.compile(r"\s+").finditer(text, low, high):
        if low < match.end() <= high:
            yield match.end()
