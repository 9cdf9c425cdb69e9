"""JSON, JSON lines and YAML: text records become documents; configuration stays text, cut between its entries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from semsearch.corpus.readers.data.data_records import DataRecord, documents
from semsearch.corpus.text.blocks import Lines, TextBuilder
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Parsed

__all__ = ["outer", "parse_json", "read_json", "read_lines", "read_yaml"]

_BLANKS = re.compile(r"[ \t\n\r]*")
_LONG_LINE = 2000
"""A line of JSON with this many characters is not meant to be read by people."""
_MOST_ENTRIES = 20_000
_JSON_ENTRY = re.compile(r'([ \t]*)"(?:[^"\\]|\\.)*"[ \t]*:')
_YAML_ENTRY = re.compile(r"[\w\"'.$/][^#:\n]*:(?:\s|$)|---")
_YAML_ITEM = re.compile(r"- |---")


def read_json(data: bytes) -> Parsed:
    """Read a JSON file."""
    text = decode(data)
    return parse_json(text)


def parse_json(text: str) -> Parsed:
    """Parse JSON; invalid JSON is cut between lines that look like entries."""
    try:
        records = _best(text)
    except (ValueError, RecursionError):
        return _entries(text, _JSON_ENTRY)
    return documents(records, lambda: _spread(text) or _entries(text, _JSON_ENTRY))


def read_lines(data: bytes) -> Parsed:
    """Read JSON lines: one object per line."""
    text = decode(data)
    records, bad = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.isspace():
            value = _object(line)
            if value is None:
                bad += 1
            else:
                records.append(DataRecord(value, number, number))
    if bad * 50 > len(records):
        records = []
    return documents(records, lambda: _rows(text))


def read_yaml(data: bytes) -> Parsed:
    """Read a YAML file; records are looked for only in a list at its top."""
    text = decode(data)
    entry = _YAML_ENTRY if re.search(rf"^(?:{_YAML_ENTRY.pattern})", text, re.MULTILINE) else _YAML_ITEM
    return documents(_yaml_items(text), lambda: _entries(text, entry))


def _object(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _rows(text: str) -> Parsed:
    blocks = (Block(b.start, b.stop, BlockKind.TABLE, b.anchor) for b in Lines(text).paragraphs())
    return Parsed(text, tuple(blocks))


def _best(text: str) -> list[DataRecord]:
    """Return the objects of a JSON list, at the top or under a key, when it is most of the text.

    ValueError for invalid JSON.
    """
    scan = _Scan(text)
    lists: list[tuple[int, list[DataRecord]]] = []
    named: list[DataRecord] = []
    if scan.peek() == "{":
        for key in scan.entries():
            before = scan.at
            if scan.peek() == "[":
                records = scan.array()
                lists.append((scan.at - before, records))
            elif record := scan.value(key):
                named.append(record)
    elif scan.peek() == "[":
        lists.append((len(text), scan.array()))
    scan.end()
    size, records = max(lists, key=lambda pair: pair[0], default=(0, []))
    if size * 2 >= len(text):
        return records
    return named if len(named) > 2 and not lists else []


def outer(text: str) -> tuple[dict[str, Any], dict[str, list[DataRecord]]]:
    """Return the values of an object by key, and its lists of objects with their lines; a list's under "".

    Raises ValueError for invalid JSON, and RecursionError.
    """
    scan = _Scan(text)
    values: dict[str, Any] = {}
    lists: dict[str, list[DataRecord]] = {}
    if scan.peek() == "[":
        lists[""] = scan.array()
    else:
        for key in scan.entries():
            if scan.peek() == "[" and (records := scan.objects()):
                lists[key] = records
            else:
                values[key] = scan.any()
    scan.end()
    return values, lists


class _Scan:
    """Parses the outer levels of a JSON text itself, to know the positions of the inner ones."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.counted = 0
        self.line = 1
        self.decoder = json.JSONDecoder()

    def peek(self) -> str:
        match = _BLANKS.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return self.text[self.at : self.at + 1]

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise ValueError(f"no {mark} at {self.at}")
        self.at += 1

    def _more(self, closing: str) -> bool:
        """Read the comma before another element, or the closing mark."""
        if self.peek() == ",":
            self.at += 1
            return True
        self._take(closing)
        return False

    def array(self) -> list[DataRecord]:
        """Return the objects of an array; none when it has other elements, too."""
        records, others = [], False
        self._take("[")
        if self.peek() == "]":
            self.at += 1
            return []
        while True:
            record = self.value("")
            others = others or record is None
            if record:
                records.append(record)
            if not self._more("]"):
                return [] if others else records

    def entries(self) -> Iterator[str]:
        """Yield the keys of an object; each value must be read before the next key."""
        self._take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            self.peek()
            key, self.at = self.decoder.raw_decode(self.text, self.at)
            if not isinstance(key, str):
                raise ValueError(f"no key at {self.at}")
            self._take(":")
            yield key
            if not self._more("}"):
                return

    def value(self, name: str) -> DataRecord | None:
        """Read a value; return it if it is an object."""
        self.peek()
        first = self._line(self.at)
        value, self.at = self.decoder.raw_decode(self.text, self.at)
        return DataRecord(value, first, self._line(self.at), name) if isinstance(value, dict) else None

    def _line(self, at: int) -> int:
        self.line += self.text.count("\n", self.counted, at)
        self.counted = at
        return self.line

    def objects(self) -> list[DataRecord]:
        """Read an array of objects; for any other array return an empty list and do not advance."""
        before = self.at, self.counted, self.line
        records = self.array()
        if not records:
            self.at, self.counted, self.line = before
        return records

    def any(self) -> Any:
        """Read a value of any type."""
        self.peek()
        value, self.at = self.decoder.raw_decode(self.text, self.at)
        return value

    def end(self) -> None:
        """Raise ValueError when anything follows."""
        if self.peek():
            raise ValueError(f"more at {self.at}")


def _spread(text: str) -> Parsed | None:
    """Return JSON that is on one long line with one line per entry; None when its lines are short enough."""
    if max(map(len, text.split("\n"))) < _LONG_LINE:
        return None
    builder = TextBuilder()
    spread = json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    builder.add(spread, Anchor(AnchorKind.LINE, 1, max(1, text.rstrip().count("\n") + 1)), BlockKind.CODE)
    return builder.parsed()


def _entries(text: str, entry: re.Pattern[str]) -> Parsed:
    """Return a text cut before its top-level entries: the lines of the least indented keys."""
    lines = Lines(text)
    starts: list[int] = []
    least = None
    for number, line in enumerate(lines.lines):
        match = entry.match(line) if len(line) < _LONG_LINE else None
        if not match:
            continue
        indent = len(match[1]) if match.lastindex else 0
        if least is None or indent < least:
            least, starts = indent, []
        if indent == least:
            starts.append(number)
    if len(starts) > _MOST_ENTRIES:
        starts = []
    bounds = [0, *(_with_comments(lines, number) for number in starts), len(lines)]
    blocks = (lines.block(a, b, BlockKind.CODE) for a, b in pairwise(bounds) if a < b)
    return Parsed(text, tuple(block for block in blocks if block))


def _with_comments(lines: Lines, number: int) -> int:
    """Return the first of the comment lines right above an entry."""
    while number and lines.lines[number - 1].lstrip()[:1] == "#":
        number -= 1
    return number


def _yaml_items(text: str) -> list[DataRecord]:
    """Return the items of a list at the top of a YAML text, if they are mappings.

    Each is read alone and as plain strings: no alias refers outside it, nothing is merged or constructed.
    """
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines) if line.startswith("- ")]
    head = [
        line for line in lines[: starts[0] if starts else 0] if line.strip() and not line.startswith(("#", "---", "%"))
    ]
    loose = any(line[:1] not in (" ", "\t", "", "#", "-") for line in lines[starts[0] :]) if starts else True
    if len(starts) < 2 or head or loose:
        return []
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    records = []
    for first, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            value = yaml.load("\n".join(lines[first:stop]), Loader=loader)
        except (yaml.YAMLError, RecursionError, ValueError):
            return []
        if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)):
            return []
        while stop > first + 1 and not lines[stop - 1].strip():
            stop -= 1
        records.append(DataRecord(value[0], first + 1, stop))
    return records
