"""Sheets of OpenDocument spreadsheets: cells as displayed, dates in ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.readers.office.odf_text import DRAW, OFFICE, STYLE, TABLE, comment_text, lines_in
from semsearch.corpus.readers.office.sheet_values import plain_number
from semsearch.corpus.readers.office.sheets import LONGEST_NAME, Cell, Sheet, SheetRow, SheetText
from semsearch.types.documents import Parsed, Value

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read_sheets"]

_DIGIT = re.compile(r"\d")
_MOST_DECIMALS = 10
_MOST_EQUAL = 64
"""Most repetitions of a cell that are written out."""
_LAST_ROW = 1 << 24
"""Beyond the last row of a sheet in any program."""


def read_sheets(body: _Element, content: _Element, fields: Mapping[str, Value]) -> Parsed:
    """Return the text of a spreadsheet."""
    hidden = {
        style.get(STYLE + "name")
        for style in content.iter(STYLE + "style")
        if (shown := style.find(STYLE + "table-properties")) is not None and shown.get(TABLE + "display") == "false"
    }
    text = SheetText()
    for table in body.iterchildren(TABLE + "table"):
        with text.one_sheet():
            text.add(_sheet(table, hidden=table.get(TABLE + "style-name") in hidden))
    return text.parsed(fields)


def _sheet(table: _Element, *, hidden: bool) -> Sheet:
    sheet = Sheet(table.get(TABLE + "name") or "", hidden=hidden)
    number = 1
    for element in table.iter(TABLE + "table-row"):
        times = _times(element, "rows")
        cells = list(_cells(element, number, sheet))
        if cells:
            sheet.rows.append(SheetRow(number, cells, min(number + times - 1, _LAST_ROW)))
            above = element.getparent()
            if above is not None and above.tag == TABLE + "table-header-rows":
                sheet.headers.add(number)
        number = min(number + times, _LAST_ROW)
    for shapes in table.iterchildren(TABLE + "shapes"):
        sheet.shapes += [(1, text) for text in lines_in(shapes)]
    return sheet


def _cells(row: _Element, number: int, sheet: Sheet) -> Iterator[Cell]:
    column = 1
    for element in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
        times = _times(element, "columns")
        text, is_text = _value(element)
        for annotation in element.iterchildren(OFFICE + "annotation"):
            if comment := comment_text(annotation):
                sheet.notes.setdefault(number, []).append(comment)
        for shape in element:
            if isinstance(shape.tag, str) and shape.tag.startswith(DRAW):
                sheet.shapes += [(number, line) for line in lines_in(shape)]
        if text and not element.tag.endswith("covered-table-cell"):
            for at in range(min(times, _MOST_EQUAL if len(text) <= LONGEST_NAME else 1)):
                yield Cell(column + at, text, is_text)
            down, across = (whole(element.get(f"{TABLE}number-{name}-spanned")) for name in ("rows", "columns"))
            if down > 1:
                sheet.merged.append((number, column, number + down - 1, column + max(across, 1) - 1))
        column += times


def _times(element: _Element, what: str) -> int:
    return max(1, whole(element.get(f"{TABLE}number-{what}-repeated")))


def _value(cell: _Element) -> tuple[str, bool]:
    """Return the displayed value of a cell, and whether it is text."""
    kind = cell.get(OFFICE + "value-type") or ""
    paragraphs = [child for child in cell if isinstance(child.tag, str) and child.tag.endswith("}p")]
    shown = " ".join(" ".join(lines_in([paragraph])) for paragraph in paragraphs)
    if kind == "date":
        return (cell.get(OFFICE + "date-value") or shown).replace("T00:00:00", "").replace("T", " "), False
    if kind in ("float", "currency", "percentage"):
        return _shown_number(cell.get(OFFICE + "value") or "", shown, percent=kind == "percentage"), False
    if kind == "boolean":
        return ("TRUE" if cell.get(OFFICE + "boolean-value") == "true" else "FALSE"), False
    return shown, kind != "time"


def _shown_number(stored: str, shown: str, *, percent: bool) -> str:
    """Return a number with as many decimals as the cell displays, whatever its separators are."""
    try:
        value = float(stored) * (100 if percent else 1)
        plain = plain_number(value)
    except (ValueError, OverflowError):
        return shown
    digits = "".join(_DIGIT.findall(shown))
    candidates = (f"{value:.{decimals}f}" for decimals in range(_MOST_DECIMALS))
    number = next((text for text in candidates if "".join(_DIGIT.findall(text)) == digits), plain)
    return number + "%" if percent else number
