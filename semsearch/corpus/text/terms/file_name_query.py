"""File names as queries: with or without their extension, in any spelling."""

from __future__ import annotations

import re

from semsearch.corpus.text.terms.folding import folded_text
from semsearch.corpus.text.terms.normal import normal

__all__ = ["FileNameQuery", "spelled", "stem"]

_ENDING = 8
"""Characters of the longest extension."""
_LONGEST = 255
"""Characters of the longest possible file name."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z][A-Za-z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = r"[\s_.,:;()\[\]{}'\"\u2010-\u201f-]+"
"""Separators between the parts of a name; other characters are significant, as in C, C++ and C#."""
_BETWEEN_DIGITS = re.compile(rf"(?<=\d){_BETWEEN}(?=\d)")
_SIGNS = re.compile(_BETWEEN)
_MARK = "\0"


def stem(name: str) -> str:
    """Return a name without its extension."""
    base, dot, ending = name.rpartition(".")
    return base if dot and base and len(ending) <= _ENDING and " " not in ending else name


def spelled(name: str) -> str:
    """Return a name as words, and `HeatPumpNotes.md` as itself, too: queries may spell it either way."""
    words = name.replace("_", " ")
    apart = _HUMP.sub(" ", words)
    return words if apart == words else f"{apart} ({name})"


class FileNameQuery:
    """Checks whether a query is the name of a file, with or without its extension.

    Case, optional accents, and the separators between words are ignored.
    """

    def __init__(self, query: str) -> None:
        """Take a query; one that is too long matches no name."""
        self._query = _key(normal(query)) if len(query) <= _LONGEST else ""

    def __bool__(self) -> bool:
        """Return whether the query may be a name at all."""
        return bool(self._query)

    def is_of(self, name: str) -> bool:
        """Return whether the query is this file name."""
        whole = normal(name)
        return bool(self._query) and any(
            _key(form) == self._query for base in (whole, stem(whole)) for form in (base, *folded_text(base))
        )


def _key(name: str) -> str:
    return _SIGNS.sub("", _BETWEEN_DIGITS.sub(_MARK, name.casefold()))
