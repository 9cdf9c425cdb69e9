"""Whole numbers as files write them, whatever stands there instead."""

from __future__ import annotations

__all__ = ["whole"]

_MOST = 999_999_999
_DIGITS = 9


def whole(text: str | None, otherwise: int = 0) -> int:
    """Return a number that is written in digits, no larger one than a file can mean; `otherwise` where there is none.

    Python converts no more than 4,300 digits.
    """
    if not text or not text.isdecimal():
        return otherwise
    return int(text) if len(text) <= _DIGITS else _MOST
