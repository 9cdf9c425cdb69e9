"""Bugs found with mutated files (`python -m tests.benchmarks.fuzz`), each with the smallest file that shows it."""

from __future__ import annotations

import json
import re
import struct

import pytest

from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed
from tests.formats.make_archives import ole, zipped
from tests.formats.make_books import epub
from tests.formats.make_files import notebook
from tests.formats.office_files import odf, packed, pptx, shape, sheet, tree, xlsb, xlsx
from tests.formats.reading import read
from tests.unit.corpus.parse.test_hostile import docx
from tests.unit.corpus.readers.mail.test_eml import outlook


def reason(name: str, data: bytes) -> str:
    with pytest.raises(SourceUnreadable) as caught:
        read(name, data)
    return str(caught.value)


def whole(parsed: Parsed) -> str:
    """Return everything of a document that is stored."""
    labels = "".join(block.label for block in parsed.blocks)
    inside = "".join(whole(member.parsed) for member in parsed.members if member.parsed is not None)
    return f"{parsed.text}{parsed.title}{labels}{dict(parsed.metadata)}{inside}"


AFTER = "A well.\n" * 1100
"""More than is looked at to tell text from other files."""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        *((f"a.{kind}", f"{AFTER}# A \0 well\n".encode()) for kind in ("txt", "md", "rst", "org", "tex", "1", "log")),
        ("a.py", f"{AFTER}def wells(a\0b): pass\n".encode()),
        ("a.csv", f"a,b\n{AFTER}a\0b,c\n".encode()),
        ("a.jsonl", b'{"text": "A well\\u0000 in the yard", "a\\ud800": "\\u0000"}\n' * 2),
        ("a.msg", ole(outlook("A \0 well", "It is\0 deep."))),
        ("a.xlsb", xlsb("A", [["a\0b"]])),
    ],
)
def test_no_text_has_a_nul_or_a_lone_surrogate(name: str, data: bytes) -> None:
    found = whole(read(name, data))
    assert found.replace("\\x00", "\0").count("\0") == 0
    found.encode()
    assert "\\ud800" not in found


def test_numbers_that_cannot_be_stored_are_left_out() -> None:
    row = '{"text": "%s", "a": NaN, "b": -Infinity, "c": -1e999, "d": 1e999, "e": 9223372036854775807, "f": 1.5}\n'
    parsed = read("a.jsonl", "".join(row % f"The well {n} is deep, and its water is cold." for n in (1, 2)))
    first = parsed.members[0].parsed
    assert first is not None
    assert first.metadata == {"e": 2**63 - 1, "f": 1.5}
    json.loads(json.dumps(dict(first.metadata), allow_nan=False))


def test_an_unknown_code_page() -> None:
    assert read("a.rtf", rb"{\rtf1\ansicpg9223372036 caf\'e9\par}").text == "café"


BEFORE = b"PK\3\4", 7
"""The mark before a file in an archive, and where its flags are."""


def claiming(data: bytes, name: str, *marks: tuple[bytes, int]) -> bytes:
    """Return an archive with a name that is wrongly flagged as UTF-8, in the headers with these marks."""
    wrong = name.encode()[:-1] + b"\xff"
    changed = bytearray(data.replace(name.encode(), wrong))
    for mark, flags in marks or (BEFORE, (b"PK\1\2", 9)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + flags] |= 8
            at = changed.find(mark, at + 4)
    return bytes(changed)


def test_a_name_with_a_wrong_encoding_does_not_spoil_an_archive() -> None:
    inner = zipped({"deep.md": "# Deep\n"})
    data = claiming(zipped({"wells.txt": "A well.", "größe.md": "# Größe\n", "in.zip": inner, "x.odd": "x"}), "x.odd")
    parsed = read("a.zip", data)
    assert [member.name for member in parsed.members][:3] == ["wells.txt", "größe.md", "in.zip"]
    assert [member.reason for member in parsed.members] == [""] * 4
    text = odf("text", "<text:p>A well.</text:p>", meta="<dc:title>W</dc:title>")
    assert read("a.odt", claiming(text, "meta.xml")).text == "A well."
    assert read("a.odt", claiming(text, "meta.xml", BEFORE)).text == "A well."
    behind = read("a.zip", b"#!/bin/sh\n" + claiming(zipped({"x.odd": "x", "wells.txt": "A well."}), "x.odd"))
    assert [member.reason for member in behind.members] == ["", ""]
    book = epub([("a.xhtml", "<p>A well.</p>")], extra={"odd.x": "x"})
    assert read("a.epub", claiming(book, "odd.x")).text == "A well."


def test_an_archive_with_offsets_before_its_start() -> None:
    data = zipped({"wells.txt": "A well."})
    end = data.rindex(b"PK\5\6") + 16
    (member,) = read("a.zip", data[:end] + b"\xff\xff\xff\x7f" + data[end + 4 :]).members
    assert re.match("broken: .*negative seek", member.reason)


def test_a_file_without_a_name_does_not_spoil_an_archive() -> None:
    nameless = zipped({"qq": "nobody", "wells.txt": "A well."}).replace(b"qq", b"\0q")
    assert [member.name for member in read("a.zip", nameless).members] == ["wells.txt"]


def test_an_outlook_file_with_invalid_references() -> None:
    data = ole(outlook("Wells", "A well. " * 1000))
    tiny = data[:0x1E] + bytes(2) + data[0x20:0x2C] + struct.pack("<I", 3) + data[0x30:]
    huge = data[:0x21] + b"\4" + data[0x22:]
    root = data.index("Root Entry".encode("utf-16-le"))
    deep = data[: root + 0x42] + b"\1" + data[root + 0x43 : root + 0x4C] + bytes(4) + data[root + 0x50 :]
    for broken in (tiny, huge, deep):
        assert reason("a.msg", broken) == "broken msg file: an invalid reference"


def test_mail_with_nested_groups_and_a_codec_that_is_not_for_text() -> None:
    head = "Subject: A well\nTo: " + "all: " * 3000 + "ada@example.org\n"
    data = f"{head}Content-Type: text/plain; charset=idna\n\nA caf\xe9.\n".encode("latin-1")
    assert "A caf" in read("a.eml", data).text


def test_reasons_are_printable() -> None:
    broken = packed({"content.xml": "<a><b\ufeff></a>".encode()})
    told = reason("a.odt", broken)
    assert told.isprintable()
    assert "\ufffd" in told
    assert reason("a.epub", packed({"META-INF/encryption.xml": ""})) == "broken epub file: a part of it is not XML"
    assert reason("a.ipynb", b'{"cells": ' + b"[" * 100_000) == "broken ipynb file: nested too deep"


def test_a_notebook_with_a_number_of_5000_digits() -> None:
    data = notebook(("markdown", "A well."), x=0).replace(b'"x": 0', b'"x": ' + b"9" * 5000)
    assert read("a.ipynb", data).text == "A well."


def test_definitions_that_end_where_the_next_begins_are_blocks_in_order() -> None:
    parsed = read("a.cpp", "namespace a{\nt u<\ns() {\n}\n}r\n")
    places = [place for block in parsed.blocks for place in (block.start, block.stop)]
    assert places == sorted(places)


def test_records_with_a_field_without_a_name() -> None:
    rows = [{"": "x", "text": f"The well {n} is deep, and its water is cold."} for n in (1, 2)]
    parsed = read("a.json", json.dumps(rows))
    assert [m.parsed.text for m in parsed.members if m.parsed is not None] == [row["text"] for row in rows]


NINES = "9" * 5000
CELL = '<table:table-cell table:number-columns-repeated="{0}" table:number-rows-spanned="{0}"><text:p>A well</text:p>'
NUMBERED = {
    "a.xlsx": xlsx({"A": sheet([["A well"], ["deep"]]).replace('r="2"', f'r="{NINES}"').replace('"0"', f'"{NINES}"')}),
    "b.xlsx": xlsx({"A": sheet([["A well"], ["deep"]]).replace('r="2"', 'r="99999999999"')}),
    "a.ods": odf(
        "spreadsheet",
        f'<table:table><table:table-row table:number-rows-repeated="{NINES}">{CELL.format(NINES)}</table:table-cell>'
        "</table:table-row><table:table-row><table:table-cell><text:p>deep</text:p></table:table-cell></table:table-row>"
        "</table:table>",
    ),
    "a.odt": odf("text", f'<text:h text:outline-level="{NINES}">A well</text:h><text:p>deep</text:p>'),
    "a.docx": docx(f'A well</w:t></w:r></w:p><w:p><w:pPr><w:outlineLvl w:val="{NINES}"/></w:pPr><w:r><w:t>deep'),
    "a.pptx": pptx([tree(shape(f'<a:pPr lvl="{NINES}"/><a:r><a:t>A well</a:t></a:r>', "deep", holder='idx="1"'))]),
    "a.emlx": f"{NINES}\nFrom: Ada <ada@example.org>\n\nA well, deep.\n".encode(),
}


@pytest.mark.parametrize("name", NUMBERED)
def test_huge_numbers_spoil_nothing_else(name: str) -> None:
    parsed = read(name, NUMBERED[name])
    assert "A well" in parsed.text
    assert "deep" in parsed.text
    assert parsed.remark == ""
    assert all(0 <= block.level < 10 and block.anchor.stop < 2**31 for block in parsed.blocks)


LONG = 300_000
ENDLESS = {
    "a.md": "# Wells" + " " * LONG + "x\n",
    "a.adoc": "= Wells" + " " * LONG + "x\n\n== A well ==\n",
    "b.adoc": "= Wells\n:author:" + " Ida" + " " * LONG + "x\n\nA well.\n",
    "a.org": "#+TITLE: Wells" + " " * LONG + "x\nA well.\n",
    "a.tex": "\\section{Wells}\nA" + " " * LONG + "well.\n" + "~" * LONG + "x\n",
    "a.1": ".TH WELL 1\n.SH NAME\nA well\n" + "\\[" * (LONG // 4) + "\n",
    "b.1": ".TH WELL 1\n.SH NAME\nA well\n.TS\nl.\n" + "T{\nx\n" * (LONG // 4) + ".TE\n",
    "c.1": '.\\" ' * 1000 + "\n.TH WELL 1\n.SH NAME\nA well\n",
    "d.1": ".Dd March 5, 2024\n.Dt WELL 1\n.Sh NAME\n.Dq A well ," + " " * LONG + "\n",
    "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v" + " " * LONG + "A well\n",
    "b.vtt": "WEBVTT\n" + ("\n00:01.000 --> 00:02.000\n" + "".join(f"well {n}\n" for n in range(LONG // 5))) * 2,
    "a.csv": "id,text" + "," * LONG + "\nA,well\n",
    "b.csv": f"a,b\nwell,{'1' * LONG}x\nwell,x\n",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_time_grows_linearly_with_length(name: str) -> None:
    """Each takes milliseconds, but hours when a pattern takes quadratic time."""
    assert "well" in whole(read(name, ENDLESS[name])).lower()
