"""Spreadsheets: XLSX from hand-written XML, XLS and XLSB from hand-written bytes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.office.sheets import MOST_NUMBERS
from semsearch.corpus.split.passages import split
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.office_files import CORE, OFFICE, Value, packed, parts_of, relations, sheet, xls, xlsb, xlsx

TABLE = [["Team", "Cups"], ["Blues", 1], ["Flyers", 2.5]]


def read(data: bytes, name: str = "a.xlsx") -> Parsed:
    return read_bytes(Path(name), data, Settings())


def lines(parsed: Parsed) -> list[tuple[str, str]]:
    """Return (anchor, text) of each row."""
    return [(str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks if b.kind is not BlockKind.HEADING]


def headings(parsed: Parsed) -> list[tuple[int, str]]:
    return [(b.level, parsed.text[b.start : b.stop]) for b in parsed.blocks if b.kind is BlockKind.HEADING]


def test_rows_name_their_columns_under_the_name_of_the_sheet() -> None:
    parsed = read(xlsx({"Ice": sheet(TABLE), "Notes": sheet([["one"]])}, {"docProps/core.xml": CORE}))
    assert headings(parsed) == [(1, "Ice"), (1, "Notes")]
    assert lines(parsed) == [
        ("row 2", "Team: Blues | Cups: 1"),
        ("row 3", "Team: Flyers | Cups: 2.5"),
        ("row 1", "one"),
    ]
    assert parsed.title == "Well report"
    assert parsed.metadata == {
        "author": "Ida",
        "date": "2024-03-05",
        "modified": "2024-04-06",
        "tags": "water, pumps",
        "sheets": 2,
    }


def test_a_first_row_of_texts_is_no_header_unless_the_file_says_so() -> None:
    rows = [["Blues", "St. Louis"], ["Flyers", "Philadelphia"]]
    assert lines(read(xlsx({"A": sheet(rows)})))[0] == ("row 1", "Blues | St. Louis")
    named = [("row 2", "Blues: Flyers | St. Louis: Philadelphia")]
    assert lines(read(xlsx({"A": sheet(rows, after='<autoFilter ref="A1:B2"/>')}))) == named
    frozen = '<sheetViews><sheetView><pane ySplit="1" state="frozen"/></sheetView></sheetViews>'
    assert lines(read(xlsx({"A": sheet(rows, before=frozen)}))) == named
    table = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(("t", "table", "../tables/table1.xml")),
        "xl/tables/table1.xml": '<table ref="A1:B2"/>',
    }
    assert lines(read(xlsx({"A": sheet(rows)}, table))) == named
    assert (
        lines(read(xlsx({"A": sheet([["Name", "Site"], *rows]).replace('<c r="A1"', '<c r="A1" s="5"')})))[0][0]
        == "row 1"
    )
    bold = sheet([["Name", "Site"], *rows]).replace('1" t="inlineStr"', '1" s="5" t="inlineStr"')
    assert lines(read(xlsx({"A": bold})))[0] == ("row 2", "Name: Blues | Site: St. Louis")


def test_titles_above_a_table_are_headings_of_that_table_only() -> None:
    rows = [["Stanley Cups"], *TABLE, [], ["Something else"], ["and more"]]
    parsed = read(xlsx({"Ice": sheet(rows)}))
    assert headings(parsed) == [(1, "Ice"), (2, "Stanley Cups"), (2, "")]
    assert [text for _, text in lines(parsed)][-2:] == ["Something else", "and more"]


def test_column_names_extend_over_one_empty_row_and_no_row_is_lost() -> None:
    rows = [["In millions", None, "2023"], [None, "Sales", "Profit"], [], ["Zone A", 12, 3], ["Zone B", 9, 1]]
    assert [text for _, text in lines(read(xlsx({"A": sheet(rows)})))] == [
        "In millions | 2023",
        "Zone A | Sales: 12 | Profit: 3",
        "Zone B | Sales: 9 | Profit: 1",
    ]


def test_a_long_table_names_its_columns_once_when_the_names_outweigh_the_values() -> None:
    rows = [["The depth of the well", "The width of the well"], *([at, at + 1] for at in range(200))]
    parsed = read(xlsx({"A": sheet(rows)}))
    assert headings(parsed) == [(1, "A"), (2, "The depth of the well | The width of the well")]
    assert lines(parsed)[7] == ("row 9", "7 | 8")
    for span in split(parsed, None, 60):
        assert span.heading[-1].startswith("The depth of the well") or span.start == 0
        assert parsed.text[span.start - 1 : span.start] in ("", "\n")
        assert parsed.text[span.stop : span.stop + 1] in ("", "\n")


def test_numbers_are_displayed_by_their_format() -> None:
    values = [45000, 45000.5, 0.1234, 1234, 1.25, 1.1, 1234567.891, 0.1 + 0.2, 1e300, -5]
    styles = [1, 2, 3, 4, 0, 6, 7, 0, 0, 0]
    row = [(value, style) for value, style in zip(values, styles, strict=True)]
    assert lines(read(xlsx({"A": sheet([[*row, True, "x"]])}))) == [
        (
            "row 1",
            "2023-03-15 | 2023-03-15 12:00 | 12.34% | 01234 | 1.25 | 26:24 | 1234567.89 | 0.3 | 1e+300 | -5 | TRUE | x",
        )
    ]


def test_dates_from_1904_and_iso_dates() -> None:
    parts = xlsx(
        {"A": sheet([[(1, 1), "x"]], after="").replace("</row>", '<c t="d"><v>2024-03-05T00:00:00</v></c></row>')}
    )
    assert lines(read(parts))[0][1] == "1900-01-01 | x | 2024-03-05"
    changed = parts_of(parts)
    changed["xl/workbook.xml"] = changed["xl/workbook.xml"].replace(b"<sheets>", b'<workbookPr date1904="1"/><sheets>')
    assert lines(read(packed(changed)))[0][1].startswith("1904-01-02")


def test_shared_and_rich_strings_stored_values_and_errors() -> None:
    cells = (
        '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>99</v></c>'
        '<c r="D1" t="str"><f>A1&amp;"!"</f><v>stored</v></c><c r="E1" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        '<c r="F1"><f>SUM(A1)</f></c>'
    )
    strings = (
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>plain_x000D_\n text</t></si>'
        "<si><r><t>rich </t></r><r><t>text</t></r><rPh><t>reading</t></rPh></si></sst>"
    )
    xml = sheet([]).replace("<sheetData>", f'<sheetData><row r="1">{cells}</row>')
    parsed = read(xlsx({"A": xml}, {"xl/sharedStrings.xml": strings}))
    assert lines(parsed) == [("row 1", "plain text | rich text | stored")]
    assert parsed.remark == "1 formula without a stored value"


def test_merged_cells_are_repeated_in_each_of_their_rows() -> None:
    rows = [["North", "well"], [None, "pump"], [None, "valve"], ["South", "dam"]]
    merged = '<mergeCells><mergeCell ref="A1:A3"/></mergeCells>'
    assert [text for _, text in lines(read(xlsx({"A": sheet(rows, after=merged)})))] == [
        "North | well",
        "North | pump",
        "North | valve",
        "South | dam",
    ]


def test_hidden_sheets_are_read_and_marked() -> None:
    parsed = read(xlsx({"Open": sheet([["a"]]), "Costs": sheet([["b"]])}, hidden=["Costs"]))
    assert headings(parsed) == [(1, "Open"), (1, "Costs (hidden)")]


def test_comments_and_text_boxes_belong_to_their_rows() -> None:
    drawing = (
        '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:from><xdr:row>6'
        "</xdr:row></xdr:from><xdr:sp><xdr:txBody><a:p><a:r><a:t>A box of text</a:t></a:r></a:p></xdr:txBody></xdr:sp>"
        "</xdr:twoCellAnchor></xdr:wsDr>"
    )
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    parts = {
        "xl/worksheets/_rels/sheet1.xml.rels": relations(
            ("c", "comments", "../comments1.xml"), ("d", "drawing", "../d.xml"), ("t", "threadedComment", "/xl/t.xml")
        ),
        "xl/d.xml": drawing,
        "xl/comments1.xml": f"<comments {main}><authors><author>Ida</author><author>tc={{1}}</author></authors>"
        "<commentList>"
        '<comment ref="B1" authorId="0"><text><t>Too deep?</t></text></comment><comment ref="A9" authorId="1"><text>'
        "<t>[Threaded comment] Your version of Excel is old</t></text></comment></commentList></comments>",
        "xl/t.xml": '<T xmlns="urn:t"><threadedComment ref="A9" personId="p1"><text>Look here.</text>'
        "</threadedComment></T>",
        "xl/p.xml": '<personList xmlns="urn:t"><person displayName="Ada" id="p1"/></personList>',
    }
    assert lines(read(xlsx({"A": sheet([["a", "b"]])}, parts))) == [
        ("row 1", "a | b [Ida: Too deep?]"),
        ("row 7", "A box of text"),
        ("row 9", "[Ada: Look here.]"),
    ]


def test_a_passage_is_of_one_sheet() -> None:
    spans = split(read(xlsx({"Ice": sheet(TABLE), "Land": sheet([["one"], ["two"]])})), None, 200)
    assert [(span.heading, str(span.anchor)) for span in spans] == [(("Ice",), "row 1-3"), (("Land",), "row 1-2")]


def test_a_broken_sheet_is_reported_and_spoils_nothing_else() -> None:
    parsed = read(xlsx({"A": sheet(TABLE)[:-40], "B": sheet([["whole"]])}))
    assert lines(parsed) == [("row 1", "whole")]
    assert parsed.remark == "1 of 2 sheets broken"


def test_rows_out_of_order_are_sorted() -> None:
    xml = sheet([]).replace(
        "<sheetData>", '<sheetData><row r="9"><c><v>9</v></c></row><row r="2"><c><v>2</v></c></row>'
    )
    assert lines(read(xlsx({"A": xml}))) == [("row 2", "2"), ("row 9", "9")]


def test_a_workbook_of_numbers_is_kept_up_to_a_limit() -> None:
    rows: list[list[Value]] = [[1_000_000 + at, 2_000_000 + at] for at in range(15_000)]
    rows[14_000] = ["a word", 5]
    parsed = read(xlsx({"A": sheet(rows)}))
    kept = MOST_NUMBERS // len("1000000 | 2000000")
    assert len(lines(parsed)) == kept + 1
    assert lines(parsed)[-1] == ("row 14001", "a word | 5")
    assert parsed.remark == f"{14_999 - kept:,} rows of numbers left out"


def test_one_cell_at_the_far_corner_costs_one_cell() -> None:
    xml = sheet([["a"]]).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>7</v></c></row></sheetData>')
    assert lines(read(xlsx({"A": xml}))) == [("row 1", "a"), ("row 1048576", "7")]


def test_a_sheet_that_is_listed_again_is_read_once() -> None:
    parts = parts_of(xlsx({"A": sheet(TABLE)}))
    entry = b'<sheet name="A" sheetId="1" r:id="r1" state="visible"/>'
    assert entry in parts["xl/workbook.xml"]
    many = packed(parts | {"xl/workbook.xml": parts["xl/workbook.xml"].replace(entry, entry * 2000)})
    assert read(many) == read(xlsx({"A": sheet(TABLE)}))


def test_a_huge_cell_and_cells_without_references() -> None:
    xml = sheet([]).replace(
        "<sheetData>", "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"
    )
    assert lines(read(xlsx({"A": xml}))) == [("row 1", "1 | 2"), ("row 2", "3")]
    parsed = read(xlsx({"A": sheet([["word " * 6000, "x"]])}))
    spans = split(parsed, None, 200)
    assert len(spans) > 20
    assert {str(span.anchor) for span in spans} == {"row 1"}


def test_empty_and_broken_workbooks() -> None:
    cases = {
        "empty": xlsx({"A": sheet([]), "B": sheet([[None]])}),
        "broken xlsx file: it contains no workbook": packed({"a.txt": "x"}),
        "broken xlsx file: file is not a zip file": xlsx({"A": sheet(TABLE)})[:300],
        "broken xlsx file: xl/worksheets/sheet1.xml: ": xlsx({"A": sheet(TABLE)[:-40]}),
    }
    for reason, data in cases.items():
        with pytest.raises(SourceUnreadable, match=f"^{reason}"):
            read(data)


def test_no_entity_is_expanded() -> None:
    bomb = '<!DOCTYPE d [<!ENTITY a "boom"><!ENTITY b SYSTEM "file:///etc/hostname">]>'
    xml = bomb + sheet([["x"], ["left"]]).replace(">x<", ">y &a; &b;<")
    text = read(xlsx({"A": xml})).text
    assert "left" in text
    assert "boom" not in text
    assert Path("/etc/hostname").read_text().strip() not in text


def test_strict_workbooks() -> None:
    def strict(xml: str) -> str:
        return xml.replace("http://schemas.openxmlformats.org/spreadsheetml/2006/main", f"{PURL}/spreadsheetml/main")

    PURL = "http://purl.oclc.org/ooxml"
    parts = {name: strict(content.decode()) for name, content in parts_of(xlsx({"A": sheet(TABLE)})).items()}
    parts = {name: xml.replace(OFFICE, f"{PURL}/officeDocument/relationships") for name, xml in parts.items()}
    assert lines(read(packed(parts)))[0] == ("row 2", "Team: Blues | Cups: 1")


@pytest.mark.parametrize("kind", ["xls", "xlsb"])
def test_binary_workbooks(kind: str) -> None:
    rows: list[list[str | float]] = [["Name", "Depth"], ["Well\n1", 3.5], ["Größe", 4.0]]
    parsed = read(xls({"Wells": rows}) if kind == "xls" else xlsb("Wells", rows), f"a.{kind}")
    assert headings(parsed) == [(1, "Wells")]
    assert lines(parsed) == [("row 2", "Name: Well 1 | Depth: 3.5"), ("row 3", "Name: Größe | Depth: 4")]
    assert parsed.metadata == {"sheets": 1}


def far(row: int, column: int, kind: str = "xlsb") -> bytes:
    """Return a workbook whose sheet has a cell at its start and one at this position, counted from 0."""
    if kind == "xls":
        data = xls({"A": [["first"], ["last"]]})
        return data.replace(struct.pack("<HHH", 1, 0, 0) + b"\4\0\1", struct.pack("<HHH", row, column, 0) + b"\4\0\1")
    parts = parts_of(xlsb("A", [["first"], ["last"]]))
    sheet_ = parts["xl/worksheets/sheet1.bin"]
    at = sheet_.rindex(b"\0\x11" + struct.pack("<I", 1)) + 2
    text = sheet_.rindex("last".encode("utf-16-le")) - 12
    moved = (
        sheet_[:at] + struct.pack("<I", row) + sheet_[at + 4 : text] + struct.pack("<I", column) + sheet_[text + 4 :]
    )
    return packed(parts | {"xl/worksheets/sheet1.bin": moved})


@pytest.mark.parametrize(
    ("kind", "row", "column"), [("xlsb", 1_048_575, 16_383), ("xlsb", 0, 4 << 28), ("xls", 65_535, 255)]
)
def test_binary_workbooks_with_cells_far_apart_are_rejected_before_they_take_memory(
    kind: str, row: int, column: int
) -> None:
    with pytest.raises(SourceUnreadable) as caught:
        read(far(row, column, kind), f"a.{kind}")
    told = f"cells of a sheet are too far apart: {row + 1:,} rows, {column + 1:,} columns"
    assert str(caught.value) == f"broken {kind} file: {told}"


def test_an_old_workbook_with_a_circular_chain_of_sectors() -> None:
    data = xls({"A": [["x"]]})
    last = data.index(struct.pack("<II", 9, 0xFFFFFFFE), 512)
    endless = data[: last + 4] + struct.pack("<I", 2) + data[last + 8 :]
    with pytest.raises(SourceUnreadable, match=r"^broken xls file: its chain of sectors is circular$"):
        read(endless, "a.xls")


@pytest.mark.parametrize("kind", ["xlsb", "xls"])
def test_binary_workbooks_with_cells_at_some_distance_are_read(kind: str) -> None:
    assert lines(read(far(900, 200, kind), f"a.{kind}")) == [("row 1", "first"), ("row 901", "last")]


def test_old_workbooks_have_dates_and_hidden_sheets() -> None:
    parsed = read(xls({"A": [["when", 45000]], "B": [["x"]]}, hidden=["B"]), "a.xls")
    assert lines(parsed) == [("row 1", "when | 2023-03-15"), ("row 1", "x")]
    assert headings(parsed)[1] == (1, "B (hidden)")
    with pytest.raises(SourceUnreadable, match=r"^broken xls file: "):
        read(xls({"A": [["x"]]})[:2000], "a.xls")


def test_a_panic_in_rust_is_a_broken_file() -> None:
    parts = parts_of(xlsb("A", [["x"]]))
    parts["xl/_rels/workbook.bin.rels"] = parts["xl/_rels/workbook.bin.rels"].replace(b'Id="r1"', b'Id="r2"')
    with pytest.raises(SourceUnreadable, match=r"^broken xlsb file: its reader failed"):
        read(packed(parts), "a.xlsb")
