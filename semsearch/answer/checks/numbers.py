"""Parse and compare numbers: digits with separators, number words, ordinals, fractions, percent, money and units."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from semsearch.answer.text.lexicon import MULTIPLES, ONES, ORDINALS, SCALES, TENS, UNITS
from semsearch.answer.text.words import Word, words_of

__all__ = ["Number", "mismatch", "numbers_of"]

_DIGITS = re.compile(
    r"(?P<money>[$€£¥₹]\s?)?(?P<minus>(?<![\w)\]%])[-−](?=\d))?"
    r"(?P<whole>\d{1,3}(?:[,\u00a0\u202f'’ ]\d{3})+(?!\d)|\d+)(?P<decimals>[.,]\d+)?(?P<suffix>st|nd|rd|th|s\b)?"
    r"(?P<scale>\s?(?:[kK]|[mM]illions?|[bB]illions?|[tT]rillions?|[mM]|bn|[tT]housands?|[hH]undreds?|[mM]io|[mM]rd)\b)?"
)
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SUFFIXES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mio": 1e6, "million": 1e6, "bn": 1e9, "mrd": 1e9, "billion": 1e9,
    "trillion": 1e12, "hundred": 1e2,
}  # fmt: skip
_MONEY_AND_SHARES = frozenset("%$€£¥")
_UNIT_AFTER = re.compile(r"[\s-]{0,2}(%|per\s?cent\b|°\s?[CF]?(?![a-z])|[^\W\d_]+(?![\w]))")
_RANGE = re.compile(r"\s*(?:-|–|—|to|and|or)\s*")
_BEFORE_A_TIME = frozenset(("a", "per", "each", "every", "one", "split"))


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a sentence, `text[start:stop]`; `unit` is the short form of its unit, or empty."""

    value: float
    start: int
    stop: int
    unit: str = ""
    ordinal: bool = False
    digits: bool = True
    noun: str = ""
    """Stem of the content word that follows it."""


@lru_cache(maxsize=2_000)
def numbers_of(text: str) -> tuple[Number, ...]:
    """Return the numbers of a sentence, in order."""
    words = words_of(text)
    found = sorted([*_in_digits(text), *_written(text, words)], key=lambda n: n.start)
    with_units = [replace(n, unit=n.unit or _unit(text, n), noun=_noun(words, n)) for n in found]
    for at in range(len(with_units) - 2, -1, -1):  # `5 to 10 %`: the unit of a range applies to both ends
        one, after = with_units[at], with_units[at + 1]
        if not one.unit and after.unit and _RANGE.fullmatch(text[one.stop : after.start]):
            with_units[at] = replace(one, unit=after.unit)
    return tuple(with_units)


def mismatch(sentence: str, source: str) -> str:
    """Return the first number of a sentence, as written, that differs from its source, or ""."""
    theirs = numbers_of(source)
    for number in numbers_of(sentence):
        same = [n for n in theirs if _agree(number, n)]
        written = sentence[number.start : number.stop]
        if not same and not _is_pronoun(number, written):
            return written
        rivals = [n for n in theirs if n.noun and n.noun == number.noun and n.ordinal == number.ordinal]
        if rivals and not any(_same_value(number, n) for n in rivals):
            return written
    return ""


def _is_pronoun(number: Number, written: str) -> bool:
    return written.casefold() == "one" and not number.unit


def _same_value(one: Number, other: Number) -> bool:
    share = {one.unit, other.unit} == {"%", ""} and 100 * min(one.value, other.value) == max(one.value, other.value)
    return abs(one.value - other.value) <= 1e-9 * max(abs(one.value), 1.0) or share


def _agree(number: Number, source: Number) -> bool:
    if not _same_value(number, source):
        return False
    if number.ordinal != source.ordinal and not (number.digits or source.digits):
        return False
    if number.unit == source.unit:
        return True
    if "%" in (number.unit, source.unit) and number.value != source.value:
        return True  # half is 50 %
    return not (number.unit and source.unit) and not {number.unit, source.unit} & _MONEY_AND_SHARES


def _in_digits(text: str) -> Iterator[Number]:
    dates = [m.span() for m in _ISO_DATE.finditer(text)]
    for found in _DIGITS.finditer(text):
        start, stop = found.span()
        if any(a <= start < b for a, b in dates):
            yield Number(float(found["whole"]), start, stop)
            continue
        if start and text[start - 1].isalpha() and not found["money"]:
            continue  # part of a name: ERR42
        value = _value(found["whole"], found["decimals"] or "")
        scale = (found["scale"] or "").strip().casefold().rstrip("s")
        unit = "decade" if found["suffix"] == "s" else ""
        if scale == "m" and not found["money"]:  # metres
            stop, scale, unit = found.start("scale"), "", "m"
        money = (found["money"] or "").strip()
        yield Number(
            (-value if found["minus"] else value) * _SUFFIXES.get(scale, 1.0),
            start, stop, unit=money if money in UNITS else unit,
            ordinal=found["suffix"] in ("st", "nd", "rd", "th"),
        )  # fmt: skip


def _value(whole: str, decimals: str) -> float:
    """Parse a number with separators; three digits after a single comma are thousands, otherwise decimals."""
    digits = re.sub(r"\D", "", whole)
    if decimals.startswith(",") and len(decimals) == 4:
        return float(digits + decimals[1:])
    return float(digits + (f".{decimals[1:]}" if decimals else ""))


def _written(text: str, words: Sequence[Word]) -> Iterator[Number]:
    at = 0
    while at < len(words):
        word = words[at]
        if word.lower in ONES or word.lower in TENS:
            number, at = _run(words, at)
            yield number
        elif word.lower in ORDINALS and not _is_second(text, words, at):
            yield Number(ORDINALS[word.lower], word.start, word.stop, ordinal=True, digits=False)
            at += 1
        elif word.lower in MULTIPLES:
            yield Number(MULTIPLES[word.lower], word.start, word.stop, digits=False)
            at += 1
        elif word.lower in SCALES and at and words[at - 1].lower in ("a", "an", "per"):
            unit = "%" if words[at - 1].lower == "per" else ""
            yield Number(SCALES[word.lower], word.start, word.stop, unit=unit, digits=False)
            at += 1
        else:
            at += 1


def _is_second(text: str, words: Sequence[Word], at: int) -> bool:
    """Return whether `second` is a unit of time."""
    before = words[at - 1].lower if at else ""
    return words[at].lower == "second" and (before in _BEFORE_A_TIME or before.isdigit())


def _run(words: Sequence[Word], at: int) -> tuple[Number, int]:
    """Parse number words as one number: `two hundred and five thousand`, `twenty-first`."""
    total = current = 0.0
    first, last, ordinal = at, at, False
    while at < len(words):
        lower = words[at].lower
        tens = current % 100
        if lower in ONES and (at == first or (current and (tens == 0 or (tens >= 20 and tens % 10 == 0)))):
            current += ONES[lower]
        elif lower in TENS and (at == first or (current and tens == 0)):
            current += TENS[lower]
        elif lower == "hundred" and 0 < current < 100:
            current *= 100
        elif lower in SCALES and current:
            total, current = total + current * SCALES[lower], 0.0
        elif lower in ORDINALS and at > first and current % 10 == 0 and ORDINALS[lower] < 10 and tens >= 20:
            current, ordinal = current + ORDINALS[lower], True
        elif lower == "and" and at > first and _continues(words, at + 1) and words[at - 1].lower in SCALES:
            at += 1
            continue
        else:
            break
        last = at
        at += 1
        if ordinal:
            break
    return Number(total + current, words[first].start, words[last].stop, ordinal=ordinal, digits=False), last + 1


def _continues(words: Sequence[Word], at: int) -> bool:
    return at < len(words) and (words[at].lower in ONES or words[at].lower in TENS)


def _unit(text: str, number: Number) -> str:
    after = _UNIT_AFTER.match(text, number.stop)
    if not after:
        return ""
    name = re.sub(r"\s", "", after.group(1).casefold())
    return "%" if name == "percent" else UNITS.get(name, "")


def _noun(words: Sequence[Word], number: Number) -> str:
    after = [word for word in words if word.start >= number.stop][:2]
    clause = next((word.clause for word in words if word.stop >= number.stop), 0)
    for word in after:
        if word.clause != clause or (not word.stem and word.lower not in ("more", "other")):
            return ""
        if word.stem and not word.text[0].isdigit():
            return word.stem
    return ""
