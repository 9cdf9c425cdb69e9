"""Parse whole numbers in files, tolerating other text."""

from __future__ import annotations

__all__ = ["whole"]

_MOST = 999_999_999
_DIGITS = 9


def whole(text: str | None, otherwise: int = 0) -> int:
    """Return a number written in digits, limited to what a file can mean; `otherwise` for other text.

    Python converts at most 4,300 digits.
    """
    if not text or not text.isdecimal():
        return otherwise
    return int(text) if len(text) <= _DIGITS else _MOST
