"""BibTeX and BibLaTeX: each entry a document. A broken entry ends where the next one begins, and spoils no other."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from semsearch.corpus.readers.bibliography.entries import Reference, library, natural_name
from semsearch.corpus.readers.bibliography.latex_text import plain, top_level
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Parsed

__all__ = ["parse", "read"]

_START = re.compile(r"@[ \t\n]*([A-Za-z]+)[ \t\n]*([{(])")
_AT_LINE = re.compile(r"^[ \t]*@[ \t]*[A-Za-z]+[ \t]*[{(]", re.MULTILINE)
_KEY = re.compile(r"[ \t\n]*([^,\s{}()=]*)[ \t\n]*(,|(?=[})])|\Z)")
_NAME = re.compile(r"[ \t\n,]*([^\s,={}()\"#]+)[ \t\n]*=[ \t\n]*")
_BARE = re.compile(r"[^\s,#{}()\"=]+")
_JOINED = re.compile(r"[ \t\n]*#[ \t\n]*")
_END = re.compile(r"[ \t\n,]*")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_BRACE_OR_QUOTE = re.compile(r"\\.|[{}\"]", re.DOTALL)
_AND = re.compile(r"[ \t\n]+and[ \t\n]+", re.IGNORECASE)
_COMMA = re.compile(r",")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_ISO = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?")
_AS_THEY_ARE = ("url", "doi", "file", "eprint", "howpublished")
_ESCAPED = re.compile(r"\\([_%&#~$])")
_URL = re.compile(r"\\url[ \t]*\{([^{}]*)\}")
_ALIASES = {"journaltitle": "journal", "location": "address", "annotation": "annote", "issue": "number"}
_DEEPEST = 4
"""Longest chain of cross references."""


@dataclass(slots=True)
class _Raw:
    """The content of an entry's braces, in LaTeX."""

    kind: str
    key: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    start: int = 0
    stop: int = 0
    broken: bool = False


class _Broken(Exception):
    """An entry with invalid syntax."""


def read(data: bytes) -> Parsed:
    """Read a BibTeX file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse a BibTeX library; strings and cross references are resolved, comments and preambles dropped."""
    scan = _Scan(text)
    raws = list(scan.entries())
    by_key = {raw.key.lower(): raw for raw in reversed(raws) if raw.key and not raw.broken}
    starts = Lines(text).starts
    return library([_entry(raw, by_key, text, starts) for raw in raws], text)


class _Scan:
    """One pass over a library."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.strings = dict(zip(_MONTHS, _FULL, strict=True))
        self.bounds = [match.start() for match in _AT_LINE.finditer(text)]

    def entries(self) -> Iterator[_Raw]:
        at = 0
        while match := _START.search(self.text, at):
            if "%" in self.text[max(at, self.text.rfind("\n", at, match.start()) + 1) : match.start()]:  # commented out
                at = match.end()
                continue
            stop = self._next(match.end())
            kind = match[1].lower()
            raw = _Raw(kind, start=match.start())
            try:
                at = self._take(raw, match.end(), ")" if match[2] == "(" else "}", stop)
            except _Broken:
                raw.broken, at = True, stop
            raw.stop = at
            if kind not in ("comment", "preamble", "string"):
                yield raw

    def _next(self, at: int) -> int:
        """Return the start of the next line that begins an entry."""
        number = bisect_right(self.bounds, at)
        return self.bounds[number] if number < len(self.bounds) else len(self.text)

    def _take(self, raw: _Raw, at: int, closing: str, stop: int) -> int:
        """Read an entry after its opening brace; return its end. Raises _Broken."""
        if raw.kind == "comment":
            return at  # in BibTeX a comment has no end: entries may follow at once
        if raw.kind == "preamble":
            return self._closed(self._value(at, stop)[1], closing, stop)
        if raw.kind != "string":
            key = _KEY.match(self.text, at, stop)
            if key is None:
                raise _Broken
            raw.key, at = key[1], key.end()
        at = self._fields(raw, at, stop)
        if raw.kind == "string":
            self.strings.update({name: text for name, text in raw.fields.items()})
        return self._closed(at, closing, stop)

    def _fields(self, raw: _Raw, at: int, stop: int) -> int:
        while name := _NAME.match(self.text, at, stop):
            text, at = self._value(name.end(), stop)
            key = name[1].lower()
            if key in raw.fields and text and text != raw.fields[key]:
                text = f"{raw.fields[key]} and {text}" if key in ("author", "editor") else f"{raw.fields[key]}; {text}"
            raw.fields[key] = text
        return at

    def _closed(self, at: int, closing: str, stop: int) -> int:
        match = _END.match(self.text, at, stop)
        at = match.end() if match else at
        if not self.text.startswith(closing, at) or at >= stop:
            raise _Broken
        return at + 1

    def _value(self, at: int, stop: int) -> tuple[str, int]:
        """Return a value, its parts joined, and its end. Raises _Broken."""
        parts = []
        while True:
            part, at = self._part(at, stop)
            parts.append(part)
            more = _JOINED.match(self.text, at, stop)
            if more is None:
                return "".join(parts), at
            at = more.end()

    def _part(self, at: int, stop: int) -> tuple[str, int]:
        mark = self.text[at : at + 1] if at < stop else ""
        if mark in ("{", '"') and mark:
            end = self._matching(at + 1, stop, mark)
            return self.text[at + 1 : end], end + 1
        bare = _BARE.match(self.text, at, stop)
        if bare is None:
            raise _Broken
        word = bare[0]
        return self.strings.get(word.lower(), word), bare.end()

    def _matching(self, at: int, stop: int, mark: str) -> int:
        """Return the position that closes the brace or quotation mark opened before `at`. Raises _Broken."""
        depth = 1 if mark == "{" else 0
        for match in (_BRACE if mark == "{" else _BRACE_OR_QUOTE).finditer(self.text, at, stop):
            if match[0] == "{":
                depth += 1
            elif match[0] == "}":
                depth -= 1
                if depth == 0 and mark == "{":
                    return match.start()
            elif match[0] == '"' and depth == 0:
                return match.start()
        raise _Broken


def _entry(raw: _Raw, by_key: Mapping[str, _Raw], text: str, starts: list[int]) -> Reference:
    fields = _inherited(raw, by_key)
    people = {who: _people(fields.pop(who, "")) for who in ("author", "editor")}
    date = _date(fields)
    renamed: dict[str, str] = {}
    for name, value in fields.items():
        renamed.setdefault(_ALIASES.get(name, name), _field(name, value))
    title = ": ".join(filter(None, (renamed.pop("title", ""), renamed.pop("subtitle", ""))))
    return Reference(
        raw.key, raw.kind, title, people["author"], people["editor"], date, renamed,
        bisect_right(starts, raw.start), bisect_right(starts, max(raw.start, raw.stop - 1)),
        text[raw.start : raw.stop] if raw.broken else "",
    )  # fmt: skip


def _inherited(raw: _Raw, by_key: Mapping[str, _Raw]) -> dict[str, str]:
    """Return the fields of an entry, with those of its cross-referenced parents as defaults."""
    fields = dict(raw.fields)
    above, seen = raw, {raw.key.lower()}
    for _ in range(_DEEPEST):
        key = above.fields.get("crossref", "").strip().lower()
        if key in seen or key not in by_key:
            break
        seen.add(key)
        above = by_key[key]
        for name, value in above.fields.items():
            fields.setdefault("booktitle" if name == "title" else name, value)
    return fields


def _people(value: str) -> list[str]:
    """Return the people in a field, given names first."""
    people = []
    for name in top_level(value, _AND):
        parts = [plain(part) for part in top_level(name, _COMMA)]
        if parts[0].lower() == "others" and len(parts) == 1:
            continue
        suffix = parts[1] if len(parts) > 2 else ""
        people.append(natural_name(parts[0], parts[-1] if len(parts) > 1 else "", suffix))
    return [name for name in people if name]


def _date(fields: dict[str, str]) -> str:
    date = plain(fields.pop("date", ""))
    year, month = plain(fields.pop("year", "")), plain(fields.get("month", ""))
    if iso := _ISO.match(date):
        return iso[0]
    if not year.isdecimal() or len(year) != 4:
        return year or date
    number = _MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in _MONTHS else 0
    number = number or (int(month) if month.isdecimal() and 0 < int(month[:4]) < 13 else 0)
    return f"{year}-{number:02d}" if number else year


def _field(name: str, value: str) -> str:
    if name in _AS_THEY_ARE:
        return _ESCAPED.sub(r"\1", _URL.sub(r"\1", " ".join(value.split()))).strip("{}")
    return plain(value)
