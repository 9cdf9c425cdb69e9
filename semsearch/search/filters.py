"""The filters that people write: `type=pdf`, `modified>=2025-01-01`, `size<10k`, `path=docs/**`, `author!=Smith*`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semsearch.errors import InvalidFilter
from semsearch.filtering import is_orderable
from semsearch.types import Filter, Operator

__all__ = ["parse_filter", "parse_filters"]

_FORM = re.compile(r"\s*([^\s=!<>]+)\s*(>=|<=|!=|==|=|<|>)\s*(.*?)\s*", re.DOTALL)
_EXAMPLES = "`type=pdf`, `modified>=2025-01-01`, `size<10k`, `path=docs/**`"
_ORDERING = {Operator.LT, Operator.LE, Operator.GT, Operator.GE}


def parse_filter(text: str) -> Filter:
    """Parse one filter, `FIELD OPERATOR VALUE`; what the values mean is said in `filtering.predicate`.

    Raises InvalidFilter where it has not this form, or orders by something that has no order.
    """
    match = _FORM.fullmatch(text)
    if match is None or match[3].startswith(("=", "<", ">")):
        raise InvalidFilter(f"filter {_short(text)} has not the form FIELD OPERATOR VALUE, as in {_EXAMPLES}")
    field, sign, value = match.groups()
    operator = Operator("=" if sign == "==" else sign)
    if operator in _ORDERING and not is_orderable(value):
        raise InvalidFilter(
            f"filter {_short(text)}: `{operator}` compares with a number, a size (10k) or a date (2025-01-31); "
            f"{_short(value)} is none"
        )
    return Filter(field, operator, value)


def parse_filters(filters: Sequence[str | Filter]) -> tuple[Filter, ...]:
    """Parse those that are text and leave the others; all of them must be fulfilled. Raises InvalidFilter."""
    return tuple(parse_filter(f) if isinstance(f, str) else f for f in filters)


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return f"`{one_line[:60]}…`" if len(one_line) > 60 else f"`{one_line}`"
