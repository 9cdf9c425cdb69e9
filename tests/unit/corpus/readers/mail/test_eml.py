"""Mail: messages with any encoding and structure, mailboxes and Outlook files, also broken ones."""

from __future__ import annotations

import base64
import random
import struct
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import AnchorKind, BlockKind, Parsed
from tests.formats.make_archives import ole, zipped
from tests.formats.make_files import column, pdf
from tests.formats.reading import read_or_refused
from tests.unit.corpus.readers.archives.test_archives import texts

HEAD = (
    b"From: =?utf-8?q?J=C3=B6rg_Wei=C3=9F?= <joerg@example.org>\r\n"
    b'To: "Miller, Ada" <ada@example.org>, bob@example.org\r\n'
    b"Cc: Carol <carol@example.org>\r\nSubject: =?iso-8859-1?q?Caf=E9?= at\r\n noon\r\n"
    b"Date: Fri, 1 Mar 2024 10:20:30 +0200\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
)
FROM = "From: Jörg Weiß\nTo: Miller, Ada, bob@example.org, Carol\n\n"


def read(data: bytes, name: str = "a.eml", **settings: int) -> Parsed:
    return read_bytes(Path(name), data, Settings(**settings))  # type: ignore[arg-type]


def body(rest: bytes, head: bytes = HEAD) -> str:
    text = read(head + rest).text
    assert text.startswith(FROM)
    return text.removeprefix(FROM)


def message(subject: str = "Hello", text: str = "The heron waits.", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Ada <ada@example.org>", "bob@example.org", subject
    made["Date"] = headers.pop("date", "Fri, 01 Mar 2024 10:20:30 +0000")
    made.set_content(text)
    return made


def test_headers_are_metadata_and_names_are_text() -> None:
    parsed = read(HEAD + b"\r\nFirst part.\r\nStill first.\r\n\r\nSecond.\r\n")
    assert parsed.title == "Café at noon"
    assert parsed.text == FROM + "First part.\nStill first.\n\nSecond."
    assert parsed.metadata == {
        "author": "Jörg Weiß",
        "from": "Jörg Weiß <joerg@example.org>",
        "to": "Miller, Ada <ada@example.org>, bob@example.org",
        "cc": "Carol <carol@example.org>",
        "subject": "Café at noon",
        "date": "2024-03-01T10:20:30+02:00",
        "message_id": "1@example.org",
    }
    assert [(str(b.anchor), b.kind) for b in parsed.blocks] == [
        ("", BlockKind.PARAGRAPH), ("¶1", BlockKind.PARAGRAPH), ("¶2", BlockKind.PARAGRAPH),
    ]  # fmt: skip


UMLAUTS = "Grüße über 5 €"
JAPANESE = "井戸はとても深いです"


@pytest.mark.parametrize(
    ("header", "data", "text"),
    [
        ("text/plain; charset=utf-8", UMLAUTS.encode(), UMLAUTS),
        ("text/plain; charset=windows-1252", UMLAUTS.encode("cp1252"), UMLAUTS),
        ("text/plain; charset=iso-8859-1", UMLAUTS.encode("cp1252"), UMLAUTS),
        ("text/plain; charset=iso-8859-1", UMLAUTS.encode(), UMLAUTS),
        ("text/plain; charset=us-ascii", UMLAUTS.encode(), UMLAUTS),
        ("text/plain; charset=nonsense-7", UMLAUTS.encode(), UMLAUTS),
        ("text/plain; charset=hex", UMLAUTS.encode(), UMLAUTS),
        ("text/plain", UMLAUTS.encode(), UMLAUTS),
        ("text/plain; charset=iso-2022-jp", JAPANESE.encode("iso-2022-jp"), JAPANESE),
        ("text/plain; charset=utf-16", UMLAUTS.encode("utf-16"), UMLAUTS),
        ("text/plain; charset=koi8-r", "Скважина глубоко".encode("koi8-r"), "Скважина глубоко"),
        ("text/html; charset=cp1251", "<p>Скважина</p>".encode("cp1251"), "Скважина"),
        ("text/html", f"<meta charset=cp1252><p>{UMLAUTS}</p>".encode("cp1252"), UMLAUTS),
        ("nonsense", UMLAUTS.encode(), UMLAUTS),
    ],
)
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_encodings(header: str, data: bytes, text: str, encoding: str) -> None:
    import quopri

    if encoding == "8bit" and b"\0" in data:
        encoding = "base64"  # a NUL cannot be sent as it is
    carried = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[encoding](data)
    head = f"Content-Type: {header}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode()
    assert body(head + carried) == text


def test_broken_headers_are_still_read() -> None:
    head = 'From: Jörg Weiß\nTo: "Miller, Ada" <ada@example.org>, bob@example.org, Carol\nDate: yesterday\n'.encode()
    parsed = read(
        head + b"Subject: =?utf-8?b?!!!?= =?nonsense?q?caf=E9?=\nContent-Type: text/plain; charset=\n\ntext\n"
    )
    assert parsed.metadata["author"] == "Jörg Weiß"
    assert "date" not in parsed.metadata
    assert parsed.text.endswith("\n\ntext")
    assert read(b"Subject: " + "Grüße".encode("latin-1") + b"\n\ntext\n").title == "Grüße"
    split = "=?utf-8?b?" + base64.b64encode("äö".encode()[:3]).decode() + "?= =?utf-8?b?"
    split += base64.b64encode("äö".encode()[3:]).decode() + "?="
    assert read(f"Subject: {split}\n\ntext\n".encode()).title == "äö"


def test_what_is_not_a_message_is_text() -> None:
    assert read(b"Just a text,\nwithout headers.\n").text == "Just a text,\nwithout headers.\n"
    with pytest.raises(SourceUnreadable, match="empty"):
        read(b"")


def test_plain_text_is_preferred_and_html_is_read() -> None:
    both = message()
    both.add_alternative("<p>The <b>otter</b> swims.</p>", subtype="html")
    assert read(both.as_bytes()).text.endswith("\n\nThe heron waits.")
    only = message()
    only.set_content("<html><h1>Title</h1><p>The otter.</p><ul><li>one<li>two</ul></html>", subtype="html")
    parsed = read(only.as_bytes())
    assert parsed.text.endswith("\n\nTitle\n\nThe otter.\n\n- one\n- two")
    assert [(b.kind, b.anchor.kind, b.anchor.start) for b in parsed.blocks[1:]] == [
        (BlockKind.HEADING, AnchorKind.PARAGRAPH, 1), (BlockKind.PARAGRAPH, AnchorKind.PARAGRAPH, 2),
        (BlockKind.LIST, AnchorKind.PARAGRAPH, 3), (BlockKind.LIST, AnchorKind.PARAGRAPH, 4),
    ]  # fmt: skip
    stub = message(text="Your program does not show HTML.")
    stub.add_alternative(f"<p>{'The otter swims in the pond. ' * 20}</p>", subtype="html")
    assert "otter" in read(stub.as_bytes()).text


def test_flowed_text_is_joined() -> None:
    head = b"Content-Type: text/plain; format=flowed\n\n"
    assert (
        body(head + b"one two \nthree\n\n> quoted \n> more\n-- \nname\n")
        == "one two three\n\n> quoted \n> more\n-- \nname"
    )


def test_attachments_are_separate_documents() -> None:
    made = message()
    made.add_attachment(b"# Plan\n\nThe plan.\n", maintype="text", subtype="markdown", filename="plan.md")
    made.add_attachment(
        pdf([column("The otter swims.")]), maintype="application", subtype="pdf", filename="a/b\\Otter.pdf"
    )
    made.add_attachment(b"<p>A page.</p>", maintype="text", subtype="html", filename="no-suffix")
    made.add_attachment(zipped({"in.txt": "inner"}), maintype="application", subtype="zip", filename="Größe.zip")
    made.add_attachment(bytes(range(256)) * 9, maintype="application", subtype="octet-stream", filename="data.bin")
    made.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", cid="<1>", disposition="inline")
    made.add_attachment(b"signed", maintype="application", subtype="pgp-signature", filename="signature.asc")
    parsed = read(made.as_bytes())
    assert parsed.text.endswith("The heron waits.")
    assert texts(parsed) == {
        "plan.md": "# Plan\n\nThe plan.", "Otter.pdf": "The otter swims.", "no-suffix": "A page.", "Größe.zip": "",
        "Größe.zip!/in.txt": "inner", "data.bin": "[binary]",
    }  # fmt: skip
    assert [m.type for m in parsed.members] == ["md", "pdf", "html", "zip", "bin"]
    assert "Otter.pdf" in str(parsed.metadata["attachments"])


def test_inline_pictures_are_not_attachments() -> None:
    made = message()
    made.set_content("<p>The otter.</p><img src='cid:1'>", subtype="html")
    made.add_related(
        b"\x89PNG", maintype="image", subtype="png", cid="<1>", filename="logo.png", disposition="attachment"
    )
    made.add_attachment(b"\x89PNG\0", maintype="image", subtype="png", filename="photo.png")
    assert texts(read(made.as_bytes())) == {"photo.png": "[broken picture: unknown format]"}


def test_attached_messages() -> None:
    inner = message("Inner", "The inner text.")
    inner.add_attachment("a,b\n1,2\n", subtype="csv", filename="table.csv")
    outer = message("Outer", "The outer text.")
    outer.add_attachment(inner)
    outer.add_attachment(message("Inner", "Another."))
    found = texts(read(outer.as_bytes()))
    assert list(found) == ["Inner", "Inner!/table.csv", "Inner (2)"]
    assert found["Inner"].endswith("The inner text.")
    deep = message("0", "text 0")
    for n in range(1, 12):
        above = message(str(n), f"text {n}")
        above.add_attachment(deep)
        deep = above
    assert "[more than 5 files inside each other]" in texts(read(deep.as_bytes())).values()


def test_encrypted_messages_are_reported() -> None:
    pgp = b"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\nContent-Type: application/pgp-encrypted\r\n\r\n"
    parsed = read(HEAD + pgp + b"Version: 1\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\nzzz\r\n--x--\r\n")
    assert (parsed.remark, parsed.members) == ("encrypted: only its headers are read", ())
    assert parsed.title == "Café at noon"
    smime = b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nzzz\r\n"
    assert read(HEAD + smime).remark == "encrypted: only its headers are read"
    inline = read(HEAD + b"\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQEMA\r\n-----END PGP MESSAGE-----\r\n")
    assert inline.remark == "encrypted: only its headers are read"
    assert "hQEMA" not in inline.text


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream"])
def test_winmail_dat_is_reported(kind: str) -> None:
    head = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nHello.\r\n--x\r\n"
    packed = b"Content-Type: %s; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\neJ8+IgAAAAA=\r\n--x--\r\n"
    parsed = read(HEAD + head + packed % kind.encode())
    assert "Hello." in parsed.text
    [member] = parsed.members
    assert (member.name, member.parsed) == ("winmail.dat", None)
    assert member.reason == "packed by Outlook (winmail.dat), which is not read"
    assert read(HEAD + b"\r\ntext\r\n").remark == ""


def test_a_signed_message_and_a_report() -> None:
    signed = b"Content-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n\r\nThe text.\r\n--x\r\n"
    signature = b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nzzz\r\n--x--\r\n"
    parsed = read(HEAD + signed + signature)
    assert (parsed.text, parsed.members) == (FROM + "The text.", ())
    report = (
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\n\r\nNot delivered.\r\n--x\r\nContent-Type: message/"
    )
    report += b"delivery-status\r\n\r\nReporting-MTA: dns; example.org\r\n\r\nStatus: 5.1.1\r\n--x--\r\n"
    assert body(report) == "Not delivered.\n\nReporting-MTA: dns; example.org\nStatus: 5.1.1"


def test_parts_that_end_too_early_and_deep_ones() -> None:
    cut = HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nThe te"
    assert read(cut).text == FROM + "The te"
    none = HEAD + b"Content-Type: multipart/mixed; boundary=missing\r\n\r\nThe text.\r\n"
    assert read(none).text == FROM + "The text."
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(2000))
    with pytest.raises(SourceUnreadable, match=r"^broken eml file: nested too deep$"):
        read(HEAD + deep + b"\r\ntext")


def test_changed_bytes_do_no_harm() -> None:
    made = message()
    made.add_alternative("<p>The otter.</p>", subtype="html")
    made.add_attachment(message("Inner"))
    made.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="Tabelle ä.csv")
    data = made.as_bytes()
    chance = random.Random(2)
    for _ in range(300):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 20)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        cut = chance.randrange(len(changed)) if chance.random() < 0.3 else len(changed)
        read_or_refused("a.eml", bytes(changed[:cut]))


# Mailboxes.


def mailbox(*messages: bytes) -> bytes:
    return b"".join(b"From ada@example.org Fri Mar  1 10:20:30 2024\n" + one + b"\n\n" for one in messages)


def test_a_mailbox_holds_its_messages() -> None:
    second = message("Plan/B", "From here on.\n", date="Sat, 02 Mar 2024 00:00:00 +0000").as_bytes()
    quoted = second.replace(b"\nFrom here", b"\n>From here")
    data = mailbox(message().as_bytes(), quoted, message().as_bytes(), b"From: Ada\nTo: Bob\n\nNo subject.")
    parsed = read(data, "Archive.mbox")
    found = texts(parsed)
    assert list(found) == ["2024-03-01 Hello", "2024-03-02 Plan-B", "2024-03-01 Hello (2)", "undated without subject"]
    assert found["2024-03-01 Hello"].endswith("The heron waits.")
    assert found["2024-03-02 Plan-B"].endswith("\n\nFrom here on.")
    assert {m.type for m in parsed.members} == {"eml"}
    assert parsed.members[1].parsed is not None
    assert parsed.members[1].parsed.title == "Plan/B"
    assert texts(read(data, "Inbox")) == found  # Thunderbird gives no ending
    assert texts(read(data.replace(b"\n", b"\r\n"), "a.mbox")).keys() == found.keys()


def test_a_sentence_that_begins_with_from_does_not_start_a_message() -> None:
    text = "From Monday at 10:30 on the office is open.\n\nFrom Tuesday 11:00 too: come.\n"
    assert read(text.encode(), "a.txt").members == ()
    assert len(read(mailbox(message(text=f"Dear all,\n\n{text}").as_bytes()), "a.mbox").members) == 1


def test_an_empty_mailbox() -> None:
    with pytest.raises(SourceUnreadable, match="no message in it"):
        read(b"not a mailbox", "a.mbox")


def test_attachments_in_a_mailbox() -> None:
    made = message("With a file")
    made.add_attachment(b"The plan.\n", maintype="text", subtype="plain", filename="plan.txt")
    found = texts(read(mailbox(made.as_bytes(), message().as_bytes()), "a.mbox"))
    assert list(found) == ["2024-03-01 With a file", "2024-03-01 With a file!/plan.txt", "2024-03-01 Hello"]


def test_apple_mail() -> None:
    data = message().as_bytes()
    parsed = read(f"{len(data)}\n".encode() + data + b"<?xml version='1.0'?><plist></plist>", "1.emlx")
    assert parsed.text.endswith("The heron waits.")
    assert parsed.title == "Hello"


# Outlook.


def properties(header: int, **numbers: int) -> bytes:
    """Return the stream of fixed-size properties: names are `t` and the tag in hexadecimal."""
    rows = [struct.pack("<HHIQ", 0x0003, int(name[1:], 16), 6, value) for name, value in numbers.items()]
    return bytes(header) + b"".join(rows)


def wide(tag: str, text: str) -> dict[str, bytes]:
    return {f"__substg1.0_{tag}001F": text.encode("utf-16-le")}


def inside(storage: str, streams: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{storage}/{name}": data for name, data in streams.items()}


def outlook(subject: str, text: str, header: int = 32) -> dict[str, bytes]:
    fixed = {"__properties_version1.0": properties(header, t0039=133537620300000000, t3FFD=1252)}
    sender = {**wide("0C1A", "Jörg Weiß"), **wide("5D01", "joerg@example.org")}
    return {**fixed, **sender, **wide("0037", subject), **wide("1000", text)}


def test_a_message_of_outlook() -> None:
    streams = outlook("Grüße", "The heron waits.\r\n\r\nSecond.\r\n")
    for n, (name, kind) in enumerate((("Ada", 1), ("Bob", 2), ("Carol", 3))):
        person = {"__properties_version1.0": properties(8, t0C15=kind), **wide("3001", name)}
        streams |= inside(f"__recip_version1.0_#{n:08X}", person | wide("39FE", f"{name.lower()}@example.org"))
    file = {**wide("3707", "plan.md"), "__substg1.0_37010102": b"# Plan\n\nThe plan.\n"}
    streams |= inside("__attach_version1.0_#00000000", {"__properties_version1.0": properties(8), **file})
    picture = {**wide("3707", "logo.png"), **wide("3712", "cid1"), "__substg1.0_37010102": b"\x89PNG"}
    streams |= inside("__attach_version1.0_#00000001", {"__properties_version1.0": properties(8), **picture})
    embedded = {"__properties_version1.0": properties(8), **wide("3001", "Inner")}
    embedded |= inside("__substg1.0_3701000D", outlook("Inner", "The inner text.", 24))
    streams |= inside("__attach_version1.0_#00000002", embedded)
    parsed = read(ole(streams), "a.msg")
    assert parsed.title == "Grüße"
    assert parsed.text == "From: Jörg Weiß\nTo: Ada, Bob\n\nThe heron waits.\n\nSecond."
    assert parsed.metadata["from"] == "Jörg Weiß <joerg@example.org>"
    assert (parsed.metadata["to"], parsed.metadata["cc"]) == ("Ada <ada@example.org>", "Bob <bob@example.org>")
    assert parsed.metadata["date"] == "2024-03-01T10:20:30+00:00"
    assert texts(parsed) == {
        "plan.md": "# Plan\n\nThe plan.", "Inner": "From: Jörg Weiß\n\nThe inner text.",
    }  # fmt: skip
    assert [m.type for m in parsed.members] == ["md", "msg"]


def test_outlook_messages_in_code_pages_and_in_html() -> None:
    old = {"__properties_version1.0": properties(32, t3FFD=1251), "__substg1.0_0037001E": "Скважина".encode("cp1251")}
    old["__substg1.0_10130102"] = b"<html><body><p>The otter.</p></body></html>"
    parsed = read(ole(old), "a.msg")
    assert (parsed.title, parsed.text) == ("Скважина", "The otter.")
    locked = {"__properties_version1.0": properties(32), **wide("0037", "Secret"), **wide("001A", "IPM.Note.SMIME")}
    locked |= wide("0C1A", "Ada")
    whole = {**wide("3707", "smime.p7m"), "__substg1.0_37010102": b"-----BEGIN-----"}
    locked |= inside("__attach_version1.0_#00000000", {"__properties_version1.0": properties(8), **whole})
    assert read(ole(locked), "a.msg").members == ()
    assert read(ole(locked), "a.msg").remark == "encrypted: only its headers are read"


def test_a_broken_message_of_outlook() -> None:
    data = ole(outlook("Subject", "The text.\n"))
    with pytest.raises(SourceUnreadable, match="broken msg file"):
        read(b"no OLE file at all", "a.msg")
    chance = random.Random(3)
    for _ in range(100):
        changed = bytearray(data)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        cut = chance.randrange(1, len(changed)) if chance.random() < 0.3 else len(changed)
        read_or_refused("a.msg", bytes(changed[:cut]))
