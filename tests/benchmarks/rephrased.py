"""Sentences that say what their source says in other words, and copies of them in which one fact was swapped.

A rephrased sentence is a sentence of a real document, changed by rules that keep its truth: a parenthesis or a relative
clause is dropped, what stands before the subject moves to the end, contractions, synonyms of function words and a few
of plain words, numbers written out or in digits. At least one rule must have changed it. Of each there is a copy with
one swap: a number or a name is replaced by another one of the same article, or a `not` is put in or taken out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

KINDS = ("number", "name", "negation")
_NAME = re.compile(
    r"(?<![.!?:\"“(] )(?<!^)(?<![\w-])(?:[A-Z][a-z]+(?: (?:of |the |de )?[A-Z][a-z]+)*|[A-Z]{2,}\d*)(?![\w-])"
)
_NO_NAMES = frozenset(
    [
        "The",
        "This",
        "That",
        "These",
        "Those",
        "It",
        "In",
        "On",
        "At",
        "He",
        "She",
        "They",
        "We",
        "Our",
        "Both",
        "All",
        "For",
        "As",
        "If",
        "No",
        "Not",
        "However",
        "And",
        "But",
        "Or",
        "To",
    ]
)
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w.,]\d)|(?<![\w.,-])\d+(?:\.\d+)?(?![\w]|[.,]\d)")
_WORDS = dict(
    zip(
        ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"],
        ["2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
        strict=True,
    )
)
_WRITTEN = re.compile(rf"(?<!-)\b(?:{'|'.join(_WORDS)})\b(?!-)")
_AUXILIARY = re.compile(
    r"\b(is|was|are|were|has|have|had|can|could|will|would|should|may|might|must|did|does|do)\b(?! not\b|n't)"
)
_DENIED = re.compile(r"\b(is|was|are|were|has|have|had|can|could|will|would|should|may|might|must|did|does|do) not\b")
_SYNONYMS = (
    (r"\balthough\b", "though"), (r"\bbecause\b", "since"), (r"\bsuch as\b", "like"), (r"\bwhilst\b|\bwhile\b", "whereas"),
    (r"\bapproximately\b", "about"), (r"\bin order to\b", "to"), (r"\bprior to\b", "before"), (r"\bwithin\b", "in"),
    (r"\bupon\b", "on"), (r"\balso \b", ""), (r"\bmany\b", "numerous"), (r"\blarge\b", "big"), (r"\blocated\b", "situated"),
    (r"\bnearly\b|\balmost\b", "close to"), (r"\btherefore\b", "so"), (r"\bamong\b", "amongst"), (r"\bthroughout\b", "all over"),
    (r"\bcalled\b", "named"), (r"\bdue to\b", "because of"), (r"\bincluding\b", "among them"), (r"\bhowever, \b", ""),
    (r"\btoward\b", "towards"), (r"\buntil\b", "till"), (r"\boften\b", "frequently"), (r"\busually\b", "normally"),
)  # fmt: skip
_CONTRACTIONS = (
    (r"\b(is|was|are|were|has|have|had|could|would|should|did|does|do) not\b", r"\1n't"), (r"\bcannot\b", "can't"),
    (r"\b(It|it|He|he|She|she|That|that) is\b", r"\1's"), (r"\b(They|they|We|we) are\b", r"\1're"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A rephrased sentence, its copy with one fact swapped, and where it comes from."""

    source: str
    supported: str
    swapped: str
    kind: str
    document: str


def rephrase(sentence: str) -> str:
    """Return the sentence in other words, or itself where no rule applies."""
    text = re.sub(r"\s*\([^()]*\)", "", sentence)
    text = re.sub(r", (?:which|who|whose|where) [^,.;]+(?=[,.])", "", text, count=1)
    fronted = re.fullmatch(r"((?:In|On|At|By|During|After|Before|Since|From) [^,;:]{3,40}), ([^;:]+?)([.!?])", text)
    if fronted:
        opening, rest, mark = fronted.groups()
        text = f"{rest[0].upper()}{rest[1:]} {opening[0].lower()}{opening[1:]}{mark}"
    for pattern, word in (*_SYNONYMS, *_CONTRACTIONS):
        text = re.sub(pattern, word, text)
    text = re.sub(r"(\d) ?%", r"\1 percent", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = _WRITTEN.sub(lambda found: _WORDS[found.group()], text)
    return text[0].upper() + text[1:] if text else text


def swap(text: str, kind: str, article: str, chance: random.Random) -> str:
    """Return the sentence with one fact of a kind swapped, or nothing where it has none."""
    if kind == "negation":
        return _denied(text)
    pattern = _NUMBER if kind == "number" else _NAME
    places = [m for m in pattern.finditer(text) if m.group() not in _NO_NAMES]
    if not places:
        return ""
    place = chance.choice(places)
    here = {m.group() for m in places}
    others = sorted({m.group() for m in pattern.finditer(article)} - here)
    if kind == "name":
        small = {word for word in article.split() if word.islower()}
        others = [n for n in others if not set(n.split()) & (set(text.split()) | _NO_NAMES) and n.lower() not in small]
    elif not others:
        others = [str(int(float(place.group().replace(",", ""))) + 3)]
    if not others:
        return ""
    return text[: place.start()] + chance.choice(others) + text[place.end() :]


def _denied(text: str) -> str:
    """Take the first negation out, or put one in after the first auxiliary."""
    for pattern, word in ((_DENIED, r"\1"), (re.compile(r"\b(is|was|are|were|has|have|had|could|would|should|did|does|do)n't\b"), r"\1"),
                          (re.compile(r"\bcan't\b|\bcannot\b"), "can"), (re.compile(r"\bnever "), "")):  # fmt: skip
        if pattern.search(text):
            return pattern.sub(word, text, count=1)
    if _AUXILIARY.search(text):
        return _AUXILIARY.sub(r"\1 not", text, count=1)
    return ""


def cases(sentences: Iterable[tuple[str, str, str]], count: int, seed: int = 0) -> list[Case]:
    """Return so many cases, the kinds of swap in turn, from (document id, sentence, article) in a shuffled order."""
    chance = random.Random(seed)
    pool = [s for s in sentences if 40 <= len(s[1]) <= 260 and s[1][0].isupper() and s[1][-1] == "."]
    chance.shuffle(pool)
    found: list[Case] = []
    for document, sentence, article in pool:
        supported = rephrase(sentence)
        if supported == sentence or len(supported) < 30:
            continue
        kind = KINDS[len(found) % len(KINDS)]
        swapped = swap(supported, kind, article, chance)
        if swapped and swapped != supported:
            found.append(Case(sentence, supported, swapped, kind, document))
        if len(found) == count:
            break
    return found


def shares(verdicts: Sequence[tuple[str, bool]]) -> dict[str, float]:
    """Return the share of True for each kind."""
    kinds = dict.fromkeys(kind for kind, _ in verdicts)
    return {k: sum(v for kind, v in verdicts if kind == k) / sum(kind == k for kind, _ in verdicts) for k in kinds}
