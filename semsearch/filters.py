"""Filter matching: compare a metadata value with the value in a filter.

The one definition of what a filter matches; query parsing and the stores both use it.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable
from functools import lru_cache
from unicodedata import normalize

from semsearch.conditions import And, Condition, Filter, Not, Operator, Or
from semsearch.types.documents import Value

__all__ = ["comparable", "fulfils", "is_number", "is_orderable", "matches", "number_with_unit", "predicate"]

_SIZE = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)\s*(?:([kmgt])(i?)b?|b)?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:[T ]\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?)?)?)?")
_DIGITS = 300
"""Whole numbers with fewer digits compare exactly: ids may have more than the 15 digits a float holds."""
_POWER = {"k": 1, "m": 2, "g": 3, "t": 4}
_PATHS = frozenset({"path", "file.path", "own.path"})


def predicate(filter_: Filter) -> Callable[[Value], bool]:
    """Compile a filter to a test of one value; `None` stands for a missing field.

    - Several values in one field: `=` and ordering operators match if any value does; text with commas (`a, b`) and a
      list of texts are also compared as a whole. An empty list is a missing field.
    - Text, `=`: a case-insensitive shell glob over the whole value: `*`, `?`, `[a-z]`, `{pdf,md}`. In the field `path`,
      `*` and `?` stop at a slash, `**` does not, a pattern may begin at any folder of the path (`docs/**` finds
      /home/me/docs/a.md) unless it begins with a slash, and one that ends in a slash matches everything below.
    - Numbers: `10k` is 10,000 and `10Ki` 10,240 (k, M, G, T; a B may follow).
    - Dates (ISO) compare to the precision of the shorter one: `modified=2025` matches all of 2025, `modified>2025` from
      2026 on. The time of day is compared as written; time zones are ignored.
    - Booleans: `true`, `false`, `yes`, `no`, `1`, `0`.
    - `field=` matches a missing or empty field. `!=` is always the opposite of `=`. An ordering operator never matches
      a missing value, nor one that is neither a number nor a date.
    """
    return _compiled(filter_)


def matches(filter_: Filter, value: Value) -> bool:
    """Return whether a value matches a filter: `predicate(filter_)(value)`."""
    return _compiled(filter_)(value)


def fulfils(condition: Condition, value_of: Callable[[str], Value]) -> bool:
    """Return whether a document matches a condition; `value_of` returns its value of a field, None if missing."""
    if isinstance(condition, Filter):
        return matches(condition, value_of(condition.field))
    if isinstance(condition, Not):
        return not fulfils(condition.condition, value_of)
    if isinstance(condition, And):
        return all(fulfils(part, value_of) for part in condition.conditions)
    assert isinstance(condition, Or)
    return any(fulfils(part, value_of) for part in condition.conditions)


def comparable(filter_: Filter, value: Value) -> bool:
    """Return whether an ordering filter can compare with a value: numbers with numbers, dates with dates."""
    if isinstance(value, tuple):
        return any(comparable(filter_, item) for item in value)
    if value is None or isinstance(value, bool):
        return False
    bound, own = filter_.value, str(value)
    numbers = number_with_unit(bound) is not None and number_with_unit(own) is not None
    return numbers or (_date(bound) is not None and _date(own) is not None)


def is_number(text: str) -> bool:
    """Return whether a filter's value is a number or a size."""
    return number_with_unit(text) is not None


def is_orderable(text: str) -> bool:
    """Return whether an ordering operator accepts this value: a number, a size or a valid date."""
    return number_with_unit(text) is not None or _date(text) is not None


@lru_cache(maxsize=256)
def _compiled(filter_: Filter) -> Callable[[Value], bool]:
    if filter_.operator is Operator.EQ:
        return _of_any(_equals(filter_))
    if filter_.operator is Operator.NE:
        equal = _of_any(_equals(filter_))
        return lambda value: not equal(value)
    return _of_any(_ordered(filter_))


def _of_any(test: Callable[[Value], bool]) -> Callable[[Value], bool]:
    """Extend a test of one value to tuples of values."""

    def test_all(value: Value) -> bool:
        if not isinstance(value, tuple):
            return test(value)
        return any(map(test, value)) or test(", ".join(map(str, value)) if value else None)

    return test_all


def _equals(filter_: Filter) -> Callable[[Value], bool]:
    wanted = filter_.value.strip()
    if not wanted:
        return lambda value: value is None or (isinstance(value, str) and not value.strip())
    number, date, truth = number_with_unit(wanted), _date(wanted), _TRUTH.get(wanted.casefold())
    wanted = _composed(wanted)
    pattern = _path_pattern(wanted) if filter_.field in _PATHS else _text_pattern(wanted)

    def test(value: Value) -> bool:
        if value is None:
            return False
        if isinstance(value, bool):
            return value is truth
        if isinstance(value, (int, float)) and number is not None:
            return value == number
        text = str(value).strip()
        if date is not None and (other := _date(text)) is not None:
            return other.startswith(date)
        return _matches_text(pattern, _composed(text), filter_.field)

    return test


def _composed(text: str) -> str:
    """Return a text in NFC, the form that texts are compared in: file names from macOS are decomposed."""
    return text if text.isascii() else normalize("NFC", text)


_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def _ordered(filter_: Filter) -> Callable[[Value], bool]:
    compare = _COMPARE[filter_.operator]
    number, date = number_with_unit(filter_.value), _date(filter_.value)

    def test(value: Value) -> bool:
        if value is None or isinstance(value, bool):
            return False
        if number is not None and (own := number_with_unit(str(value))) is not None:
            return compare((own > number) - (own < number))
        if date is not None and (other := _date(str(value))) is not None:
            size = min(len(date), len(other))
            return compare((other[:size] > date[:size]) - (other[:size] < date[:size]))
        return False

    return test


_COMPARE: dict[Operator, Callable[[int], bool]] = {
    Operator.LT: lambda sign: sign < 0,
    Operator.LE: lambda sign: sign <= 0,
    Operator.GT: lambda sign: sign > 0,
    Operator.GE: lambda sign: sign >= 0,
}


def number_with_unit(text: str) -> int | float | None:
    """Return a number with its unit, 10,000 for `10k`, 1,536 for `1.5Ki` (k, M, G, T; a B may follow), or None."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        return None
    digits, prefix, binary = match.groups()
    whole = digits.lstrip("+-").isdecimal() and len(digits) < _DIGITS
    value = (int if whole else float)(digits) * (1024 if binary else 1000) ** _POWER.get((prefix or "").lower(), 0)
    return value if math.isfinite(value) else None


def _date(text: str) -> str | None:
    """Return the ISO date without its time zone and with a `T`, or None if it is not a valid date."""
    text = text.strip()
    if _DATE.fullmatch(text) is None:
        return None
    whole = text.upper().replace(" ", "T")
    day, _, clock = whole.partition("T")
    try:
        datetime.date.fromisoformat(day + "-01-01"[len(day) - 4 :] if len(day) < 10 else day)
    except ValueError:
        return None
    clock = re.sub(r"(?:Z|[+-]\d{2}:?\d{2})$", "", clock)
    return f"{day}T{clock}" if clock else day


def _matches_text(pattern: re.Pattern[str], text: str, field: str) -> bool:
    if field in _PATHS:
        return pattern.fullmatch(text.replace("\\", "/")) is not None
    if pattern.fullmatch(text) is not None:
        return True
    return ", " in text and any(pattern.fullmatch(member) for member in text.split(", "))


def _text_pattern(glob: str) -> re.Pattern[str]:
    return re.compile(_translate(glob, any_char="."), re.IGNORECASE | re.DOTALL)


def _path_pattern(glob: str) -> re.Pattern[str]:
    glob = glob.replace("\\", "/").removeprefix("./")
    if glob.endswith("/"):
        glob += "**"
    anchor = "" if glob.startswith(("/", "**")) else "(?:.*/)?"
    return re.compile(anchor + _translate(glob, any_char="[^/]"), re.IGNORECASE | re.DOTALL)


def _translate(glob: str, any_char: str) -> str:
    """Turn a shell glob into a regular expression; unclosed brackets are literal."""
    out: list[str] = []
    at = 0
    while at < len(glob):
        piece, at = _piece(glob, at, any_char)
        out.append(piece)
    return "".join(out)


def _piece(glob: str, at: int, any_char: str) -> tuple[str, int]:
    if glob.startswith("**/", at):
        return "(?:.*/)?", at + 3
    if glob[at] == "*":
        stars = len(glob) - at - len(glob[at:].lstrip("*"))
        return (".*" if stars > 1 else f"{any_char}*"), at + stars
    if glob[at] == "?":
        return any_char, at + 1
    if glob[at] == "[" and (match := re.compile(r"\[(!?)([^\]]+)\]").match(glob, at)):
        members = re.sub(r"([\\\[\]^&~|])", r"\\\1", match[2])
        return _charset(f"[{'^' if match[1] else ''}{members}]", match[0]), match.end()
    if glob[at] == "{" and (match := re.compile(r"\{([^{}]*,[^{}]*)\}").match(glob, at)):
        return "(?:" + "|".join(_translate(part, any_char) for part in match[1].split(",")) + ")", match.end()
    return re.escape(glob[at]), at + 1


def _charset(expression: str, literal: str) -> str:
    """Return the character set, or the literal text where the set is invalid (`[z-a]`)."""
    try:
        re.compile(expression)
    except re.error:
        return re.escape(literal)
    return expression
