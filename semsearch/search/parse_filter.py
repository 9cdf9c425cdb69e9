"""Parse filter expressions: `type=pdf`, `size<10k or not path=docs/**`, `"my key"=x and (a=1 or b=2)`.

    either    = both ("or" both)*
    both      = one ("and" one)*
    one       = "not" one | "(" either ")" | condition
    condition = field operator value

A field or a value may be in double quotes (`\\"` and `\\\\` inside). An unquoted value extends to the end, to a `)`
that closes a group, or to an `and` or `or` before another condition: `title=this or that` has one value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from semsearch.conditions import DEEPEST, And, Condition, Filter, Not, Operator, Or, check, conditions_in
from semsearch.errors import InvalidFilter
from semsearch.filters import is_orderable

__all__ = ["parse_filter", "parse_filters"]

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_OPERATOR = r"(?:>=|<=|!=|==|=|<|>)"
_HEAD = re.compile(rf"\s*({_QUOTED}|[^\s=!<>]+)\s*({_OPERATOR})\s*", re.DOTALL)
_WHOLE = re.compile(_QUOTED, re.DOTALL)
_NOT = re.compile(rf"\s*not\b(?=[\s(\"])(?!\s*{_OPERATOR})", re.IGNORECASE)
_JOIN = re.compile(r"\s+(and|or)\b(?=[\s(\"])|(?<=[)\"])(and|or)\b(?=[\s(\"])", re.IGNORECASE)
_CONDITION_FOLLOWS = re.compile(
    rf"(?:\s|\(|not\b(?=[\s(\"]))*(?:{_QUOTED}|[^\s=!<>\"(][^\s=!<>]*)\s*{_OPERATOR}", re.IGNORECASE | re.DOTALL
)
_CLOSING = re.compile(r"\s*(\)|\Z)")
_EXAMPLES = "`type=pdf`, `modified>=2025-01-01`, `size<10k`, `path=docs/**`"
_ORDERING = {Operator.LT, Operator.LE, Operator.GT, Operator.GE}


def parse_filter(text: str) -> Condition:
    """Parse a filter; `filters.predicate` defines what the values mean.

    Raises InvalidFilter for a syntax error, for an ordering by a value that has no order, and for too deep nesting.
    """
    if not isinstance(text, str):
        raise InvalidFilter(f"a filter must be a string such as `type=pdf`, not {type(text).__name__}")
    parser = _Parser(text)
    found = parser.either(0)
    parser.end()
    return found


def parse_filters(filters: Sequence[str | Condition]) -> tuple[Condition, ...]:
    """Parse strings and validate conditions; a document has to match all of them. Raises InvalidFilter."""
    return tuple(parse_filter(f) if isinstance(f, str) else _checked(f) for f in filters)


def _checked(condition: Condition) -> Condition:
    check(condition)
    for filter_ in conditions_in(condition):
        _check_order(filter_, str(filter_))
    return condition


def _check_order(filter_: Filter, text: str) -> Filter:
    """Return the filter. Raises InvalidFilter if it orders by a value that has no order."""
    if filter_.operator in _ORDERING and not is_orderable(filter_.value):
        raise InvalidFilter(
            f"filter {_short(text)}: `{filter_.operator}` compares with a number, a size (10k) or a date "
            f"(2025-01-31), not with {_short(filter_.value)}"
        )
    return filter_


class _Parser:
    """Parses one filter from left to right; `_open` counts the open groups at the current position."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._open = 0

    def either(self, depth: int) -> Condition:
        parts = [self._both(depth)]
        while self._join("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def end(self) -> None:
        if self._text[self._at :].strip():
            raise InvalidFilter(f"filter {_short(self._text)}: unexpected {_short(self._text[self._at :])}")

    def _both(self, depth: int) -> Condition:
        parts = [self._one(depth)]
        while self._join("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _join(self, word: str) -> bool:
        match = _JOIN.match(self._text, self._at)
        if match is None or (match[1] or match[2]).lower() != word:
            return False
        self._at = match.end()
        return True

    def _one(self, depth: int) -> Condition:
        if depth > DEEPEST:
            raise InvalidFilter(f"filter {_short(self._text)} is nested more than {DEEPEST} levels deep; simplify it")
        if (match := _NOT.match(self._text, self._at)) is not None:
            self._at = match.end()
            return Not(self._one(depth + 1))
        self._skip_space()
        if not self._text.startswith("(", self._at):
            return self._condition()
        self._at += 1
        self._open += 1
        inner = self.either(depth + 1)
        self._skip_space()
        if not self._text.startswith(")", self._at):
            raise InvalidFilter(f"filter {_short(self._text)}: a parenthesis is not closed")
        self._at += 1
        self._open -= 1
        return inner

    def _condition(self) -> Filter:
        match = _HEAD.match(self._text, self._at)
        if match is None or self._text.startswith(("=", "<", ">"), match.end()):
            raise InvalidFilter(f"filter {_short(self._text)} is not FIELD OPERATOR VALUE, as in {_EXAMPLES}")
        field, sign = _unquoted(match[1]), match[2]
        self._at = match.end()
        value = self._value()
        operator = Operator("=" if sign == "==" else sign)
        return _check_order(Filter(field, operator, value), self._text)

    def _value(self) -> str:
        whole = _WHOLE.match(self._text, self._at)
        if whole is not None and self._stops(whole.end()):
            self._at = whole.end()
            return _unquoted(whole[0])
        start, inner = self._at, 0
        while self._at < len(self._text) and (inner or not self._stops(self._at)):
            sign = self._text[self._at]
            inner += (sign == "(") - (sign == ")" and inner > 0)
            self._at += 1
        if inner:  # a parenthesis that the value does not close belongs to the value
            self._at = start
            while self._at < len(self._text) and not self._stops(self._at):
                self._at += 1
        return self._text[start : self._at].strip()

    def _stops(self, at: int) -> bool:
        """Return whether a value may end here: at the end, where its group closes, or before another condition."""
        closing = _CLOSING.match(self._text, at)
        if closing is not None and (self._open or not closing[1]):
            return True
        match = _JOIN.match(self._text, at)
        return match is not None and _CONDITION_FOLLOWS.match(self._text, match.end()) is not None

    def _skip_space(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1


def _unquoted(text: str) -> str:
    if len(text) < 2 or not text.startswith('"') or not text.endswith('"'):
        return text
    return re.sub(r'\\(["\\])', r"\1", text[1:-1])


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return f"`{one_line[:60]}…`" if len(one_line) > 60 else f"`{one_line}`"
