"""Convert dates in the headers of documents to ISO 8601."""

from __future__ import annotations

import re

__all__ = ["iso_date"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_YEAR}[-/.](?P<number>\d\d?)(?:[-/.]{_DAY})?(?:[T ](?P<time>\d\d:\d\d(?::\d\d)?)\S*)?",
        rf"(?:\w+,\s*)?{_NAME}\s+{_DAY},?\s+{_YEAR}",
        rf"(?:\w+,\s*)?{_DAY}\s+{_NAME},?\s+{_YEAR}",
        rf"{_NAME},?\s+{_YEAR}",
        rf"{_DAY}\.\s?(?P<number>\d\d?)\.\s?{_YEAR}",
        _YEAR,
    )
)


def iso_date(text: str) -> str:
    """Return a date as `2024-03-05`, `2024-03` or `2024`, with the time of day if there is one; "" for no date."""
    text = " ".join(text[:80].split())
    for form in _FORMS:
        if match := form.fullmatch(text):
            groups = match.groupdict()
            month = int(groups["number"]) if groups.get("number") else 0
            if groups.get("month"):
                month = _MONTHS.index(groups["month"][:3].lower()) + 1
            day = int(groups["day"]) if groups.get("day") else 0
            if month > 12 or day > 31:
                return ""
            date = groups["year"] + (f"-{month:02d}" if month else "") + (f"-{day:02d}" if month and day else "")
            return f"{date}T{groups['time']}" if groups.get("time") and day else date
    return ""
