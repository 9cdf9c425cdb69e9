"""The real format of Office files, whatever their names, and reasons for unreadable ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.read import needs_process, read, read_bytes
from semsearch.corpus.readers.office.ole import streams
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind
from tests.formats.office_files import container, odf, packed, pptx, shape, sheet, tree, xls, xlsx

OOXML_BY_NAME = ("docx", "pptx", "xlsx", "xlsb", "docm", "ppsx", "xlsm")


def text(name: str, data: bytes) -> str:
    return read_bytes(Path(name), data, Settings()).text


def reason(name: str, data: bytes) -> str:
    with pytest.raises(SourceUnreadable) as raised:
        text(name, data)
    return str(raised.value)


@pytest.mark.parametrize("suffix", OOXML_BY_NAME)
def test_encrypted_office_files_are_reported(suffix: str) -> None:
    assert reason(f"a.{suffix}", container({"EncryptionInfo": b"x", "EncryptedPackage": bytes(9000)})) == "encrypted"


def test_old_formats_are_named_by_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    to_do = "old Word format: install catdoc and index again, or save it as .docx"
    word = container({"WordDocument": b"x", "1Table": b"x", "\x05SummaryInformation": b"x"})
    assert reason("a.doc", word) == to_do
    assert reason("a.docx", word) == to_do
    slides = container({"PowerPoint Document": b"x", "Current User": b"x"})
    assert (
        reason("a.ppt", slides) == "old PowerPoint format: install catdoc (catppt) and index again, or save it as .pptx"
    )
    assert reason("a.docx", container({"something": b"x"})).startswith("broken docx file: an OLE container")


def test_a_container_is_listed_and_a_broken_one_does_no_harm() -> None:
    data = container({"One": b"1", "Two": b"2", "Three": b"3", "Four": b"4"})
    assert streams(data) == {"One", "Two", "Three", "Four"}
    for size in (8, 100, 511, 513, 1000, 1600):
        assert streams(data[:size]) <= {"One", "Two", "Three", "Four", ""}
    looping = bytearray(data)
    looping[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")  # the second sector of the directory follows itself
    assert "One" in streams(bytes(looping))


def test_files_are_read_as_what_they_are() -> None:
    table = sheet([["Name", "Depth"], ["Well", 3]])
    assert "Name: Well | Depth: 3" in text("a.xls", xlsx({"A": table}))
    assert "x | 1" in text("a.xlsx", xls({"A": [["x", 1]]}))
    assert "Title" in text("a.docx", pptx([tree(shape("Title", holder='type="title"'))]))
    assert text("a.doc", odf("text", "<text:p>free</text:p>")) == "free"
    assert text("a.doc", rb"{\rtf1 rich}") == "rich"
    assert text("a.docx", rb"{\rtf1 rich}") == "rich"
    assert text("a.rtf", b"plain after all\n") == "plain after all\n"
    assert "cell" in text("a.xls", b"<html><body><table><tr><td>cell</td><td>two</td></tr></table></body></html>")
    tabs = read_bytes(Path("a.xls"), b"Name\tDepth\nWell\t3\n", Settings())
    assert tabs.blocks[0].kind is BlockKind.TABLE


def test_xml_of_2003_says_what_to_do() -> None:
    old = b'<?xml version="1.0"?><?mso-application progid="%s"?><x/>'
    assert reason("a.xls", old % b"Excel.Sheet") == "Excel's XML format of 2003: save it as .xlsx"
    assert reason("a.doc", old % b"Word.Document") == "Word's XML format of 2003: save it as .docx"


def test_a_saved_page_under_another_name_says_so() -> None:
    assert reason("a.doc", b"MIME-Version: 1.0\r\n\r\n<html>") == "a saved web page (MHTML) under another name"


def test_other_bytes_are_broken_files() -> None:
    for suffix in ("docx", "pptx", "xlsx", "odt", "ods", "odp", "doc", "ppt", "xls", "xlsb"):
        assert reason(f"a.{suffix}", b"\x00\x01\x02" * 300).startswith(f"broken {suffix} file: ")
        assert reason(f"a.{suffix}", b"PK\x03\x04" + bytes(200)).startswith(f"broken {suffix} file: ")
        assert reason(f"a.{suffix}", packed({"a.txt": "x"})).startswith(f"broken {suffix} file: ")


def test_a_part_that_unpacks_to_too_much_is_rejected() -> None:
    bomb = packed({"content.xml": bytes(64_000_001)})
    assert reason("a.odt", bomb) == "too large: content.xml unpacks to 64 MB"


def test_endless_entities_are_reported() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    endless = f'<!DOCTYPE r [<!ENTITY l0 "laugh"> {levels}]><r>&l11;</r>'
    assert reason("a.odt", packed({"content.xml": endless})) == (
        "broken odt file: content.xml: its entities expand without end"
    )


def test_types_by_name(tmp_path: Path) -> None:
    kinds = {"a.docm": "docx", "a.ppsx": "pptx", "a.xlsm": "xlsx", "a.fodt": "odt", "a.ots": "ods", "a.fodp": "odp"}
    for name, kind in kinds.items():
        assert document_type(Path(name)) == kind
        assert needs_process(Path(name), b"PK")
    path = tmp_path / "a.ods"
    path.write_bytes(odf("spreadsheet", '<table:table table:name="A"><table:table-row/></table:table>'))
    with pytest.raises(SourceUnreadable, match=r"^empty$"):
        read(path, Settings())
