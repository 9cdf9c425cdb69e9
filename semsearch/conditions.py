"""Filter conditions: one comparison of a field, and conditions joined by and, or, not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from semsearch.errors import InvalidFilter

__all__ = ["And", "Condition", "Filter", "Not", "Operator", "Or", "check", "conditions_in", "quoted_field"]

DEEPEST = 50
"""Maximum nesting depth of conditions."""
_BARE_FIELD = re.compile(r"[^\s=!<>\"()]+")
_JOINS = re.compile(r"\b(?:and|or)\b", re.IGNORECASE)
_WORDS = frozenset({"and", "or", "not"})


class Operator(StrEnum):
    """The comparison operator of a filter."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class _Joined:
    """The operators that all conditions share: `a & b`, `a | b`, `~a`."""

    __slots__ = ()

    def __and__(self, other: Condition) -> And:
        return And((*_parts(self, And), *_parts(other, And)))

    def __or__(self, other: Condition) -> Or:
        return Or((*_parts(self, Or), *_parts(other, Or)))

    def __invert__(self) -> Not:
        assert isinstance(self, (Filter, And, Or, Not))
        return Not(self)


@dataclass(frozen=True, slots=True)
class Filter(_Joined):
    """One condition on documents: `field operator value`, the value as the user wrote it.

    `=` and `!=` on text match case-insensitive shell globs; an ordering operator compares numbers,
    sizes (`10k`) or ISO dates. `parse_filter` parses the `str()` of any condition back.
    """

    field: str
    operator: Operator
    value: str

    def __str__(self) -> str:
        """Return the filter as users write it, with quotes only where needed."""
        return f"{quoted_field(self.field)}{self.operator}{_quoted_value(self.value)}"


@dataclass(frozen=True, slots=True)
class And(_Joined):
    """Matches if all of its conditions (two or more) do."""

    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse what joins nothing. Raises InvalidFilter."""
        _check_parts(self.conditions)

    def __str__(self) -> str:
        """Return `a and b`, with joined parts in parentheses."""
        return " and ".join(f"({c})" if isinstance(c, (And, Or)) else str(c) for c in self.conditions)


@dataclass(frozen=True, slots=True)
class Or(_Joined):
    """Matches if any of its conditions (two or more) does."""

    conditions: tuple[Condition, ...]

    def __post_init__(self) -> None:
        """Refuse what joins nothing. Raises InvalidFilter."""
        _check_parts(self.conditions)

    def __str__(self) -> str:
        """Return `a or b`, with joined parts in parentheses."""
        return " or ".join(f"({c})" if isinstance(c, (And, Or)) else str(c) for c in self.conditions)


@dataclass(frozen=True, slots=True)
class Not(_Joined):
    """Matches if its condition does not: also documents without the field."""

    condition: Condition

    def __str__(self) -> str:
        """Return `not a`."""
        inner = self.condition
        return f"not ({inner})" if isinstance(inner, (And, Or)) else f"not {inner}"


Condition: TypeAlias = Filter | And | Or | Not


def conditions_in(*joined: Condition) -> Iterator[Filter]:
    """Yield the single filters in conditions, from left to right."""
    waiting: list[Condition] = list(reversed(joined))
    while waiting:
        part = waiting.pop()
        if isinstance(part, Filter):
            yield part
        else:
            waiting.extend((part.condition,) if isinstance(part, Not) else reversed(part.conditions))


def check(condition: object) -> None:
    """Raise InvalidFilter if this is not a condition, contains something that is not, or is nested too deep."""
    waiting: list[tuple[object, int]] = [(condition, 0)]
    while waiting:
        one, depth = waiting.pop()
        if depth > DEEPEST:
            raise InvalidFilter(f"the filter is nested more than {DEEPEST} levels deep; simplify it")
        if isinstance(one, Not):
            waiting.append((one.condition, depth + 1))
        elif isinstance(one, (And, Or)):
            waiting.extend((part, depth + 1) for part in one.conditions)
        elif not isinstance(one, Filter):
            raise InvalidFilter(f"a filter must be a string such as `type=pdf` or a Filter, not {type(one).__name__}")
        elif not (isinstance(one.field, str) and isinstance(one.value, str) and isinstance(one.operator, Operator)):
            raise InvalidFilter("a Filter needs a field (string), an Operator and a value (string)")


def quoted_field(name: str) -> str:
    """Return a field's name as written in a filter: quoted if it has blanks, operators or parentheses."""
    if _BARE_FIELD.fullmatch(name) and name.lower() not in _WORDS:
        return name
    return _quoted(name)


def _quoted_value(value: str) -> str:
    bare = (
        value
        and value == value.strip()
        and not value.startswith(('"', "=", "<", ">"))
        and not re.search(r"[()]", value)
    )
    return value if bare and not _JOINS.search(value) else _quoted(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _parts(condition: object, kind: type[And] | type[Or]) -> tuple[Condition, ...]:
    check(condition)
    assert isinstance(condition, (Filter, And, Or, Not))
    return condition.conditions if isinstance(condition, kind) else (condition,)


def _check_parts(conditions: object) -> None:
    if not isinstance(conditions, tuple) or len(conditions) < 2:
        raise InvalidFilter("And and Or need a tuple of two or more conditions")
