"""Numbers of a spreadsheet as displayed, by their number format, with dates in ISO 8601.

Thousands separators and currency signs are dropped, so that a number is one word whatever its format.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TypeAlias

__all__ = ["BUILT_IN", "EPOCH", "EPOCH_1904", "elapsed", "formatter", "iso", "plain_number"]

Formatter: TypeAlias = Callable[[float, datetime], str]

EPOCH, EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Day 0 of the two date systems."""
BUILT_IN = {
    **{1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00"},
    **{14: "d/m/yy", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss"},
    **{22: "d/m/yy h:mm", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00"},
    **{45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0"},
    **dict.fromkeys((*range(27, 32), 36, *range(50, 55), 57, 58), "d/m/yy"),  # East Asian calendars
}
"""Built-in formats, which a file names by number only (ECMA-376 part 1, 18.8.30)."""
_LITERAL = re.compile(r'"[^"]*"|\\.|[_*].|\[[^\]]*\]')
_DIGITS = re.compile(r"([#0?,]*)(?:\.([0#?]*))?")
_PLAIN = 10
"""Significant digits of a number without a format."""
_LAST_DAY = 2_958_466
"""The day after 9999-12-31."""


def plain_number(value: float) -> str:
    """Return a number without any format: `12`, `0.25`, `1.5e+20`."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.{_PLAIN}g}"


def iso(moment: datetime) -> str:
    """Return a date, with its time unless that is midnight: `2024-03-05`, `2024-03-05 09:30`."""
    day = moment.date().isoformat()
    time = _clock(moment)
    return day if time == "00:00" else f"{day} {time}"


@lru_cache(maxsize=1000)
def formatter(code: str) -> Formatter:
    """Return the function that displays a number in this format, given day 0 of the file."""
    bare = _LITERAL.sub("", code.split(";", 1)[0]).lower()
    if re.search(r"\[(h+|m+|s+)\]", code, re.I):
        return lambda value, _: elapsed(value * 86_400) if abs(value) < _LAST_DAY else plain_number(value)
    if "general" in bare or bare in ("", "@"):
        return lambda value, _: plain_number(value)
    if re.search("[ydhs]|m", bare):
        dated = bool(re.search("[yd]", bare)) or not re.search("[hs]", bare)
        timed = bool(re.search("[hs]", bare))
        return lambda value, epoch: _moment(value, epoch, dated=dated, timed=timed)
    return _number_format(bare)


def _number_format(bare: str) -> Formatter:
    digits = _DIGITS.search(bare, max(0, min((at for at in map(bare.find, "#0?.") if at >= 0), default=0)))
    if digits is None or re.search("e[+-]|/", bare) or digits[1].endswith(","):
        return lambda value, _: plain_number(value)
    decimals = digits[2] or ""
    most, least = len(decimals), len(decimals.rstrip("#?"))
    width = len(digits[1]) if set(digits[1]) == {"0"} and not decimals else 0
    hundred, sign = (100.0, "%") if "%" in bare else (1.0, "")

    def shown(value: float, _: datetime) -> str:
        text = f"{value * hundred:.{most}f}"
        if most > least:
            whole, _point, rest = text.partition(".")
            rest = rest[:least] + rest[least:].rstrip("0")
            text = f"{whole}.{rest}" if rest else whole
        return (text.zfill(width) if width > 1 else text) + sign

    return shown


def _moment(value: float, epoch: datetime, *, dated: bool, timed: bool) -> str:
    if not 0 <= value < _LAST_DAY - (0 if epoch == EPOCH else 1462):
        return plain_number(value)
    days = value + 1 if epoch == EPOCH and 1 <= value < 60 else value  # Excel counts a 29th of February 1900
    moment = epoch + timedelta(seconds=round(days * 86_400))
    if dated and value >= 1:
        return iso(moment) if timed else moment.date().isoformat()
    return _clock(moment)


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def elapsed(seconds: float) -> str:
    """Return a duration: `26:30`, `0:00:05`."""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{'-' if seconds < 0 else ''}{hours}:{minutes:02d}" + (f":{rest:02d}" if rest else "")
