"""OpenDocument files made of hand-written XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.office_files import ODF, odf, packed, parts_of

META = (
    "<dc:title>Well report</dc:title><meta:initial-creator>Ida</meta:initial-creator><dc:creator>Ada</dc:creator>"
    "<meta:creation-date>2024-03-05T09:30:00</meta:creation-date><dc:date>2024-04-06T00:00:00</dc:date>"
    "<meta:keyword>water</meta:keyword><meta:keyword>pumps</meta:keyword>"
)


def read(data: bytes, name: str = "a.odt") -> Parsed:
    return read_bytes(Path(name), data, Settings())


def text(body: str, **parts: str) -> Parsed:
    return read(odf("text", body, **parts))


def blocks(parsed: Parsed) -> list[tuple[BlockKind, int, str]]:
    return [(b.kind, b.level, parsed.text[b.start : b.stop]) for b in parsed.blocks]


def said(body: str, **parts: str) -> list[str]:
    return [words for _, _, words in blocks(text(body, **parts))]


def test_structure_anchors_and_properties() -> None:
    parsed = text(
        '<text:h text:outline-level="2">Pumps</text:h><text:p/><text:p>The <text:span>pump</text:span> runs.</text:p>'
        "<text:list><text:list-item><text:p>one</text:p><text:list><text:list-item><text:p>below</text:p>"
        "</text:list-item></text:list></text:list-item></text:list>",
        meta=META,
    )
    assert blocks(parsed) == [
        (BlockKind.HEADING, 2, "Pumps"),
        (BlockKind.PARAGRAPH, 0, "The pump runs."),
        (BlockKind.LIST, 0, "- one"),
        (BlockKind.LIST, 0, "  - below"),
    ]
    assert [str(b.anchor) for b in parsed.blocks] == ["¶1", "¶2", "¶3", "¶4"]
    assert parsed.title == "Well report"
    assert parsed.metadata == {"author": "Ida", "date": "2024-03-05", "modified": "2024-04-06", "tags": "water, pumps"}


def test_a_style_derived_from_a_heading_is_a_heading() -> None:
    automatic = (
        '<style:style style:name="P1" style:parent-style-name="House"/>'
        '<style:style style:name="House" style:parent-style-name="Heading_20_3"/>'
        '<style:style style:name="P2" style:parent-style-name="Title"/>'
    )
    parsed = text(
        '<text:p text:style-name="P2">Big</text:p><text:p text:style-name="P1">Small</text:p>', automatic=automatic
    )
    assert blocks(parsed) == [(BlockKind.HEADING, 1, "Big"), (BlockKind.HEADING, 3, "Small")]
    assert parsed.title == "Big"


def test_white_space_is_that_of_the_format() -> None:
    assert said("<text:p>a\n  b<text:s text:c='3'/>c<text:tab/>d<text:line-break/>e</text:p>") == ["a b c d\ne"]


def test_notes_comments_and_frames_follow_their_paragraph() -> None:
    cited = "<text:note-citation>7</text:note-citation>"
    note = f"<text:note>{cited}<text:note-body><text:p>A note.</text:p></text:note-body></text:note>"
    comment = "<dc:creator>Ida</dc:creator><dc:date>2024</dc:date><text:p>Sure?</text:p>"
    comment = f"<office:annotation>{comment}</office:annotation>"
    frame = "<draw:text-box><text:p>In a box</text:p></draw:text-box><svg:desc>A pump</svg:desc>"
    frame = f"<draw:frame>{frame}</draw:frame>"
    assert said(f"<text:p>Before{note} and{comment} after{frame}.</text:p><text:p>Next</text:p>") == [
        "Before and after.",
        "[7] A note.",
        "[Ida: Sure?]",
        "In a box",
        "A pump",
        "Next",
    ]


def test_deleted_text_contents_and_readings_are_not_read() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>gone</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:table-of-content><text:index-body><text:p>Chapter 1 .... 3"
        "</text:p></text:index-body></text:table-of-content><text:section><text:p><text:ruby><text:ruby-base>漢字"
        "</text:ruby-base><text:ruby-text>かんじ</text:ruby-text></text:ruby></text:p></text:section>"
    )
    assert said(body) == ["漢字"]


def test_tables_are_rows_and_layout_tables_are_not() -> None:
    def cell(*paragraphs: str, more: str = "") -> str:
        return (
            f"<table:table-cell{more}>" + "".join(f"<text:p>{p}</text:p>" for p in paragraphs) + "</table:table-cell>"
        )

    def table(*rows: str) -> str:
        return "<table:table>" + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows) + "</table:table>"

    spanning = cell("North", more=' table:number-rows-spanned="2"')
    parsed = text(table(spanning + cell("well"), "<table:covered-table-cell/>" + cell("pump", "big")))
    assert blocks(parsed) == [(BlockKind.TABLE, 0, "North | well\nNorth | pump big")]
    assert said(table(cell("Dear Ida,", "the pump is broken."))) == ["Dear Ida,", "the pump is broken."]
    inner = table(cell("a") + cell("b"))
    assert said(table(f"<table:table-cell>{inner}</table:table-cell>" + cell("c"), cell("d") + cell("e"))) == [
        "a | b | c\nd | e"
    ]


def test_a_long_table_names_its_columns_in_every_row() -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    row = f"<table:table-row>{cell}{cell}</table:table-row>"
    rows = "".join(row.format(f"well {at}", at) for at in range(20))
    head = f"<table:table-header-rows>{row.format('Name', 'Depth')}</table:table-header-rows>"
    assert text(f"<table:table>{head}{rows}</table:table>").text.split("\n")[5] == "Name: well 4 | Depth: 4"


def test_headers_and_footers_come_once_at_the_end() -> None:
    page = (
        "<office:master-styles><style:master-page><style:header><text:p>Acme Ltd</text:p></style:header><style:footer>"
        "<text:p><text:page-number>3</text:page-number></text:p></style:footer></style:master-page><style:master-page>"
        "<style:header><text:p>Acme Ltd</text:p></style:header></style:master-page></office:master-styles>"
    )
    assert said("<text:p>Text.</text:p>", styles=page) == ["Text.", "", "Acme Ltd"]


def slide(*shapes: str, notes: str = "") -> str:
    inner = f"<presentation:notes>{notes}</presentation:notes>" if notes else ""
    return f"<draw:page>{''.join(shapes)}{inner}</draw:page>"


def frame(words: str, kind: str = "", y: str = "1cm", x: str = "1cm") -> str:
    place = f'svg:x="{x}" svg:y="{y}" svg:width="2cm" svg:height="1cm"'
    inside = f"<draw:text-box><text:p>{words}</text:p></draw:text-box>"
    return f'<draw:frame presentation:class="{kind}" {place}>{inside}</draw:frame>'


def test_slides() -> None:
    group = f"<draw:g>{frame('second', y='3cm')}{frame('first', y='2cm')}</draw:g>"
    shapes = (frame("last", y="90mm"), group, frame("Title", "title"), frame("3", "page-number"))
    parsed = read(odf("presentation", slide(*shapes, notes=frame("Say it.", "notes")) + slide(frame("free"))), "a.odp")
    assert [(str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks] == [
        ("slide 1", "Title"),
        ("slide 1", "first"),
        ("slide 1", "second"),
        ("slide 1", "last"),
        ("slide 1", "Say it."),
        ("slide 2", ""),
        ("slide 2", "free"),
    ]
    assert parsed.title == "Title"
    assert parsed.metadata == {"slides": 2}


def value(kind: str, shown: str, **attributes: str) -> str:
    inside = " ".join(f'{key.replace("_", ":", 1).replace("_", "-")}="{text}"' for key, text in attributes.items())
    return f'<table:table-cell office:value-type="{kind}" {inside}><text:p>{shown}</text:p></table:table-cell>'


def test_sheets() -> None:
    head = value("string", "Name") + value("string", "Price") + value("string", "When") + value("string", "Share")
    row = (
        value("string", "Pump")
        + value("currency", "1.234,50 €", office_value="1234.5")
        + value("date", "05.03.24", office_date_value="2024-03-05")
        + value("percentage", "12,3 %", office_value="0.12345")
    )
    empty = '<table:table-cell table:number-columns-repeated="16000"/>'
    comment = "<office:annotation><text:p>why?</text:p></office:annotation>"
    truth = value("boolean", "WAHR", office_boolean_value="true")
    body = (
        f'<table:table table:name="Prices"><table:table-row>{head}{empty}</table:table-row>'
        f"<table:table-row>{row}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="2">{row}</table:table-row>'
        f'<table:table-row table:number-rows-repeated="1000000">{empty}</table:table-row></table:table>'
        f'<table:table table:name="Costs" table:style-name="ta2"><table:table-row>{truth}'
        f"{value('string', 'x').replace('</table', comment + '</table')}</table:table-row></table:table>"
    )
    hidden = '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
    parsed = read(odf("spreadsheet", body, automatic=hidden), "a.ods")
    line = "Name: Pump | Price: 1234.50 | When: 2024-03-05 | Share: 12.3%"
    assert [(str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks] == [
        ("row 1", "Prices"),
        ("row 2", line),
        ("row 3-4", line),
        ("row 1", "Costs (hidden)"),
        ("row 1", "TRUE | x [why?]"),
    ]
    assert parsed.metadata == {"sheets": 2}


def test_flat_files() -> None:
    body = "<office:body><office:text><text:p>flat</text:p></office:text></office:body>"
    flat = f"<?xml version='1.0'?><office:document{ODF}><office:meta>{META}</office:meta>{body}</office:document>"
    parsed = read(flat.encode(), "a.fodt")
    assert (parsed.text, parsed.title) == ("flat", "Well report")


def test_no_entity_is_expanded() -> None:
    parts = parts_of(odf("text", "<text:p>a well &a; left</text:p><text:p>whole</text:p>"))
    parts["content.xml"] = b'<!DOCTYPE d [<!ENTITY a "boom">]>' + parts["content.xml"]
    read_text = read(packed(parts)).text
    assert "whole" in read_text
    assert "boom" not in read_text


def test_deep_nesting_does_no_harm() -> None:
    deep = "<text:section>" * 200 + "<text:p>deep</text:p>" + "</text:section>" * 200
    assert said(deep) == ["deep"]
    with pytest.raises(SourceUnreadable, match=r"^broken odt file: content.xml: "):
        text("<text:section>" * 5000 + "</text:section>" * 5000)


def test_unreadable_files_have_a_reason() -> None:
    parts = parts_of(odf("text", "<text:p>x</text:p>"))
    locked = packed(parts | {"META-INF/manifest.xml": b"<m><manifest:encryption-data/></m>"})
    cases = {
        "encrypted$": locked,
        "broken odt file: file is not a zip file": packed(parts)[:200],
        "broken odt file: it contains no content": packed({"mimetype": "x"}),
        "broken odt file: content.xml: ": packed({"content.xml": "<a>"}),
        "broken odt file: it contains no text, sheets or slides": packed({"content.xml": "<a/>"}),
        "empty$": odf("text", "<text:p/>"),
    }
    for reason, data in cases.items():
        with pytest.raises(SourceUnreadable, match=f"^{reason}"):
            read(data)
