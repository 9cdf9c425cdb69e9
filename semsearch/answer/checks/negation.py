"""Check negation: negations with the words in their scope, and pairs of opposites.

The scope of a negation is the content words after it, up to the end of the clause (NegEx, Chapman et al. 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semsearch.answer.text.lexicon import BREAKS, CUES, DENYING, OPPOSITES
from semsearch.answer.text.words import Word, stems, words_of

__all__ = ["contradiction"]

_REACH = 4
"""Maximum content words in the scope of a negation."""
_NOT_ONLY = frozenset(("only", "just", "merely"))
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The content words of a sentence, each with whether it is negated."""

    denied: dict[str, bool]
    """Stem -> whether it is in the scope of an odd number of negations (its last mention counts)."""
    scopes: tuple[tuple[str, ...], ...]
    """Stems in the scope of each negation."""
    forms: frozenset[str]


def contradiction(sentence: str, source: str) -> str:
    """Return a message if only one of sentence and source negates something, or states its opposite; else ""."""
    ours, theirs = _read(sentence), _read(source)
    for scope in ours.scopes:
        if not _denied_too(scope, theirs):
            return "its source does not deny it"
    for scope in theirs.scopes:
        if _affirmed(scope, ours, theirs):
            return "its source denies it"
    return _opposite(ours, theirs)


def _denied_too(scope: Sequence[str], theirs: _Reading) -> bool:
    shared = [stem for stem in scope if stem in theirs.denied]
    if any(theirs.denied[stem] for stem in shared):
        return True
    if any(_without_prefix(form) & set(scope) for form in theirs.forms):
        return True  # `not likely`, from `unlikely`
    turned = {other for stem in scope if stem not in theirs.denied for other in OPPOSITES.get(stem, ())}
    if turned & theirs.forms:
        return True  # `did not increase`, from `decreased`
    return not shared and bool(theirs.scopes) and not scope


def _affirmed(scope: Sequence[str], ours: _Reading, theirs: _Reading) -> bool:
    """Return whether our sentence affirms what a scope of the source negates."""
    shared = [stem for stem in scope if stem in ours.denied and theirs.denied.get(stem)]
    if not shared or any(ours.denied[stem] for stem in shared):
        return False
    nearest = scope[0] in ours.denied or len(shared) * 2 >= len(scope)
    turned = {other for stem in scope for other in OPPOSITES.get(stem, ())}
    negative = any(_without_prefix(form) & set(scope) for form in ours.forms)
    return nearest and not turned & ours.forms and not negative


def _opposite(ours: _Reading, theirs: _Reading) -> str:
    for form in sorted(ours.forms - theirs.forms):
        for other in OPPOSITES.get(form, ()):
            turned = ours.denied.get(form, False) != theirs.denied.get(other, False)
            if other in theirs.forms - ours.forms and not turned:
                return f"{form!r} is the opposite of what its source says"
        if _plainly(_without_prefix(form), theirs) and not ours.denied.get(form, False):
            return "its source does not deny it"
    for form in sorted(theirs.forms - ours.forms):
        if _plainly(_without_prefix(form), ours) and not theirs.denied.get(form, False):
            return "its source denies it"
    return ""


def _plainly(forms: set[str], reading: _Reading) -> bool:
    """Return whether a sentence contains one of these words and negates none of them."""
    return bool(forms & reading.forms) and not any(reading.denied.get(form) for form in forms)


def _without_prefix(form: str) -> set[str]:
    """Return the words that a word may negate by a prefix: `likely` for `unlikely`."""
    bases = [form[len(p) :] for p in _PREFIXES if form.startswith(p) and len(form) - len(p) >= 4]
    return {*bases, *stems(word for base in bases for word in words_of(base))}


def _read(text: str) -> _Reading:
    words = words_of(text)
    denied: dict[str, bool] = dict.fromkeys(stems(words), False)
    scopes = []
    for at in range(len(words)):
        if not _is_cue(words, at):
            continue
        scope = _scope(words, at)
        scopes.append(tuple(scope))
        for stem in scope:
            denied[stem] = not denied[stem]
    forms = {form for word in words for form in (word.lower, word.stem) if form}
    return _Reading(denied, tuple(scope for scope in scopes if scope), frozenset(forms))


def _is_cue(words: Sequence[Word], at: int) -> bool:
    word = words[at]
    after = words[at + 1].lower if at + 1 < len(words) else ""
    if word.lower in CUES:
        return after not in _NOT_ONLY and not (word.lower == "no" and after[:1].isdigit())
    return word.lower.endswith("n't") or word.stem.startswith(DENYING)


def _scope(words: Sequence[Word], at: int) -> list[str]:
    found: list[str] = []
    for word in words[at + 1 :]:
        if word.clause != words[at].clause or (found and word.lower in BREAKS) or len(found) == _REACH:
            break
        if word.stem and not _is_cue([word], 0):
            found.append(word.stem)
    return found
