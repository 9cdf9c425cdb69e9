"""Identifiers in any spelling: `renderCustomer`, `render_customer`, `render-customer`, `os.path.join`."""

from __future__ import annotations

import re
from functools import lru_cache

from semsearch.corpus.text.terms.scripts import BEGINS, ENDS

__all__ = ["compounds", "humps", "spellings"]

_UPPER, _LOWER = "A-ZÀ-ÖØ-Þ", "a-zß-öø-ÿ"
_HUMP = re.compile(
    rf"[{_UPPER}]{{2,}}s(?![{_LOWER}])|[{_UPPER}]+(?=[{_UPPER}][{_LOWER}])|[{_UPPER}]?[{_LOWER}]+\d*|[{_UPPER}]+\d*"
    rf"|\d+[{_LOWER}]*|[^\W_]"
)
"""A part of a word in mixed case: `parse`, `HTTP`, `Response`, `sha256`; a plural (`URLs`) is one part."""
_HUMPED = re.compile(
    rf"(?<![^\W_])[{_UPPER}]*[{_LOWER}\d]+[{_UPPER}][^\W_]*|(?<![^\W_])[{_UPPER}]{{2,}}[{_LOWER}]{{2,}}[^\W_]*"
)
_COMPOUND = re.compile(r"(?<![^\W_])(?<![^\W_][._-])[^\W_]+(?:(?:[_-]|\.)[^\W_]+)+")
_LONGEST = 64
_MOST_PARTS = 8
_LEAST_LETTERS = 2


def humps(text: str) -> list[tuple[str, ...]]:
    """Return the parts of every word of a text in mixed case."""
    return [parts for word in _HUMPED.findall(text) if (parts := _parts(word))]


def compounds(text: str) -> list[str]:
    """Return every name of several parts as it is spelled: `renderCustomer`, `render_customer`, `os.path.join`."""
    names = [word for word in _HUMPED.findall(text) if _parts(word)]
    names += [name for name in _COMPOUND.findall(text) if _is_telling(name)]
    return names


@lru_cache(maxsize=65_536)
def _parts(word: str) -> tuple[str, ...]:
    """Return the parts of a word in mixed case; none for a word of one part, or noise such as base64."""
    if len(word) > _LONGEST:
        return ()
    parts = tuple(_HUMP.findall(word))
    words = [p for p in parts if len(p) >= _LEAST_LETTERS and not p.isdigit()]
    if not 2 <= len(parts) <= _MOST_PARTS or not words or len(words) < len(parts) - 1:
        return ()
    if len(parts) > 2 and 2 * sum(len(p) > _LEAST_LETTERS for p in words) < len(parts):
        return ()
    return tuple(words)


def _is_telling(name: str) -> bool:
    return len(name) <= _LONGEST and sum(c.isalpha() for c in name) > _LEAST_LETTERS


def spellings(name: str) -> re.Pattern[str]:
    """Return a pattern for a name in every spelling: joined, in mixed case, or separated by one sign or blanks."""
    parts = [part for word in re.findall(r"[^\W_]+", name) for part in (_HUMP.findall(word) or [word])]
    body = r"(?:[_.\-]|::|\s+)?".join(map(re.escape, parts))
    return re.compile(BEGINS + body + ENDS, re.IGNORECASE)
