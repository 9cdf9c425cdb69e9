"""CSV and TSV: a table with rows of text becomes one document per row, any other one document under its header."""

from __future__ import annotations

import csv
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from semsearch.corpus.readers.data.data_records import DataRecord, documents
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Block, BlockKind, Parsed

__all__ = ["parse", "read"]

_DELIMITERS = ",;\t|"
_LONGEST_FIELD = 1 << 30
_LONGEST_ROW = 1000
"""A row with this many lines is not a row, but has an unclosed quotation mark."""
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*%?|[-+]?\d+(?:\.\d+)?[eE][-+]?\d+|\d{4}-\d\d-\d\d.*")
_LONGEST_NUMBER = 80
_MOST_ROWS_APART = 50_000
_limit = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Row:
    cells: list[str]
    first: int
    last: int


def read(data: bytes) -> Parsed:
    """Read a table in any encoding and with any of the usual delimiters."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse a table."""
    rows, delimiter = _rows(text)
    header = _header(rows)
    if not rows or not (delimiter or (header and all(len(row.cells) == 1 for row in rows))):
        return _as_lines(text, rows, [])
    width = Counter(len(row.cells) for row in islice(rows, 1000)).most_common(1)[0][0]
    names = header or [f"column {number}" for number in range(1, width + 1)]
    records = [_record(row, names, delimiter) for row in rows[1 if header else 0 :]]
    return documents(records, lambda: _as_lines(text, rows, header))


def _record(row: _Row, names: list[str], delimiter: str) -> DataRecord:
    """Return a row under the names of its columns; surplus cells belong to the last one, which was not quoted."""
    cells = row.cells
    if len(cells) > len(names):
        cells = [*cells[: len(names) - 1], f"{delimiter} ".join(cells[len(names) - 1 :]).rstrip(" " + delimiter)]
    return DataRecord(dict(zip(names, cells, strict=False)), row.first, row.last)


def _rows(text: str) -> tuple[list[_Row], str]:
    """Return the rows that are not blank and the delimiter of their cells; empty when there is none."""
    lines = text.split("\n")
    with _long_fields():
        delimiter = _delimiter(lines)
        for quoted in (True, False):
            rows = list(_read(lines, delimiter or ",", quoted=quoted))
            if all(row.last - row.first < _LONGEST_ROW for row in rows):
                break
    return rows, delimiter


@contextmanager
def _long_fields() -> Iterator[None]:
    """Allow cells of any length; the limit is process-wide, so it is restored."""
    with _limit:
        before = csv.field_size_limit(_LONGEST_FIELD)
        try:
            yield
        finally:
            csv.field_size_limit(before)


def _read(lines: list[str], delimiter: str, *, quoted: bool = True) -> Iterator[_Row]:
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE
    reader = csv.reader((line + "\n" for line in lines), delimiter=delimiter, quoting=quoting, skipinitialspace=True)
    before = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            last = min(reader.line_num, len(lines))
            yield _Row([cell.strip() for cell in cells], before + 1, last)
        before = reader.line_num


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that splits the first rows into the same number of cells, more than one."""
    sample = [line for line in lines[:200] if line.strip()][:50]
    best, delimiter = 0.0, ""
    for candidate in _DELIMITERS:
        widths = Counter(len(row.cells) for row in _read(sample, candidate))
        if not widths:
            continue
        width, rows = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
        score = (rows / sum(widths.values())) * (1 + min(width, 20) / 100)
        if width > 1 and score > best:
            best, delimiter = score, candidate
    return delimiter


def _header(rows: list[_Row]) -> list[str]:
    """Return the column names, when the first row holds names: short, distinct, no numbers, no sentences."""
    names = list(rows[0].cells) if len(rows) > 1 else []
    while names and not names[-1]:
        names.pop()
    short = all(name and len(name) <= 80 and len(name.split()) <= 8 and name[-1] not in ".!?" for name in names)
    if not short or len(set(names)) < len(names) or any(map(_NUMBER.fullmatch, names)):
        return []
    below = [row.cells for row in rows[1:50]]
    if any(name.lower() in ("id", "_id", "text", "title", "name", "date") for name in names):
        return names
    numbers = any(_NUMBER.fullmatch(cell) for cells in below for cell in cells if 0 < len(cell) <= _LONGEST_NUMBER)
    longer = sum(map(len, names)) * len(below) * 2 < sum(len(cell) for cells in below for cell in cells)
    return names if numbers or longer else []


def _as_lines(text: str, rows: list[_Row], header: list[str]) -> Parsed:
    """Return a table as it is in the file, under its header if it has one; no row is cut."""
    lines = Lines(text)
    blocks: list[Block] = []
    covered = 0
    if header:
        top = lines.block(rows[0].first - 1, rows[0].last, BlockKind.HEADING, 1, " | ".join(header))
        blocks = [top] if top else []
        covered = rows[0].last
    if len(rows) <= _MOST_ROWS_APART and any(row.last > row.first for row in rows):
        candidates = (lines.block(row.first - 1, row.last) for row in rows if row.first > covered)
        parts = [block for block in candidates if block]
    else:
        parts = list(lines.paragraphs(covered))
    blocks += [Block(block.start, block.stop, BlockKind.TABLE, block.anchor) for block in parts]
    return Parsed(text, tuple(blocks))
