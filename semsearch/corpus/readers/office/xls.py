"""XLS and XLSB, the binary spreadsheet formats, read by calamine."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from semsearch.corpus.readers import extras
from semsearch.corpus.readers.office import sheet_extents
from semsearch.corpus.readers.office.sheet_values import elapsed, iso, plain_number
from semsearch.corpus.readers.office.sheets import Cell, Sheet, SheetRow, SheetText
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

__all__ = ["read"]

_Value: TypeAlias = str | int | float | bool | time | date | datetime | timedelta


def read(data: bytes) -> Parsed:
    """Read a workbook; an anchor counts the rows of its sheet. Raises SourceUnreadable, ValueError."""
    try:
        return _read(data)
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # a Rust panic, not a subclass of Exception
            raise ValueError(f"its reader failed: {error}") from error
        raise


def _read(data: bytes) -> Parsed:
    extras.need(extras.NO_SHEETS)
    import python_calamine as calamine

    sheet_extents.check(data)
    try:
        workbook = calamine.CalamineWorkbook.from_filelike(BytesIO(data))
    except calamine.PasswordError as error:
        raise SourceUnreadable("encrypted") from error
    except calamine.CalamineError as error:
        raise ValueError(str(error)) from error
    text = SheetText()
    for number, facts in enumerate(workbook.sheets_metadata):
        if facts.typ not in (calamine.SheetTypeEnum.WorkSheet, calamine.SheetTypeEnum.MacroSheet):
            continue
        hidden = facts.visible != calamine.SheetVisibleEnum.Visible
        with text.one_sheet(calamine.CalamineError):
            text.add(_sheet(workbook.get_sheet_by_index(number), facts.name, hidden=hidden))
    return text.parsed({})


def _sheet(source: CalamineSheet, name: str, *, hidden: bool) -> Sheet:
    sheet = Sheet(name, hidden=hidden)
    # Row by row, all columns from the first: the whole grid as Python objects would be many times the file's size.
    for number, values in enumerate(source.iter_rows(), 1):
        cells = [
            Cell(column, text, isinstance(value, str))
            for column, value in enumerate(values, 1)
            if value != "" and (text := _text(value))
        ]
        if cells:
            sheet.rows.append(SheetRow(number, cells))
    for (first, column), (last, final) in source.merged_cell_ranges or ():
        sheet.merged.append((first + 1, column + 1, last + 1, final + 1))
    return sheet


def _text(value: _Value) -> str:
    """Return the displayed value of a cell."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return plain_number(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, timedelta):
        return elapsed(value.total_seconds())
    return value.isoformat()
