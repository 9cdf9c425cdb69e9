"""Scripts without spaces between words: their runs, split into characters or clusters, and pairs of these.

Han, kana and Hangul are split into characters; Thai, Lao, Khmer, Burmese and their neighbours into a consonant with
its vowels and marks, which is about what readers regard as one letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from semsearch.corpus.text.terms.normal import marks_in

__all__ = ["BEGINS", "ENDS", "is_kana", "lone_words", "pairs", "run_pattern", "unit_spans", "units"]

_CJK = (
    "\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c"
    "\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_KANA = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_CLUSTERED = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0edc-\u0edf\u1000-\u103f\u104c-\u109f\u1780-\u17d3\u17d7\u17dc"
_CLUSTERED += "\u17dd\u1950-\u19ab\u19b0-\u19c9\u1a20-\u1a7c\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaac2\uaadb-\uaadd"
_INSIDE = "\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff"
_RUNS = f"[{_CJK}](?:[{_CJK}{_INSIDE}]*[{_CJK}])?|[{_CLUSTERED}](?:[{_CLUSTERED}{_INSIDE}]*[{_CLUSTERED}])?"
BEGINS, ENDS = f"(?<![^\\W{_CJK}{_CLUSTERED}])", f"(?![^\\W{_CJK}{_CLUSTERED}])"
"""Patterns for the start and the end of a word in another script, also next to one of these scripts."""
_BEFORE = "\u0e40-\u0e44\u0ec0-\u0ec4\u19b5-\u19b7\u19ba\uaab5\uaab6\uaab9\uaabb\uaabc"
"""Vowels that are written before their consonant."""
_AFTER = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3"
"""Vowels after it that are not combining marks."""
_JOINER = "\u1039\u17d2\u1a60"
"""Characters that put the next consonant below the previous one."""
_JAMO = "[\u1100-\u115f\ua960-\ua97c][\u1160-\u11a7]*[\u11a8-\u11ff]*"
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"


@cache
def run_pattern() -> re.Pattern[str]:
    """Return a pattern for a run of text in one of these scripts, including invisible characters inside it.

    Such large character sets take milliseconds to compile, for which a query in Latin letters should not wait.
    """
    return re.compile(_RUNS)


def unit_spans(run: str) -> list[tuple[int, int]]:
    """Return the ranges of the characters or clusters of a run, each with its marks and invisible characters."""
    return [match.span() for match in _unit(marks_in(run)).finditer(run)]


def units(run: str) -> list[str]:
    """Return the characters or clusters of a run."""
    return [match.group() for match in _unit(marks_in(run)).finditer(run)]


@cache
def _unit(marks: str) -> re.Pattern[str]:
    on = f"[{_INSIDE}{_AFTER}\uff9e\uff9f{re.escape(marks)}]"
    body = f"(?:{_JAMO}|[{_BEFORE}]?.)(?:[{_JOINER}]+.|{on})*"
    return re.compile(body, re.DOTALL)


def pairs(parts: list[str]) -> Iterator[str]:
    """Return every pair of neighbours, joined; a single part as it is."""
    if len(parts) == 1:
        return iter(parts)
    return (a + b for a, b in pairwise(parts))


def is_kana(text: str) -> bool:
    """Return whether a text is only kana: a single one is an ending or a particle, hardly a word."""
    return _kana_pattern().fullmatch(text) is not None


def lone_words(text: str) -> list[str]:
    """Return the Han characters without another beside them: in Japanese, words of one character between kana."""
    return _lone_pattern().findall(text)


@cache
def _kana_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_KANA}]+")


@cache
def _lone_pattern() -> re.Pattern[str]:
    return re.compile(f"(?<![{_HAN}])[{_HAN}](?![{_HAN}])")
