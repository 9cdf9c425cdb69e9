"""Hostile files: readers open no connections, no other files, and expand no entities."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path

import pytest
import zstandard

from semsearch.corpus.parse import read
from semsearch.corpus.parse.file_types import DATA, MANUAL, document_type
from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.readers.code.line_patterns import DEFINITIONS
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.formats.make_archives import ole, tarred, zipped
from tests.formats.make_books import epub
from tests.formats.make_files import column, notebook, pdf
from tests.formats.make_pictures import encoded, written
from tests.formats.office_files import ODF, odf, packed, parts_of, pptx, shape, sheet, tree, xls, xlsb, xlsx
from tests.unit.corpus.readers.mail.test_eml import outlook

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE r [<!ENTITY l0 "laugh"> {LAUGHS}]>'


def docx(body: str, doctype: str = "") -> bytes:
    """Return a DOCX with one paragraph, with this text before its document."""
    out = io.BytesIO()
    document = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{body}</w:t></w:r></w:p></w:body></w:document>'
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", f'<?xml version="1.0"?>{doctype}{document}')
    return out.getvalue()


def page(head: str, body: str, doctype: str = "<!DOCTYPE html>") -> bytes:
    return f"{doctype}<html><head>{head}</head><body>{body}</body></html>".encode()


def reaching_out(url: str) -> dict[str, bytes]:
    """Return a file of every type that refers to an address."""
    external = f'<!DOCTYPE r SYSTEM "{url}/a.dtd" [<!ENTITY x SYSTEM "{url}/x"> <!ENTITY % p SYSTEM "{url}/p"> %p;]>'
    said = f"A well at {url}/a"
    image = f'<img src="{url}/a.png"><iframe src="{url}/b"></iframe><object data="{url}/c"></object>'
    head = f'<base href="{url}/"><link rel="stylesheet" href="{url}/a.css"><script src="{url}/a.js"></script>'
    markdown = f"# Wells\n\n![a picture]({url}/a.png) of the well\n\n[link]: {url}/b\n"
    return {
        "a.html": page(head, f"<p>A well in the yard.</p>{image}"),
        "b.html": page("", "<p>A well &x; in the yard.</p>", external),
        "a.xhtml": b'<?xml version="1.0"?>' + page(head, "<p>A well &x; in the yard.</p>", external),
        "a.docx": docx("A well &x; in the yard.", external),
        "b.docx": docx("A well in the yard."),
        "a.xml": f'<?xml version="1.0"?>{external}<r>A well &x; in the yard.</r>'.encode(),
        "a.svg": f'<?xml version="1.0"?>{external}<svg><image href="{url}/a.png"/><text>A well</text></svg>'.encode(),
        "a.md": markdown.encode(),
        "a.rst": f"Wells\n=====\n\n.. include:: /etc/hostname\n\n.. raw:: html\n   :url: {url}/r\n".encode(),
        "a.ipynb": notebook(("markdown", markdown), ("code", f"import urllib.request as r\nr.urlopen('{url}')")),
        "a.pdf": pdf([column("A well in the yard, and a link to", f"{url}/a")], info=f"/Title ({url})"),
        "a.csv": f'name,where\nwell,"=WEBSERVICE(""{url}"")"\n'.encode(),
        "a.tex": f"\\input{{{url}/a}} \\write18{{curl {url}}} A well.".encode(),
        "a.py": f"import urllib.request\nurllib.request.urlopen('{url}')\n".encode(),
        "a.json": json.dumps({"$ref": f"{url}/a.json", "name": "a well"}).encode(),
        "a.yaml": b"!!python/object/apply:os.system ['echo well']\n",
        "a.txt": said.encode(),
        **{f"c.{kind}": data for kind, data in of_parts(external, "&x;").items()},
        **{f"d.{kind}": data for kind, data in of_parts("", said).items()},
        **{f"a.{kind}": said.encode() for kind in ("adoc", "org", "log", "doc", "toml", "tsv")},
        "a.1": f".TH WELL 1\n.so {url}/a\n.UR {url}\nA well\n.UE\n".encode(),
        "a.srt": f"1\n00:00:01,000 --> 00:00:02,000\n{said}\n".encode(),
        "a.vtt": f"WEBVTT\n\nSTYLE\n@import url({url}/a.css);\n\n00:01.000 --> 00:02.000\n{said}\n".encode(),
        "a.jsonl": json.dumps({"$schema": f"{url}/a", "text": said}).encode(),
        "a.rtf": rb"{\rtf1{\field{\*\fldinst INCLUDETEXT %b/a}{\fldrslt A well}}}" % url.encode(),
        "a.xls": xls({"A": [[f'=WEBSERVICE("{url}")']]}),
        "a.xlsb": xlsb("A", [[said]]),
        **holders(url, page(head, f"<p>A well in the yard.</p>{image}")),
        "a.pod": f"=head1 A well\n\nL<the well|{url}/a>\n\n=for html <img src='{url}/a.png'>\n".encode(),
        **pictures("A well in the yard", f"and {url}/a"),
        "a.bib": f"@misc{{a, title={{A well}}, howpublished={{\\url{{{url}/a}}}}, file={{{url}/b}}}}\n".encode(),
        "a.ris": f"TY  - JOUR\nTI  - A well\nUR  - {url}/a\nER  - \n".encode(),
        "a.canvas": json.dumps({"nodes": [{"type": "link", "url": f"{url}/a well", "x": 0, "y": 0}]}).encode(),
        "a.enex": f"{external}<en-export><note><title>A &x; well</title><content>"
        f"<![CDATA[<!DOCTYPE en-note SYSTEM '{url}/e.dtd'>"
        f"<en-note>{image}A well &x;</en-note>]]></content></note></en-export>".encode(),
        "a.chat": f"05/03/2024, 10:20 - A: {said}\n".encode(),
        **{f"a.{kind}": zipped({"QuickLook/Preview.pdf": pdf([column(said)])}) for kind in ("pages", "numbers", "key")},
    }


def pictures(*lines: str) -> dict[str, bytes]:
    picture = written(*lines)
    kinds = {"png": "PNG", "jpg": "JPEG", "tif": "TIFF", "webp": "WEBP", "bmp": "BMP", "gif": "GIF"}
    return {f"a.{kind}": encoded(picture, name) for kind, name in kinds.items()}


def of_parts(doctype: str, words: str) -> dict[str, bytes]:
    """Return a file of every type of XML package, with the text `A well` and these words, which are XML."""
    text = "<text:p>A well HERE</text:p>"
    grid = f'<table:table><table:table-row><table:table-cell office:value-type="string">{text}</table:table-cell>'
    slide = f"<draw:page><draw:frame><draw:text-box>{text}</draw:text-box></draw:frame></draw:page>"
    book = epub([("a.xhtml", "<p>A well in the yard.</p>")], metadata="<dc:title>A well HERE</dc:title>")
    made = {
        "docx": (docx("A well HERE"), "word/document.xml"),
        "xlsx": (xlsx({"A": sheet([["A well HERE"]])}), "xl/worksheets/sheet1.xml"),
        "pptx": (pptx([tree(shape("A well HERE"))]), "ppt/slides/slide1.xml"),
        "odt": (odf("text", text), "content.xml"),
        "ods": (odf("spreadsheet", f"{grid}</table:table-row></table:table>"), "content.xml"),
        "odp": (odf("presentation", slide), "content.xml"),
        "odg": (odf("drawing", slide), "content.xml"),
        "epub": (book, "OPS/book.opf"),
    }
    found = {}
    for kind, (data, part) in made.items():
        parts = parts_of(data)
        xml = parts[part].decode().rpartition("?>")[2].replace("HERE", words)
        found[kind] = packed(parts | {part: doctype + xml})
    flat = f"<office:document{ODF}><office:body><office:text>{text}</office:text></office:body></office:document>"
    found["fodt"] = (doctype + flat.replace("HERE", words)).encode()
    return found


def holders(url: str, web_page: bytes) -> dict[str, bytes]:
    """Return a file of every container type; the file inside refers to an address."""
    mail = EmailMessage()
    mail["Subject"] = "A well"
    mail.set_content(web_page, maintype="text", subtype="html")
    mail["List-Unsubscribe"] = f"<{url}/a>"
    elsewhere = f"message/external-body; access-type=URL; URL={url}/b"
    mail_there = b"From: Ada <ada@example.org>\nContent-Type: %b\n\n\nA well\n" % elsewhere.encode()
    html = {"a.html": web_page}
    tar = tarred(html)
    letter = bytes(mail)
    return {
        "a.zip": zipped(html),
        "a.tar": tar,
        "a.html.gz": gzip.compress(web_page),
        "a.html.bz2": bz2.compress(web_page),
        "a.html.xz": lzma.compress(web_page),
        "a.html.lzma": lzma.compress(web_page, lzma.FORMAT_ALONE),
        "a.html.zst": zstandard.compress(web_page),
        "a.eml": letter,
        "b.eml": mail_there,
        "a.emlx": b"%d\n%b" % (len(letter), letter),
        "a.mbox": b"From ada@example.org Fri Mar  1 10:20:30 2024\n" + letter,
        "a.msg": ole(outlook("A well", f"A well at {url}/a")),
        "a.mht": b"MIME-Version: 1.0\nContent-Location: %b\nContent-Type: text/html\n\n%b" % (url.encode(), web_page),
    }


def told(parsed: Parsed) -> str:
    """Return the text and the title of a document and of its nested documents."""
    inside = "".join(told(member.parsed) for member in parsed.members if member.parsed is not None)
    return f"{parsed.text}\n{parsed.title}\n{inside}"


def test_every_reader_is_given_a_file_that_asks_for_something() -> None:
    given = {document_type(Path(name)) for name in reaching_out("http://localhost")}
    known = {*read._READERS, *read._HOLDERS} - {*GRAMMARS, *DEFINITIONS, *DATA, *MANUAL}
    by_programs = {"ppt", "djvu", "mobi", "azw3", "pst", "ost"}
    assert known - given == by_programs  # refused, or read by another program


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """Listen at an address; yield it and the requests, including those of C libraries, which Python cannot see."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                with contextlib.suppress(OSError):
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(1)
                        asked.append(connection.recv(1000))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        finally:
            done.set()
            thread.join()


def test_no_reader_connects_or_runs_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = tmp_path / "report"
    monkeypatch.setenv("WATCHED_REPORT", str(report))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))
    parsers = Parsers(Settings(file_seconds=30), count=1, memory=10**9, module="tests.formats.watched_worker")
    with listening() as (url, asked), closing(parsers):
        for name, data in reaching_out(url).items():
            parsed = parsers.submit(Path(name), data).result()
            assert told(parsed).strip(), name
    assert report.read_bytes() == b""
    assert asked == []


def test_the_watch_detects_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHED_REPORT", str(tmp_path / "report"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))
    parsers = Parsers(Settings(), count=1, memory=10**9, module="tests.formats.connecting_worker")
    with closing(parsers), pytest.raises(SourceUnreadable, match="ended with status 17"):
        parsers.submit(Path("a.txt"), b"text").result()
    assert (tmp_path / "report").read_text().startswith("socket.")


def entities(doctype: str, reference: str) -> dict[str, bytes]:
    body = f"<p>A well {reference} in the yard.</p>"
    return {
        "a.html": page("", body, doctype),
        "a.xhtml": b'<?xml version="1.0"?>' + page("", body, doctype),
        "a.docx": docx(f"A well {reference} in the yard.", doctype),
        "a.xml": f'<?xml version="1.0"?>{doctype}<r>A well {reference} in the yard.</r>'.encode(),
        "a.svg": f'<?xml version="1.0"?>{doctype}<svg><text>A well {reference}</text></svg>'.encode(),
        **{f"a.{kind}": data for kind, data in of_parts(doctype, reference).items()},
    }


def attempt(name: str, data: bytes) -> Parsed | None:
    try:
        return read_bytes(Path(name), data, Settings())
    except SourceUnreadable:
        return None


@pytest.mark.parametrize("name", entities("", ""))
def test_entities_are_never_expanded(name: str) -> None:
    parsed = attempt(name, entities(BOMB, "&l9;")[name])
    assert parsed is None or len(told(parsed)) < 10_000
    shown = attempt(name, entities('<!DOCTYPE r [<!ENTITY mine "expanded">]>', "&mine;")[name])
    assert shown is None or "A well expanded" not in told(shown)


@pytest.mark.parametrize("name", entities("", ""))
def test_entities_of_other_files_are_never_read(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the key lies under the mat")
    doctype = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    parsed = attempt(name, entities(doctype, "&x;")[name])
    assert parsed is None or "under the mat" not in told(parsed)
