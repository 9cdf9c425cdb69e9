"""A reference of a bibliography in any format, as a separate document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from semsearch.corpus.readers.data.data_records import MOST, TYPE
from semsearch.corpus.readers.text import parse as parse_text
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.corpus.text.decode import one_line
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Member, Parsed, Value

__all__ = ["Reference", "library", "natural_name"]

_LONGEST_FACT = 200
_NAMED = 3
"""Broken entries that a remark names."""
_PLACES = ("journal", "booktitle", "series", "publisher", "school", "institution", "howpublished")
_TEXTS = ("abstract", "note", "annote", "annotation")
_LABELS = {"abstract": "", "keywords": "Keywords: "}
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


@dataclass(slots=True)
class Reference:
    """A reference: `fields` are plain text under BibTeX's names, without title, authors and editors."""

    key: str
    kind: str
    title: str = ""
    authors: Sequence[str] = ()
    editors: Sequence[str] = ()
    date: str = ""
    """`2031`, `2031-02`, `2031-02-21`, or the library's own text."""
    fields: Mapping[str, str] = field(default_factory=dict)
    first: int = 1
    last: int = 1
    """Its lines in the file."""
    source: str = ""
    """The text of a broken entry, which is kept as it is."""


def library(found: Sequence[Reference], text: str, remark: str = "") -> Parsed:
    """Return a library as its entries, each a document; with no entry, or too many, the whole text as one."""
    if not found:
        return parse_text(text)
    broken = [entry.key or f"line {entry.first}" for entry in found if entry.source]
    if broken:
        more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        broken_remark = f"broken entries, kept as they are: {', '.join(broken[:_NAMED])}{more}"
        remark = "; ".join(filter(None, (remark, broken_remark)))
    if len(found) > MOST:
        whole = parse_text(text)
        more = f"more than {MOST:,} entries: read as one document"
        return Parsed(whole.text, whole.blocks, remark="; ".join(filter(None, (remark, more))))
    members = tuple(_member(entry, number) for number, entry in enumerate(found, 1))
    return Parsed("", (), metadata={"records": len(found)}, members=members, remark=remark)


def natural_name(family: str, given: str = "", suffix: str = "") -> str:
    """Return a name with the given name first."""
    return " ".join(part.strip() for part in (given, family, suffix) if part.strip())


def _member(entry: Reference, number: int) -> Member:
    anchor = Anchor(AnchorKind.LINE, entry.first, max(entry.first, entry.last))
    builder = TextBuilder()
    if entry.source:
        builder.add(entry.source.strip(), anchor, BlockKind.CODE)
    else:
        if entry.title:  # in the text too, where quoted phrases are searched
            builder.add(entry.title, anchor, BlockKind.HEADING, level=1)
        for paragraph in _paragraphs(entry):
            builder.add(paragraph, anchor)
    parsed = builder.parsed(entry.title, _facts(entry))
    remark = "broken entry" if entry.source else ""
    parsed = Parsed(parsed.text, parsed.blocks, parsed.title, parsed.metadata, remark=remark)
    return Member(one_line(entry.key, 200) or str(number), TYPE, parsed)


def _paragraphs(entry: Reference) -> list[str]:
    """Return an entry as a bibliography shows it, without its title, which is the document's."""
    people = ", ".join(entry.authors)
    editors = f"{', '.join(entry.editors)} (ed.)" if entry.editors else ""
    fields = entry.fields
    places = [fields[name] for name in _PLACES if fields.get(name)]
    numbers = [
        f"{label} {fields[name]}"
        for name, label in (("volume", "vol."), ("number", "no."), ("pages", "pp."))
        if fields.get(name)
    ]
    parts = [people, f"({entry.date})" if entry.date else "", editors, ", ".join([*places, *numbers])]
    head = ". ".join(part for part in (" ".join(filter(None, parts[:2])), *parts[2:]) if part)
    codes = [fields[name] for name in ("doi", "isbn", "eprint") if fields.get(name)]
    lines = [head, " ".join(filter(None, (entry.key, *codes)))]
    bodies = [fields[name] for name in _TEXTS if fields.get(name)]
    if fields.get("keywords"):
        bodies.append(f"{_LABELS['keywords']}{fields['keywords']}")
    bodies += [f"{name}: {text}" for name, text in fields.items() if _is_body(name, text)]
    found = ["\n".join(line for line in lines if line), *bodies]
    paragraphs = [paragraph for paragraph in found if paragraph]
    return paragraphs or ([] if entry.title else [entry.kind])


def _is_body(name: str, text: str) -> bool:
    """Return whether an unknown field is text, and not the paths or encoded data of some program."""
    known = (*_TEXTS, *_PLACES, "keywords", "file")
    return name not in known and not name.startswith("bdsk-") and len(text) > _LONGEST_FACT and " " in text.strip()


def _one_or_several(values: Sequence[str]) -> Value:
    """Return a single value as text, several as a tuple."""
    stripped = tuple(filter(None, (value.strip() for value in values)))
    return stripped if len(stripped) > 1 else "".join(stripped)


def _facts(entry: Reference) -> dict[str, Value]:
    year = _YEAR.search(entry.date)
    facts: dict[str, Value] = {
        "author": _one_or_several(entry.authors),
        "editor": _one_or_several(entry.editors),
        "year": int(year[0]) if year else entry.date,
        "date": entry.date if year and entry.date != year[0] else "",
        "key": entry.key,
        "entry": entry.kind,
        "tags": _one_or_several(re.split(r"[;,]", entry.fields.get("keywords", ""))),
    }
    short = {
        name: text
        for name, text in entry.fields.items()
        if name not in facts and name not in ("keywords", *_TEXTS) and len(text) <= _LONGEST_FACT
    }
    return {name: value for name, value in {**short, **facts}.items() if value}
