"""Names of files as they are asked for: with their ending or without, in any spelling."""

from __future__ import annotations

import re

from semsearch.corpus.text.terms.folding import folded_text
from semsearch.corpus.text.terms.normal import normal

__all__ = ["FileNameQuery", "spelled", "stem"]

_ENDING = 8
"""Characters of the longest ending."""
_LONGEST = 255
"""Characters of the longest name that a file may have."""
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z][A-Za-z])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = r"[\s_.,:;()\[\]{}'\"\u2010-\u201f-]+"
"""Signs between the parts of a name; others tell names apart, as those of C, C++ and C#."""
_BETWEEN_DIGITS = re.compile(rf"(?<=\d){_BETWEEN}(?=\d)")
_SIGNS = re.compile(_BETWEEN)
_MARK = "\0"


def stem(name: str) -> str:
    """Return a name without its ending."""
    found, dot, ending = name.rpartition(".")
    return found if dot and found and len(ending) <= _ENDING and " " not in ending else name


def spelled(name: str) -> str:
    """Return a name in words, `HeatPumpNotes.md` as itself, too: a query may spell it either way."""
    words = name.replace("_", " ")
    apart = _HUMP.sub(" ", words)
    return words if apart == words else f"{apart} ({name})"


class FileNameQuery:
    """Tells whether a query is nothing but the name of a file, or that without its ending.

    Case, accents that need not be typed, and the signs between words do not count.
    """

    def __init__(self, query: str) -> None:
        """Too long a query names nothing."""
        self._asked = _key(normal(query)) if len(query) <= _LONGEST else ""

    def __bool__(self) -> bool:
        """Whether there is a name at all that it could be."""
        return bool(self._asked)

    def is_of(self, name: str) -> bool:
        """Whether the file of this name is asked for."""
        whole = normal(name)
        return bool(self._asked) and any(
            _key(form) == self._asked for one in (whole, stem(whole)) for form in (one, *folded_text(one))
        )


def _key(name: str) -> str:
    return _SIGNS.sub("", _BETWEEN_DIGITS.sub(_MARK, name.casefold()))
