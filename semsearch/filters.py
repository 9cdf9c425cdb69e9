"""What a filter means: the comparison of one metadata value with what the user wrote.

Parsing (search) and resolving to passages (index) both import this, so that there is one definition.
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
"""A whole number of fewer digits compares exactly: ids have more than the 15 that a float holds."""
_POWER = {"k": 1, "m": 2, "g": 3, "t": 4}
_PATHS = frozenset({"path", "file.path", "own.path"})


def predicate(filter_: Filter) -> Callable[[Value], bool]:
    """Compile a filter to a test of one value; `None` stands for a field that the document does not have.

    - Several values in one field: `=` and an ordering operator are true where they are of any one of them; text with
      commas (`a, b`) and a list of texts also compare as a whole. No value at all is a missing field.
    - Text, `=`: a shell glob over the whole value, without regard to case: `*`, `?`, `[a-z]`, `{pdf,md}`. In the field
      `path`, `*` and `?` stop at a slash, `**` does not, a pattern may begin at any folder of the path (`docs/**` finds
      /home/me/docs/a.md) unless it begins with a slash, and one that ends in a slash means all that is below.
    - Numbers: `10k` is 10,000 and `10Ki` 10,240 (k, M, G, T; a B may follow).
    - Dates (ISO) compare as far as the shorter of the two is written: `modified=2025` is true all through 2025,
      `modified>2025` from 2026 on. The clock time is compared as it stands, whatever its time zone.
    - Truth: `true`, `false`, `yes`, `no`, `1`, `0`.
    - `field=` is true where the field is missing or empty. `!=` is always the contrary of `=`. An ordering operator is
      never true of a missing value, nor of one that is neither a number nor a date.
    """
    return _compiled(filter_)


def matches(filter_: Filter, value: Value) -> bool:
    """Whether a value fulfils a filter: `predicate(filter_)(value)`."""
    return _compiled(filter_)(value)


def fulfils(condition: Condition, value_of: Callable[[str], Value]) -> bool:
    """Whether a document fulfils a condition; `value_of` gives its value of a field, None for one that it has not."""
    if isinstance(condition, Filter):
        return matches(condition, value_of(condition.field))
    if isinstance(condition, Not):
        return not fulfils(condition.condition, value_of)
    if isinstance(condition, And):
        return all(fulfils(one, value_of) for one in condition.conditions)
    assert isinstance(condition, Or)
    return any(fulfils(one, value_of) for one in condition.conditions)


def comparable(filter_: Filter, value: Value) -> bool:
    """Whether the ordering operator of a filter can compare with a value: numbers with numbers, dates with dates."""
    if isinstance(value, tuple):
        return any(comparable(filter_, one) for one in value)
    if value is None or isinstance(value, bool):
        return False
    bound, own = filter_.value, str(value)
    numbers = number_with_unit(bound) is not None and number_with_unit(own) is not None
    return numbers or (_date(bound) is not None and _date(own) is not None)


def is_number(text: str) -> bool:
    """Whether a filter's value is a number or a size."""
    return number_with_unit(text) is not None


def is_orderable(text: str) -> bool:
    """Whether an ordering operator can compare with this: a number, a size or a date that exists."""
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
    """Extend a test of one value to several."""

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
    """Return the form of Unicode in which texts are compared: names of files from macOS are decomposed."""
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
    """Return the ISO date without its time zone and with a `T`, or None where it is none or does not exist."""
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
    """Turn a shell glob into a regular expression; what is not closed stands for itself."""
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
    """Return the set, or the text itself where the set cannot mean anything (`[z-a]`)."""
    try:
        re.compile(expression)
    except re.error:
        return re.escape(literal)
    return expression
