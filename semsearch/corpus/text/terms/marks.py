"""Mark the words of a passage that match the query, which a hit shows in bold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from string import ascii_letters, ascii_lowercase, digits

from semsearch.corpus.text.terms.analysis import OTHER_WAYS, asked_words, findable_terms, word_set, word_spans, words

__all__ = ["Marking"]

_LONGEST_QUERY = 10_000
_FEW = 50
"""Highest number of terms for which prefiltering words by their first letters pays off."""
_BEGINNING_STAYS = frozenset({"en"})
"""Languages whose stemmer keeps the first two letters of a word, except for a `y` in second place that becomes an `i`
(dying, die) and for stems of one letter (aing, a): that of Porter2."""
_APART = "".join(chr(c) if chr(c) in ascii_letters + digits else " " for c in range(128))
"""Maps every ASCII character to itself or a space, so that only words and spaces remain: for `str.translate`."""


class Marking:
    """Marks texts for one query; results for words are cached across texts."""

    def __init__(self, query: str, languages: Sequence[str]) -> None:
        """`languages` are those in which query and texts are analyzed."""
        self.query = query
        self._languages = tuple(languages)
        queries = [asked_words(query[:_LONGEST_QUERY], language) for language in languages]
        self._wanted = {term for terms in queries for term in terms.terms()}
        self._seen: set[str] = set()
        self._matching: set[str] = set()
        """The words seen so far that match the query."""
        few = len(self._wanted) <= _FEW and _BEGINNING_STAYS.issuperset(languages)
        self._heads = _heads(self._wanted) if few else None

    def marks(self, text: str) -> tuple[tuple[int, int], ...]:
        """Return the character ranges of the words that match the query, in order and disjoint."""
        if not self._wanted:
            return ()
        plain, heads = text.isascii(), self._heads
        distinct = set(text.translate(_APART).split()) if plain else word_set(text)
        if distinct is not None:
            if heads is not None:
                distinct = {
                    w for w in distinct if w[:2] in heads or not (w.islower() or w.istitle()) or not w.isascii()
                }
            self._check(distinct)
            return tuple(sorted([span for word in distinct & self._matching for span in word_spans(text, word)]))
        marks: list[tuple[int, int]] = []
        spans = words(text)
        self._check({text[start:stop] for start, stop in spans})
        for start, stop in spans:
            if text[start:stop] in self._matching:
                if marks and marks[-1][1] >= start:
                    marks[-1] = (marks[-1][0], max(marks[-1][1], stop))
                else:
                    marks.append((start, stop))
        return tuple(marks)

    def _check(self, distinct: set[str]) -> None:
        new = distinct - self._seen
        self._seen |= new
        wanted = self._wanted
        for language in self._languages:
            self._matching.update([w for w in new if not wanted.isdisjoint(findable_terms(w, language))])


def _is_plain(word: str) -> bool:
    """Return whether the only term of a word is the one of its letters: ASCII in one case."""
    return (word.islower() or word.istitle()) and word.isascii()


def _heads(terms: Iterable[str]) -> frozenset[str]:
    """Return the first two characters, in either case, of every ASCII word that may have one of these terms."""
    heads: set[str] = set()
    terms = [term for term in terms if term[0] not in OTHER_WAYS]  # those are of words in mixed case or with accents
    for term in terms:
        first, second = term[0], term[1:2]
        following = "iy" if second in ("i", "y") else second or ascii_lowercase + digits
        heads.update(a + b for a, b in product(first + first.upper(), following + following.upper()))
    return frozenset(heads | {letter for term in terms if len(term) == 1 for letter in (term, term.upper())})
