"""Sheets of a spreadsheet as text: a sheet is a heading, each row a line and a block.

Rows make sense alone: each names its columns, or is under a heading that does. A workbook of measurements would be
thousands of useless passages, so rows without any word are kept only up to a limit.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache

from semsearch.corpus.readers.office.package import BROKEN
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Value

__all__ = ["Cell", "Sheet", "SheetRow", "SheetText", "column_number"]

MOST_NUMBERS = 200_000
"""Most characters of rows without a word that are kept of a workbook: some 400 passages."""
MOST_REPEATED = 200_000
"""Most cells that merged cells are repeated into."""
FEW_ROWS = 50
"""A table with at most this many rows names its columns in every row, whatever that costs."""
LONGEST_NAME = 80
"""Longest name of a column, in characters."""
LONGEST_TITLE = 200
"""Longest title row, in characters."""
_SAMPLE_ROWS = 20
"""Rows that are examined to decide whether the one above them names the columns."""
_MOST_TITLES = 4


@dataclass(slots=True)
class Cell:
    """A non-empty cell: its column from 1, its displayed value, whether that is text, and whether it is bold."""

    column: int
    text: str
    is_text: bool
    bold: bool = False


@dataclass(slots=True)
class SheetRow:
    """A non-empty row, from 1; `last` is larger for several equal rows in succession."""

    number: int
    cells: list[Cell]
    last: int = 0


@dataclass(slots=True)
class Sheet:
    """A sheet in any format."""

    name: str
    rows: list[SheetRow] = field(default_factory=list)
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, last row, last column."""
    headers: set[int] = field(default_factory=set)
    """Rows that the file itself declares as column names."""
    notes: dict[int, list[str]] = field(default_factory=dict)
    """Comments, by row."""
    shapes: list[tuple[int, str]] = field(default_factory=list)
    """Text in shapes over the cells: (row, text)."""


@lru_cache(maxsize=1000)
def column_number(letters: str) -> int:
    """Return the number of a column, from 1: `A` is 1, `AA` is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


class SheetText:
    """Collects the text of a workbook's sheets."""

    def __init__(self) -> None:
        """Start empty."""
        self.builder = TextBuilder()
        self.left = MOST_NUMBERS
        self.left_out = 0
        self.sheets = 0
        self.broken: list[Exception] = []
        self.under = False
        """Whether a heading below that of the sheet is open."""

    @contextmanager
    def one_sheet(self, *errors: type[Exception]) -> Iterator[None]:
        """Count the sheet read in this context; one of `errors`, or of BROKEN, spoils only that sheet."""
        self.sheets += 1
        caught: tuple[type[Exception], ...] = (*BROKEN, *errors)
        try:
            yield
        except caught as error:
            self.broken.append(error)

    def parsed(self, fields: Mapping[str, Value], *, unstored: int = 0) -> Parsed:
        """Return the collected text; `fields` are the workbook's properties, including its title.

        `unstored` is the number of formulas without a value in the file. Raises ValueError when no sheet can be read.
        """
        if self.broken and not self.builder.blocks:
            raise ValueError(str(self.broken[0])) from self.broken[0]
        known = {**fields, "sheets": self.sheets}
        title = str(known.pop("title", ""))
        parsed = self.builder.parsed(title, known)
        remarks = [f"{len(self.broken)} of {self.sheets} sheets broken"] if self.broken else []
        remarks += [f"{self.left_out:,} rows of numbers left out"] if self.left_out else []
        remarks += [f"{unstored:,} formula{'s' * (unstored > 1)} without a stored value"] if unstored else []
        return Parsed(parsed.text, parsed.blocks, parsed.title, parsed.metadata, remark=", ".join(remarks))

    def add(self, sheet: Sheet) -> None:
        """Append a sheet, unless it is empty."""
        if not (sheet.rows or sheet.shapes or sheet.notes):
            return
        _repeat_merged(sheet)
        first = sheet.rows[0].number if sheet.rows else 1
        self._heading(f"{sheet.name} (hidden)" if sheet.hidden else sheet.name, 1, first)
        self.under = False
        for region in _regions(sheet):
            self._region(region, sheet)
        for row, text in sheet.shapes:
            self.builder.add(text, Anchor(AnchorKind.ROW, row, row))
        for row, notes in sorted(sheet.notes.items()):  # those of rows without a line
            self.builder.add(" ".join(notes), Anchor(AnchorKind.ROW, row, row))

    def _heading(self, text: str, level: int, row: int) -> None:
        self.builder.add(text, Anchor(AnchorKind.ROW, row, row), BlockKind.HEADING, level=level)

    def _region(self, rows: list[SheetRow], sheet: Sheet) -> None:
        """Append a region of rows."""
        at = _header(rows, sheet.headers)
        titles = _titles(rows, at)
        if self.under:
            self._heading("", 2, rows[0].number)  # end the headings of the previous region
        self.under = titles > 0
        for level, row in enumerate(rows[:titles], 2):
            self._heading(row.cells[0].text, level, row.number)
        body = rows[titles:]
        names: dict[int, str] = {}
        if at is not None:
            self._rows([_named(row, {}) for row in rows[titles:at]], rows[titles:at], sheet.notes)
            names = {cell.column: cell.text for cell in rows[at].cells}
            body = rows[at + 1 :]
            if not _worth_repeating(names, body):
                self.under = True
                self._heading(" | ".join(names.values()), 2 + titles, rows[at].number)
                self._rows([_aligned(row, names) for row in body], body, sheet.notes)
                return
        self._rows([_named(row, names) for row in body], body, sheet.notes)

    def _rows(self, lines: list[str], rows: list[SheetRow], notes: dict[int, list[str]]) -> None:
        """Append rows as lines, each a block, with their comments."""
        separator = "\n\n"
        for line, row in zip(lines, rows, strict=True):
            if not any(cell.is_text for cell in row.cells):
                self.left -= len(line)
                if self.left < 0:
                    self.left_out += 1
                    continue
            line = " ".join([line, *notes.pop(row.number, ())])
            anchor = Anchor(AnchorKind.ROW, row.number, max(row.number, row.last))
            self.builder.add(line, anchor, BlockKind.TABLE, separator=separator)
            separator = "\n"


def _named(row: SheetRow, names: Mapping[int, str]) -> str:
    return " | ".join(f"{name}: {cell.text}" if (name := names.get(cell.column)) else cell.text for cell in row.cells)


def _aligned(row: SheetRow, names: Mapping[int, str]) -> str:
    """Return a row under a heading that names its columns; a column without a value keeps its position.

    A mostly empty row names its columns nevertheless.
    """
    if 2 * len(row.cells) < len(names):
        return _named(row, names)
    texts = dict.fromkeys(names, "") | {cell.column: cell.text for cell in row.cells}
    return " | ".join(text for _, text in sorted(texts.items()))


def _worth_repeating(names: Mapping[int, str], body: list[SheetRow]) -> bool:
    """Return whether rows should name their columns: not in a long table whose names outweigh its values."""
    if len(body) <= FEW_ROWS:
        return True
    named = sum(len(names.get(cell.column, "")) for row in body for cell in row.cells)
    return named <= sum(len(cell.text) for row in body for cell in row.cells)


def _regions(sheet: Sheet) -> Iterator[list[SheetRow]]:
    """Yield regions of rows, separated by empty ones; column names stay with a table after a single empty row."""
    groups: list[list[SheetRow]] = []
    for row in sheet.rows:
        if not groups or row.number > _end(groups[-1]) + 1:
            groups.append([])
        groups[-1].append(row)
    pending: list[SheetRow] = []
    for group, after in zip(groups, [*groups[1:], []], strict=True):
        pending += group
        near = len(pending) <= _MOST_TITLES and after and after[0].number == _end(group) + 2
        if not (near and len(group[-1].cells) > 1 and _names_columns(group[-1], after[:_SAMPLE_ROWS])):
            yield pending
            pending = []


def _end(rows: list[SheetRow]) -> int:
    return max(rows[-1].number, rows[-1].last)


def _titles(rows: list[SheetRow], header: int | None) -> int:
    """Return the number of title rows at the top of a region, above its table."""
    if header is None or header > _MOST_TITLES:
        return 0
    titles = all(
        len(row.cells) == 1 and row.cells[0].is_text and len(row.cells[0].text) <= 200 for row in rows[:header]
    )
    return header if titles else 0


def _header(rows: list[SheetRow], sure: set[int]) -> int | None:
    """Return which of the first rows names the columns, as declared by the file or guessed from the rows below it."""
    for at, row in enumerate(rows[: _MOST_TITLES + 1]):
        body = rows[at + 1 : at + 1 + _SAMPLE_ROWS]
        if len(row.cells) < 2 or not body or max(len(cell.text) for cell in row.cells) > LONGEST_NAME:
            continue
        if row.number in sure or _names_columns(row, body):
            return at
    return None


def _names_columns(row: SheetRow, body: list[SheetRow]) -> bool:
    texts = [cell.text for cell in row.cells]
    if len(set(texts)) < len(texts):
        return False
    below: dict[int, list[Cell]] = {}
    for other in body:
        for cell in other.cells:
            below.setdefault(cell.column, []).append(cell)
    if 2 * sum(cell.column in below for cell in row.cells) < max(len(below), len(row.cells)):
        return False
    bold = all(cell.bold for cell in row.cells) and not all(cell.bold for cell in body[0].cells)
    if bold:
        return any(cell.is_text for cell in row.cells)
    if not all(cell.is_text for cell in row.cells):
        return False
    return any(_numbers(below.get(cell.column, [])) for cell in row.cells)


def _numbers(cells: list[Cell]) -> bool:
    """Return whether a column consists of numbers, beginning right below its name."""
    return len(cells) > 0 and not cells[0].is_text and 2 * sum(not cell.is_text for cell in cells) > len(cells)


def _repeat_merged(sheet: Sheet) -> None:
    """Repeat merged cells in all rows that they span, where those have other cells."""
    numbers = [row.number for row in sheet.rows]
    left = MOST_REPEATED
    for top, column, bottom, _ in sheet.merged:
        first, last = bisect_left(numbers, top), bisect_right(numbers, bottom)
        if last - first < 2 or numbers[first] != top:
            continue
        merged = next((cell for cell in sheet.rows[first].cells if cell.column == column), None)
        if merged is None or not merged.is_text or len(merged.text) > 2 * LONGEST_NAME:
            continue
        for row in sheet.rows[first + 1 : last][: max(0, left)]:
            left -= 1
            if all(cell.column != column for cell in row.cells):
                row.cells.append(merged)
                row.cells.sort(key=lambda cell: cell.column)
