"""XLSX and XLSM: the sheets of a workbook in order, with the stored values of formulas.

Parsed from the file's XML, row by row: a sheet may have one cell at its far corner, which is costly for readers that
build a grid, and those ignore number formats, comments and text boxes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.readers.office.drawing_text import A, labels, paragraph_text
from semsearch.corpus.readers.office.package import OfficePackage
from semsearch.corpus.readers.office.properties import xml_fields
from semsearch.corpus.readers.office.sheet_values import BUILT_IN, EPOCH, EPOCH_1904, Formatter, formatter, plain_number
from semsearch.corpus.readers.office.sheets import Cell, Sheet, SheetRow, SheetText, column_number
from semsearch.types.documents import Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read"]

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})(?::\$?([A-Za-z]{1,3})\$?(\d{1,7}))?$")
_THREADED = "[Threaded comment]"
"""The note in a comment for older programs that cannot show its thread."""
_LAST_ROW = 1 << 20
_ROW_PARTS = ("row", "mergeCell", "autoFilter", "pane")


@dataclass(slots=True)
class _Workbook:
    """Data that all sheets of a workbook share."""

    package: OfficePackage
    epoch: datetime = EPOCH
    strings: list[str] = field(default_factory=list)
    formats: list[tuple[Formatter, bool]] = field(default_factory=list)
    """For each style, how it displays a number, and whether it is bold."""
    authors: dict[str, str] = field(default_factory=dict)
    unstored: int = 0
    """Formulas without a stored value."""


def read(data: bytes) -> Parsed:
    """Read a workbook; an anchor counts the rows of its sheet. Raises one of BROKEN."""
    package = OfficePackage(data)
    main = package.main_part("xl/workbook.xml")
    root = package.xml(main)
    if root is None:
        raise ValueError("it contains no workbook")
    relations = package.relations(main)
    parts = {relation.kind: relation.part for relation in relations.values()}
    workbook = _Workbook(package)
    properties = root.find(_S + "workbookPr")
    if properties is not None and properties.get("date1904") in ("1", "true"):
        workbook.epoch = EPOCH_1904
    workbook.strings = _shared_strings(package, parts.get("sharedStrings", ""))
    workbook.formats = _formats(package.xml_if_whole(parts.get("styles", "")))
    people = package.xml_if_whole(parts.get("person", ""))
    for person in people if people is not None else ():
        workbook.authors[person.get("id") or ""] = person.get("displayName") or ""
    text = SheetText()
    seen: set[str] = set()
    for entry in root.iterfind(f"{_S}sheets/{_S}sheet"):
        relation = relations.get(entry.get(_R + "id") or "")
        if relation is not None and relation.part in package and relation.part not in seen:
            seen.add(relation.part)
            with text.one_sheet():
                text.add(_sheet(workbook, relation.part, entry))
    return text.parsed(xml_fields(package.xml_if_whole("docProps/core.xml")), unstored=workbook.unstored)


def _shared_strings(package: OfficePackage, part: str) -> list[str]:
    if part not in package:
        return []
    return [_rich_text(item) for item in package.elements(part, "si")]


def _rich_text(item: _Element) -> str:
    """Return the text of a string, without phonetic readings of East Asian words."""
    runs = (
        node.text or "" for node in item.iter("{*}t") if not str(getattr(node.getparent(), "tag", "")).endswith("}rPh")
    )
    return _clean("".join(runs))


def _clean(text: str) -> str:
    if "_x" in text:
        text = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # combine surrogate pairs
    return " ".join(text.split())


def _formats(styles: _Element | None) -> list[tuple[Formatter, bool]]:
    """Return for each cell style how it displays a number, and whether it is bold."""
    if styles is None:
        return []
    codes = dict(BUILT_IN)
    for format_ in styles.iter(_S + "numFmt"):
        codes[whole(format_.get("numFmtId"))] = format_.get("formatCode") or ""
    bold = [_is_on(font.find(_S + "b")) for font in styles.iterfind(f"{_S}fonts/{_S}font")]
    formats: list[tuple[Formatter, bool]] = []
    for style in styles.iterfind(f"{_S}cellXfs/{_S}xf"):
        font = whole(style.get("fontId"))
        code = codes.get(whole(style.get("numFmtId")), "General")
        formats.append((formatter(code), font < len(bold) and bold[font]))
    return formats


def _is_on(element: _Element | None) -> bool:
    return element is not None and element.get("val") not in ("0", "false")


def _sheet(workbook: _Workbook, part: str, entry: _Element) -> Sheet:
    sheet = Sheet(entry.get("name") or "", hidden=entry.get("state") in ("hidden", "veryHidden"))
    for element in workbook.package.elements(part, *_ROW_PARTS):
        name = element.tag.rpartition("}")[2]
        if name == "row":
            before = sheet.rows[-1].number if sheet.rows else 0
            number = whole(element.get("r"))
            number = number if 0 < number <= _LAST_ROW else before + 1
            cells = _cells(workbook, element)
            if cells:
                sheet.rows.append(SheetRow(number, cells))
        elif name == "pane":
            if element.get("state") in ("frozen", "frozenSplit"):
                sheet.headers.add(whole((element.get("ySplit") or "").partition(".")[0]))
        elif match := _RANGE.match(element.get("ref") or ""):
            top, left = int(match[2]), column_number(match[1])
            if name == "autoFilter":
                sheet.headers.add(top)
            elif match[3]:
                sheet.merged.append((top, left, int(match[4]), column_number(match[3])))
    sheet.rows.sort(key=lambda row: row.number)
    _add_parts(workbook, part, sheet)
    return sheet


def _cells(workbook: _Workbook, row: _Element) -> list[Cell]:
    cells: list[Cell] = []
    column = 0
    for element in row.iterchildren("{*}c"):
        letters = (element.get("r") or "").rstrip("0123456789")
        column = column_number(letters) if 0 < len(letters) <= 3 and letters.isalpha() else column + 1
        style = whole(element.get("s"))
        shown, bold = workbook.formats[style] if style < len(workbook.formats) else (None, False)
        text, is_text = _value(workbook, element, shown)
        if text:
            cells.append(Cell(column, text, is_text, bold))
    return cells


def _value(workbook: _Workbook, cell: _Element, shown: Formatter | None) -> tuple[str, bool]:
    """Return the displayed value of a cell, and whether it is text; an error (`#N/A`) is empty."""
    kind = cell.get("t")
    if kind == "inlineStr":
        return _rich_text(cell), True
    stored, formula = "", False
    for child in cell:
        name = str(child.tag)
        if name.endswith("}v"):
            stored = child.text or ""
        formula |= name.endswith("}f")
    if kind == "s":
        number = whole(stored, len(workbook.strings))
        return (workbook.strings[number], True) if number < len(workbook.strings) else ("", True)
    if kind == "str":
        return _clean(stored), True
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(stored, ""), False
    if kind in ("e", "d") or not stored:
        workbook.unstored += formula and not stored
        return (stored.replace("T00:00:00", "").replace("T", " ") if kind == "d" else ""), False
    try:
        value = float(stored)
        return (shown(value, workbook.epoch) if shown else plain_number(value)), False
    except (ValueError, OverflowError):
        return _clean(stored), True


def _add_parts(workbook: _Workbook, part: str, sheet: Sheet) -> None:
    """Add the content of separate parts: comments, table ranges, and text over the cells."""
    for relation in workbook.package.relations(part).values():
        if relation.kind not in ("comments", "threadedComment", "table", "drawing"):
            continue
        root = workbook.package.xml_if_whole(relation.part)
        if root is None:
            continue
        if relation.kind == "table" and root.get("headerRowCount") != "0":
            match = _RANGE.match(root.get("ref") or "")
            sheet.headers |= {int(match[2])} if match else set()
        elif relation.kind == "drawing":
            sheet.shapes += _shapes(workbook.package, relation.part, root)
        elif relation.kind != "table":
            _add_comments(workbook, root, sheet)


def _add_comments(workbook: _Workbook, root: _Element, sheet: Sheet) -> None:
    names = [author.text or "" for author in root.iterfind(f"{_S}authors/{_S}author")]
    for comment in root.iter("{*}comment", "{*}threadedComment"):
        match = _RANGE.match(comment.get("ref") or "")
        if comment.tag.endswith("}comment"):
            number = whole(comment.get("authorId"))
            author, text = names[number] if number < len(names) else "", _rich_text(comment)
        else:
            author = workbook.authors.get(comment.get("personId") or "", "")
            text = _clean("".join(node.text or "" for node in comment.iterchildren("{*}text")))
        if not match or not text or text.startswith(_THREADED):
            continue
        author = "" if author.startswith("tc=") else author
        note = text if not author or text.startswith(author) else f"{author}: {text}"
        sheet.notes.setdefault(int(match[2]), []).append(f"[{note}]")


def _shapes(package: OfficePackage, part: str, root: _Element) -> list[tuple[int, str]]:
    """Return the texts of shapes and charts, each with the row at which it begins."""
    relations = package.relations(part)
    shapes: list[tuple[int, str]] = []
    for anchor in root:
        row = min(whole(anchor.findtext(f"{_XDR}from/{_XDR}row")) + 1, _LAST_ROW)
        texts = ["\n".join(filter(None, map(paragraph_text, anchor.iter(A + "p"))))]
        texts += labels(anchor, package, relations)
        shapes += [(row, text) for text in texts if text]
    return shapes
