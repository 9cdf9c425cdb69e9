"""Which words of a passage are terms of the query: what a hit shows in bold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semsearch.index.analysis import analyze, word_set, word_spans, word_terms, words

__all__ = ["Marking"]

_LONGEST_QUERY = 10_000
_FIRST_STAYS = frozenset({"en"})
"""Languages whose stemmer never changes the first letter of a word (Porter's second one does not)."""


class Marking:
    """Marks texts for one query; what is known of a word serves for every text."""

    def __init__(self, query: str, languages: Sequence[str]) -> None:
        """`languages` are those in which query and texts are analyzed."""
        self.query = query
        self._languages = tuple(languages)
        self._wanted = {term for language in languages for term in analyze(query[:_LONGEST_QUERY], language)}
        self._seen: set[str] = set()
        self._found: set[str] = set()
        """Those of the words seen so far that are terms of the query."""
        self._plain = _beginning_like(self._wanted) if _FIRST_STAYS.issuperset(languages) else None

    def marks(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the character ranges of the words that are terms of the query, in order and apart."""
        if not self._wanted:
            return ()
        if self._plain is not None and text.isascii():
            distinct: set[str] | None = set(self._plain.findall(text))
        else:
            distinct = word_set(text)
        if distinct is not None:
            self._look_at(distinct)
            return tuple(sorted(span for word in distinct & self._found for span in word_spans(text, word)))
        marks: list[tuple[int, int]] = []
        spans = words(text)
        self._look_at({text[start:stop] for start, stop in spans})
        for start, stop in spans:
            if text[start:stop] in self._found:
                if marks and marks[-1][1] >= start:
                    marks[-1] = (marks[-1][0], stop)
                else:
                    marks.append((start, stop))
        return tuple(marks)

    def _look_at(self, distinct: set[str]) -> None:
        new = distinct - self._seen
        self._seen |= new
        for language in self._languages:
            self._found.update(w for w in new if not self._wanted.isdisjoint(word_terms(w, language)))


def _beginning_like(terms: set[str]) -> re.Pattern[str] | None:
    """Return a pattern for those words of an ASCII text that begin as some term does; None where there is no such."""
    firsts = "".join(sorted({term[0] for term in terms if term[0].isascii() and term[0].isalnum()}))
    return re.compile(f"(?<![a-zA-Z0-9])[{firsts}{firsts.upper()}][a-zA-Z0-9]*") if firsts else None
