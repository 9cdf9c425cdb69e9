"""DOCX files: most written by python-docx, an independent writer; special ones by changing the XML of such a file."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.office_files import packed


def read(data: bytes) -> Parsed:
    return read_bytes(Path("a.docx"), data, Settings())


def saved(document: docx.document.Document) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def changed(data: bytes, old: str, new: str, member: str = "word/document.xml") -> bytes:
    """Return a DOCX with a string of one of its parts replaced."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == member:
                assert old in content.decode()
                content = content.decode().replace(old, new).encode()
            target.writestr(name, content)
    return out.getvalue()


def report() -> docx.document.Document:
    document = docx.Document()
    document.core_properties.title = "Well report"
    document.core_properties.author = "Ida"
    document.core_properties.created = datetime(2024, 3, 5)
    document.add_heading("Wells", 1)
    document.add_paragraph("The well is deep.")
    document.add_paragraph("")
    document.add_heading("Pumps", 2)
    document.add_paragraph("first", style="List Bullet")
    document.add_paragraph("second", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"cell {at}"
    document.add_paragraph("The end.")
    return document


def test_structure_anchors_and_properties() -> None:
    parsed = read(saved(report()))
    found = [(b.kind, b.level, str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks]
    assert found == [
        (BlockKind.HEADING, 1, "¶1", "Wells"),
        (BlockKind.PARAGRAPH, 0, "¶2", "The well is deep."),
        (BlockKind.HEADING, 2, "¶3", "Pumps"),
        (BlockKind.LIST, 0, "¶4", "- first"),
        (BlockKind.LIST, 0, "¶5", "- second"),
        (BlockKind.TABLE, 0, "¶6", "cell 0 | cell 1\ncell 2 | cell 3"),
        (BlockKind.PARAGRAPH, 0, "¶7", "The end."),
    ]
    assert parsed.title == "Well report"
    assert parsed.metadata == {"author": "Ida", "date": "2024-03-05"}


def test_wrapped_text_is_read_and_deleted_text_is_not() -> None:
    data = saved(report())
    paragraph = "<w:p><w:r><w:t>inside a control</w:t></w:r></w:p>"
    data = changed(data, "<w:body>", f"<w:body><w:sdt><w:sdtContent>{paragraph}</w:sdtContent></w:sdt>")
    data = changed(data, "The well is deep.", "The well is </w:t></w:r><w:ins><w:r><w:t>very deep")
    data = changed(
        data,
        "very deep</w:t></w:r>",
        "very deep</w:t></w:r></w:ins><w:del><w:r><w:delText>dry</w:delText></w:r></w:del>",
    )
    text = read(data).text
    assert text.startswith("inside a control\n\nWells")
    assert "The well is very deep" in text
    assert "dry" not in text


def test_a_style_based_on_a_heading_is_a_heading() -> None:
    document = report()
    style = document.styles.add_style("House heading", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Heading 3"]
    document.add_paragraph("Valves", style="House heading")
    last = read(saved(document)).blocks[-1]
    assert (last.kind, last.level) == (BlockKind.HEADING, 3)


def test_no_entity_is_expanded() -> None:
    declared = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY secret SYSTEM "file:///etc/hostname"><!ENTITY a "boom">]>'
    data = saved(report())
    with zipfile.ZipFile(BytesIO(data)) as archive:
        head = archive.read("word/document.xml").decode().split("<w:document", 1)[0]
    data = changed(changed(data, head, declared), "The well is deep.", "The well &secret; &a; is deep.")
    text = read(data).text
    assert "boom" not in text
    assert Path("/etc/hostname").read_text().strip() not in text


def test_a_broken_optional_part_spoils_nothing_else() -> None:
    data = changed(saved(report()), "</cp:coreProperties>", "</broken>", member="docProps/core.xml")
    parsed = read(data)
    assert "The well is deep." in parsed.text
    assert (parsed.title, dict(parsed.metadata)) == ("Wells", {})


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def paragraphs(*texts: str) -> str:
    return "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in texts)


def with_parts(data: bytes, **parts: str) -> bytes:
    """Return a DOCX with additional parts in `word/`, under their usual names."""
    out = BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        for name, xml in parts.items():
            archive.writestr(f"word/{name}.xml", xml)
    return out.getvalue()


def texts(data: bytes) -> list[str]:
    parsed = read(data)
    return [parsed.text[block.start : block.stop] for block in parsed.blocks]


def test_notes_and_comments_follow_their_paragraph() -> None:
    mark = '</w:t></w:r><w:r><w:{} w:id="{}"/></w:r><w:r><w:t>'
    data = changed(saved(report()), "well is", "well" + mark.format("footnoteReference", 3) + " is")
    data = changed(data, "The end.", "The end." + mark.format("commentReference", 0))
    notes = f'<w:footnote w:type="separator" w:id="0">{paragraphs("____")}</w:footnote>'
    notes += f'<w:footnote w:id="3">{paragraphs("A note", "on depth.")}</w:footnote>'
    notes += f'<w:footnote w:id="4">{paragraphs("Nobody refers to it.")}</w:footnote>'
    comment = f'<w:comment w:id="0" w:author="Ida">{paragraphs("Really?")}</w:comment>'
    data = with_parts(
        data,
        footnotes=f"<w:footnotes {W}>{notes}</w:footnotes>",
        comments=f"<w:comments {W}>{comment}</w:comments>",
    )
    found = texts(data)
    assert found[:3] == ["Wells", "The well is deep.", "[1] A note on depth."]
    assert found[-3:] == ["The end.", "[Ida: Really?]", "[2] Nobody refers to it."]


def test_headers_and_footers_come_once_at_the_end() -> None:
    document = report()
    section = document.sections[0]
    section.header.paragraphs[0].text = "Acme Ltd"
    section.footer.paragraphs[0].text = "Page 3 of 12"
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "Acme Ltd"
    assert texts(saved(document))[-3:] == ["The end.", "", "Acme Ltd"]


def test_text_boxes_and_alternative_texts_follow_their_paragraph() -> None:
    box = f"<w:txbxContent>{paragraphs('In a box')}</w:txbxContent>"
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
        '<wp:docPr xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
        ' descr="A red pump"/>'
        f"{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    )
    data = changed(saved(report()), "well is", f"well</w:t></w:r><w:r>{both}</w:r><w:r><w:t> is")
    assert texts(data)[1:4] == ["The well is deep.", "A red pump", "In a box"]


def test_contents_prompts_and_hidden_text_are_not_read_and_formulas_are() -> None:
    document = report()
    document.styles.add_style("toc 1", docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    document.add_paragraph("Wells ..... 3", style="toc 1")
    data = saved(document)
    prompt = (
        f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{paragraphs('Click here')}</w:sdtContent></w:sdt>"
    )
    math = '<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"><m:r><m:t>a=b</m:t></m:r></m:oMath>'
    data = changed(
        data, "<w:body>", f"<w:body>{prompt}<w:p>{math}<w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r></w:p>"
    )
    assert texts(data)[0] == "a=b"
    assert not {"Click here", "Wells ..... 3"} & set(texts(data))


def test_tables_are_rows_and_layout_tables_are_not() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=2)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{at}"
    table.cell(0, 0).merge(table.cell(1, 0))
    letter = document.add_table(rows=1, cols=1).cell(0, 0)
    letter.text = "Dear Ida,"
    letter.add_paragraph("the pump is broken.")
    nested = document.add_table(rows=2, cols=2)
    nested.cell(0, 1).text = "right"
    nested.cell(0, 0).add_table(rows=1, cols=2).cell(0, 1).text = "inner"
    nested.cell(1, 0).text = "below"
    assert texts(saved(document)) == [
        "c0 c2 | c1\nc0 c2 | c3\nc4 | c5",
        "Dear Ida,",
        "the pump is broken.",
        "inner | right\nbelow",
    ]


def test_a_long_table_names_its_columns_in_every_row() -> None:
    document = docx.Document()
    table = document.add_table(rows=20, cols=2)
    for number, row in enumerate(table.rows):
        row.cells[0].text, row.cells[1].text = ("Name", "Depth") if number == 0 else (f"well {number}", str(number))
    data = changed(saved(document), "<w:tr>", "<w:tr><w:trPr><w:tblHeader/></w:trPr>")
    assert read(data).text.split("\n")[5] == "Name: well 5 | Depth: 5"


def test_deleted_rows_are_not_read() -> None:
    data = saved(report())
    data = changed(data, "<w:tr>", "<w:tr><w:trPr><w:del/></w:trPr>")
    assert "cell" not in read(data).text


def test_the_document_is_the_part_that_the_file_names() -> None:
    out = BytesIO()
    data = saved(report())
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name).replace(b"word/document.xml", b"word/document2.xml")
            target.writestr(name.replace("document.xml", "document2.xml"), content)
    assert "The well is deep." in read(out.getvalue()).text


def test_unreadable_files_have_a_reason() -> None:
    data = saved(report())
    locked = bytearray(data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        offset = archive.getinfo("word/document.xml").header_offset
    locked[offset + 6] |= 1  # the flag of an encrypted member, in its own header and in the directory
    directory = data.index(b"PK\x01\x02")
    while data[directory + 46 : directory + 46 + 17] != b"word/document.xml":
        directory = data.index(b"PK\x01\x02", directory + 1)
    locked[directory + 8] |= 1
    cases = {
        "broken docx file: file is not a zip file": data[: len(data) // 2],
        "encrypted$": bytes(locked),
        "broken docx file: an OLE container without a document": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
        "broken docx file: it contains no document": packed({"a.txt": b"x"}),
        "broken docx file: word/document.xml: ": packed({"word/document.xml": b"<w:document"}),
        "too large: word/document.xml unpacks to 64 MB": packed({"word/document.xml": bytes(64_000_001)}),
    }
    for reason, broken in cases.items():
        with pytest.raises(SourceUnreadable, match=f"^{reason}"):
            read(broken)
