"""RIS, the exchange format of reference managers and publishers: each reference a document."""

from __future__ import annotations

import re
from collections.abc import Iterator

from semsearch.corpus.readers.bibliography.entries import Reference, library, natural_name
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Parsed

__all__ = ["parse", "read"]

_TAG = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*))?")
_TITLES = ("TI", "T1", "CT")
_AUTHORS = ("AU", "A1")
_EDITORS = ("ED", "A2")
_DATES = ("DA", "PY", "Y1")
_DATE = re.compile(r"(\d{4})(?:[/-](\d{1,2})?(?:[/-](\d{1,2})?)?)?")
_FIELDS = {
    **dict.fromkeys(("T2", "JO", "JF", "JA", "BT"), "journal"),
    **{"VL": "volume", "IS": "number", "PB": "publisher", "CY": "address", "DO": "doi", "UR": "url", "SN": "isbn"},
    **{"AB": "abstract", "N2": "abstract", "N1": "note", "KW": "keywords", "LA": "language", "ET": "edition"},
    **{"T3": "series", "ST": "short_title", "M3": "medium", "DB": "database", "AN": "accession", "L1": "file"},
}


def read(data: bytes) -> Parsed:
    """Read a RIS file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse RIS; a text without references stays a text."""
    found = []
    for first, last, tags in _references(text.split("\n")):
        found.append(_entry(first, last, tags))
    return library(found, text)


def _references(lines: list[str]) -> Iterator[tuple[int, int, list[tuple[str, str]]]]:
    """Yield (first line, last line, tags and values); an unterminated reference ends where the next begins."""
    tags: list[tuple[str, str]] = []
    first = last = 0
    for number, line in enumerate(lines, 1):
        match = _TAG.fullmatch(line.rstrip().lstrip("\ufeff")) if line[2:3] == " " or line[:1] == "\ufeff" else None
        tag, value = (match[1], (match[2] or "").strip()) if match else ("", line.strip())
        if tag == "TY":
            if tags:
                yield first, last, tags
            tags, first = [(tag, value)], number
        elif tag == "ER" and tags:
            yield first, number, tags
            tags = []
        elif tag and tags:
            tags.append((tag, value))
        elif value and tags:  # a value continued on the next line
            tags[-1] = (tags[-1][0], f"{tags[-1][1]} {value}".strip())
        last = number if value or tag else last
    if tags:
        yield first, last, tags


def _entry(first: int, last: int, tags: list[tuple[str, str]]) -> Reference:
    fields: dict[str, str] = {}
    for tag, value in tags:
        name = _FIELDS.get(tag, "")
        if name == "keywords" and name in fields:
            fields[name] = f"{fields[name]}; {value}"
        elif name and value:
            fields.setdefault(name, value)
    pages = "–".join(filter(None, (_first(tags, "SP"), _first(tags, "EP"))))
    if pages:
        fields["pages"] = pages
    return Reference(
        key=_first(tags, "ID"),
        kind=_first(tags, "TY").lower(),
        title=_first(tags, *_TITLES),
        authors=_people(tags, _AUTHORS),
        editors=_people(tags, _EDITORS),
        date=_date(_first(tags, *_DATES)),
        fields=fields,
        first=first,
        last=last,
    )


def _first(tags: list[tuple[str, str]], *wanted: str) -> str:
    return next((value for name in wanted for tag, value in tags if tag == name and value), "")


def _people(tags: list[tuple[str, str]], wanted: tuple[str, ...]) -> list[str]:
    names = [value for tag, value in tags if tag in wanted and value]
    people = []
    for name in names:
        family, *others = (part.strip() for part in name.split(","))
        people.append(natural_name(family, others[0] if others else "", others[1] if len(others) > 1 else ""))
    return [name for name in people if name]


def _date(value: str) -> str:
    match = _DATE.match(value)
    if not match:
        return value
    year, month, day = match.groups()
    if not month or not 0 < int(month) < 13:
        return str(year)
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day and 0 < int(day) < 32 else "")
