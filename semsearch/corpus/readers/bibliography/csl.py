"""CSL-JSON, the format of Zotero and Pandoc: each item a document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from semsearch.corpus.readers.bibliography.entries import Reference, library, natural_name
from semsearch.corpus.readers.data.data_records import DataRecord
from semsearch.types.documents import Parsed

__all__ = ["is_library", "parse"]

_TYPES = {
    *("article", "article-journal", "article-magazine", "article-newspaper", "bill", "book", "broadcast", "chapter"),
    *("classic", "collection", "dataset", "document", "entry", "entry-dictionary", "entry-encyclopedia", "event"),
    *("figure", "graphic", "hearing", "interview", "legal_case", "legislation", "manuscript", "map", "motion_picture"),
    *("musical_score", "pamphlet", "paper-conference", "patent", "performance", "periodical", "personal_communication"),
    *("post", "post-weblog", "regulation", "report", "review", "review-book", "software", "song", "speech", "standard"),
    *("thesis", "treaty", "webpage"),
}
_FIELDS = {
    **{"container-title": "journal", "publisher-place": "address", "issue": "number", "page": "pages", "DOI": "doi"},
    **{"URL": "url", "ISBN": "isbn", "ISSN": "issn", "keyword": "keywords", "collection-title": "series"},
}
_LEFT_OUT = ("id", "type", "title", "citation-key", "author", "editor", "issued")
_TAG = re.compile(r"</?(?:i|b|sup|sub|sc|span|p|jats:\w+)(?:\s[^<>]*)?>")


def is_library(found: Sequence[DataRecord]) -> bool:
    """Return whether the objects of a list are references: of a type of CSL, with a date or people."""
    return bool(found) and sum(map(_is_item, found)) * 2 > len(found)


def _is_item(record: DataRecord) -> bool:
    item = record.fields
    if not isinstance(item.get("type"), str) or item["type"] not in _TYPES:
        return False
    issued = item.get("issued")
    dated = isinstance(issued, Mapping) and bool(issued.keys() & {"date-parts", "raw", "literal", "season"})
    return dated or any(_people(item.get(who)) for who in ("author", "editor"))


def parse(found: Sequence[DataRecord], text: str) -> Parsed:
    """Return the items of a library as documents."""
    return library([_entry(record) for record in found], text)


def _entry(record: DataRecord) -> Reference:
    item = record.fields
    fields = {_FIELDS.get(name, name.lower()): _words(value) for name, value in item.items() if name not in _LEFT_OUT}
    return Reference(
        key=_words(item.get("citation-key")) or _words(item.get("id")),
        kind=_words(item.get("type")),
        title=_words(item.get("title")),
        authors=_people(item.get("author")),
        editors=_people(item.get("editor")),
        date=_date(item.get("issued")),
        fields={name: text for name, text in fields.items() if text},
        first=record.first,
        last=record.last,
    )


def _words(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(_TAG.sub("", value).split())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return _date(value) if isinstance(value, Mapping) else ""


def _people(value: Any) -> list[str]:
    people = [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
    found = []
    for one in people:
        parts = {name: _words(one.get(name)) for name in one}
        particle = parts.get("non-dropping-particle", "") or parts.get("dropping-particle", "")
        family = f"{particle} {parts.get('family', '')}".strip()
        found.append(parts.get("literal") or natural_name(family, parts.get("given", ""), parts.get("suffix", "")))
    return [name for name in found if name]


def _date(value: Any) -> str:
    if not isinstance(value, Mapping):
        return ""
    parts = value.get("date-parts")
    first = parts[0] if isinstance(parts, list) and parts else None
    numbers = [str(part) for part in first or () if isinstance(part, (int, str))] if isinstance(first, list) else []
    if numbers and all(part.isdecimal() and len(part) < 5 for part in numbers[:3]):
        return "-".join([numbers[0], *(part.zfill(2) for part in numbers[1:3])])
    return _words(value.get("raw")) or _words(value.get("literal"))
