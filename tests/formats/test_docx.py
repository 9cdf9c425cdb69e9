"""DOCX files: most written by python-docx, an independent writer; the odd ones by changing the XML of such a file."""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest

from semsearch.corpus.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types import BlockKind, Parsed


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
        (BlockKind.PARAGRAPH, 0, "¶4", "first"),
        (BlockKind.PARAGRAPH, 0, "¶5", "second"),
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


def test_a_broken_side_part_costs_only_itself() -> None:
    data = changed(saved(report()), "</cp:coreProperties>", "</broken>", member="docProps/core.xml")
    parsed = read(data)
    assert "The well is deep." in parsed.text
    assert (parsed.title, dict(parsed.metadata)) == ("Wells", {})


def test_notes_are_read_after_the_text() -> None:
    notes = (
        '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        "<w:footnote><w:p><w:r><w:t>A note on depth.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    out = BytesIO(saved(report()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/footnotes.xml", notes)
    assert read(out.getvalue()).text.endswith("The end.\n\nA note on depth.")


def test_what_cannot_be_read_says_why() -> None:
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
        r"broken DOCX": data[: len(data) // 2],
        r"encrypted DOCX$": bytes(locked),
        r"encrypted DOCX, or an old": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000),
        r"broken DOCX: it holds no document": _zip({"a.txt": b"x"}),
        r"broken DOCX: word/document.xml": _zip({"word/document.xml": b"<w:document"}),
        r"broken DOCX: word/document.xml unpacks to": _zip({"word/document.xml": bytes(64_000_001)}),
    }
    for reason, broken in cases.items():
        with pytest.raises(SourceUnreadable, match=f"^{reason}"):
            read(broken)


def _zip(members: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()
