"""Evernote exports: notes, their metadata, and what is left out."""

from __future__ import annotations

import base64
import random
from pathlib import Path

from semsearch.corpus.parse.read import read_bytes
from semsearch.settings import Settings
from semsearch.types.documents import Parsed

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE en-export SYSTEM "http://example.org/export4.dtd">\n'
PICTURE = base64.b64encode(random.Random(5).randbytes(90_000)).decode()
KEEL = f"""<note><title>Keel &amp; mast</title><created>20310221T081500Z</created><updated>20310301T170000Z</updated>
<tag>boat</tag><tag>spring, early</tag><note-attributes><author>Ida Holm</author>
<source-url>https://example.org/keel</source-url></note-attributes>
<content><![CDATA[<?xml version="1.0"?><!DOCTYPE en-note SYSTEM "http://example.org/enml2.dtd">
<en-note><div>The keel was <b>tarred</b>.</div><en-media type="image/png" hash="ab"/><div><en-todo checked="true"/>Buy
rope</div><ul><li>hemp</li><li>flax</li></ul><en-crypt cipher="AES">c2VjcmV0</en-crypt></en-note>]]></content>
<resource><data encoding="base64">{PICTURE}</data><mime>image/png</mime></resource></note>"""
NOTE = KEEL.replace(PICTURE, PICTURE[:800])
TWIN = "<note><title>Keel &amp; mast</title><content><![CDATA[<en-note>Another one.</en-note>]]></content></note>"
BARE = "<note><title/><content><![CDATA[<en-note><br/></en-note>]]></content></note>"
TOLD = "<note><title>Only a title</title><content><![CDATA[<en-note/>]]></content></note>"


def read(text: str, name: str = "notes.enex") -> Parsed:
    return read_bytes(Path(name), text.encode(), Settings())


def export(*notes: str) -> str:
    return f"{HEAD}<en-export application='Evernote'>{''.join(notes)}</en-export>"


def test_each_note_is_a_document() -> None:
    parsed = read(export(KEEL, TWIN, BARE, TOLD))
    assert parsed.text == ""
    assert parsed.remark == "left out: 1 attached file, 1 encrypted passage"
    names = [(member.name, member.type, member.reason) for member in parsed.members]
    assert names[0] == ("Keel & mast", "note", "")
    assert names[1][0] not in ("", "Keel & mast")
    assert names[2][1:] == ("note", "empty")
    first, last = parsed.members[0].parsed, parsed.members[3].parsed
    assert first is not None
    assert first.title == "Keel & mast"
    assert first.metadata == {
        "date": "2031-02-21T08:15:00",
        "updated": "2031-03-01T17:00:00",
        "tags": ("boat", "spring, early"),
        "author": "Ida Holm",
        "url": "https://example.org/keel",
    }
    assert first.text.split("\n\n")[:3] == ["Keel & mast", "The keel was tarred.", "Buy rope"]
    assert "flax" in first.text
    assert "c2VjcmV0" not in first.text
    assert len(first.text) < 100
    assert [str(block.anchor) for block in first.blocks[:2]] == ["¶1", "¶2"]
    assert last is not None
    assert last.text == "Only a title"


def test_entities_are_never_expanded_and_nothing_else_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "boom">{levels}<!ENTITY file SYSTEM "{(tmp_path / "secret").as_uri()}">]>'
    note = "<note><title>A &e11; bomb</title><content>kept &file;<![CDATA[<en-note>text</en-note>]]></content></note>"
    parsed = read(f"{bomb}<en-export>{note}</en-export>")
    found = [parsed.text, *(member.parsed.text for member in parsed.members if member.parsed is not None)]
    assert sum(text.count("boom") for text in found) <= 1
    assert not any("the secret" in text for text in found)


def test_an_entity_that_is_declared_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("words of another file")
    declared = f'<!DOCTYPE x [<!ENTITY file SYSTEM "{(tmp_path / "other").as_uri()}"><!ENTITY e "boom">]>'
    note = "<note><title>A &e; b</title><content>&file;<![CDATA[<en-note>text</en-note>]]></content></note>"
    (member,) = read(f"{declared}<en-export>{note}{TWIN}</en-export>").members[:1]
    assert member.parsed is not None
    assert "another file" not in member.parsed.text
    assert "boom" not in member.parsed.text


def test_a_broken_export_is_read_up_to_the_error() -> None:
    parsed = read(export(KEEL, TWIN)[:-60])
    assert parsed.members[0].name == "Keel & mast"
    assert "broken, read up to the error" in parsed.remark


def test_what_is_not_an_export_is_text() -> None:
    assert read("Only some words.").text == "Only some words."
