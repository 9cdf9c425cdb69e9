"""Spelling suggestions: indexed words within a small edit distance of an unknown word, from the term dictionary."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from semsearch.corpus.text.terms.analysis import AnalyzedWord, asked_words, index_terms, words
from semsearch.stores.local.lexical.tantivy_index import LexicalIndex

__all__ = ["edit_distance", "occurrences", "words_alike"]

_ALPHABETS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ",
    "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ",
)
_ACCENTED = "äöüßáéíóúàèìòùâêîôûãõåæøœçñ"
_BEGINNING = 2
"""Leading letters that must match at an edit distance of two."""
_TERMS = 12
"""Maximum number of terms whose words are checked."""
_ENDING = 6
"""Maximum letters that a stemmer removes."""


def occurrences(lexical: LexicalIndex, word: str, languages: Iterable[str]) -> int | None:
    """Return the document frequency of a word in the language where it is highest; None for a stop word of any."""
    most = 0
    for language in languages:
        asked = asked_words(word, language, lexical.analysis)
        if not asked.words:
            return None
        counts = lexical.frequencies(asked.terms())
        most = max(most, min(_frequency(part, counts) for part in asked.words))
    return most


def _frequency(word: AnalyzedWord, counts: Mapping[str, int]) -> int:
    """Return the number of rows that contain a word in any spelling, or all of its parts."""
    parts = min((counts[t] for t in word.parts), default=0)
    return max(parts, *(counts[t] for t in (word.term, *word.accented, *word.bare)))


def _terms(lexical: LexicalIndex, word: str, language: str) -> list[str]:
    return [asked.term for asked in asked_words(word, language, lexical.analysis).words]


def words_alike(
    lexical: LexicalIndex,
    word: str,
    distance: int,
    languages: Iterable[str],
    texts_with: Callable[[str], Iterable[str]],
) -> list[tuple[int, str]]:
    """Return (edit distance, word) for the indexed words within `distance`: the nearest, then the most frequent.

    `texts_with` returns some texts that contain a term: terms are stems, and users want to read words.
    """
    found: Counter[tuple[int, str]] = Counter()
    for language in languages:
        for term in similar_terms(lexical, word, language, distance):
            count = lexical.frequencies([term])[term]
            near = spelled_alike(word, distance, texts_with(term), term, language, lexical.analysis)
            found.update(dict.fromkeys(near, count))
    return [key for key, count in sorted(found.items(), key=lambda item: (item[0][0], -item[1], item[0][1]))]


def similar_terms(lexical: LexicalIndex, word: str, language: str, distance: int) -> list[str]:
    """Return the candidate terms of a language for words at an edit distance, the likeliest first.

    At distance 1 every such spelling is looked up, so that its ending is stemmed as the right word's is. At 2: terms
    with the same first letters that are near a prefix of the word.
    """
    found: Counter[str] = Counter()
    if distance == 1:
        spelled = {s: _terms(lexical, s, language) for s in _one_away(word, language)}
        known = lexical.frequencies({terms[0] for terms in spelled.values() if len(terms) == 1})
        found.update({term: count for term, count in known.items() if count})
        return [term for term, _ in found.most_common(_TERMS)]
    marked = _terms(lexical, word, language)
    if len(marked) != 1 or len(word) <= _BEGINNING:
        return []
    lead = marked[0].partition(":")[0] + ":" if ":" in marked[0] else ""
    near = []
    for term, count in lexical.terms_with_prefix(lead + word[:_BEGINNING]):
        bare = term[len(lead) :]
        if len(word) - _ENDING <= len(bare) <= len(word) + distance and len(set(bare) - set(word)) <= distance:
            away = min(edit_distance(bare, word[:size], distance) for size in range(len(bare) - 1, len(bare) + 2))
            if away <= distance:
                near.append((away, -len(bare), -count, term))
    return [term for *_, term in heapq.nsmallest(_TERMS, near)]


def spelled_alike(
    word: str, distance: int, texts: Iterable[str], term: str, language: str, analysis: int
) -> set[tuple[int, str]]:
    """Return (edit distance, word) for the words of texts that have this term and are within `distance`.

    `analysis` is the version of the index's text analysis.
    """
    distinct = {text[start:stop].lower() for text in texts for start, stop in words(text)} - {word}
    away = {w: edit_distance(w, word, distance) for w in distinct if abs(len(w) - len(word)) <= distance}
    return {(n, w) for w, n in away.items() if n <= distance and term in index_terms(w, language, analysis)}


def _one_away(word: str, language: str) -> set[str]:
    alphabet = next((letters for letters in _ALPHABETS if word[0] in letters), _ALPHABETS[0])
    if alphabet is _ALPHABETS[0] and (language != "en" or not word.isascii()):
        alphabet += _ACCENTED
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {a + b[1:] for a, b in cuts if b}
    found.update(a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)
    found.update(a + letter + b[1:] for a, b in cuts if b for letter in alphabet)
    found.update(a + letter + b for a, b in cuts for letter in alphabet)
    return found - {word}


def edit_distance(one: str, other: str, most: int) -> int:
    """Return how many letters are missing, added, wrong or swapped between two words; `most` + 1 for more.

    The optimal string alignment distance: Damerau, "A technique for computer detection and correction of spelling
    errors", 1964.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    letters, others = set(one), set(other)
    if max(len(letters - others), len(others - letters)) > most:  # each of them takes an edit
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        above, row = row, [i]
        for j, second in enumerate(other, 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (letter != second))
            if i > 1 and j > 1 and letter == other[j - 2] and second == one[i - 2]:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
        before = above
    return min(row[-1], most + 1)
