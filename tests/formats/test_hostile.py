"""What files may ask of their readers and never get: connections, other files, endless entities."""

from __future__ import annotations

import contextlib
import io
import json
import socket
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from semsearch.corpus.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.pipeline.parsers import Parsers
from semsearch.settings import Settings
from semsearch.types import Parsed
from tests.formats.make_files import column, notebook, pdf
from tests.formats.make_pictures import encoded, written

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE r [<!ENTITY l0 "laugh"> {LAUGHS}]>'


def docx(body: str, doctype: str = "") -> bytes:
    """Return a DOCX with one paragraph, and this before its document."""
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
    """Return a file of every type that asks for something at an address."""
    external = f'<!DOCTYPE r SYSTEM "{url}/a.dtd" [<!ENTITY x SYSTEM "{url}/x"> <!ENTITY % p SYSTEM "{url}/p"> %p;]>'
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
        "a.svg": f'<?xml version="1.0"?>{external}<svg><image href="{url}/a.png"/>A well</svg>'.encode(),
        "a.md": markdown.encode(),
        "a.rst": f"Wells\n=====\n\n.. include:: /etc/hostname\n\n.. raw:: html\n   :url: {url}/r\n".encode(),
        "a.ipynb": notebook(("markdown", markdown), ("code", f"import urllib.request as r\nr.urlopen('{url}')")),
        "a.pdf": pdf([column("A well in the yard, and a link to", f"{url}/a")], info=f"/Title ({url})"),
        "a.csv": f'name,where\nwell,"=WEBSERVICE(""{url}"")"\n'.encode(),
        "a.tex": f"\\input{{{url}/a}} \\write18{{curl {url}}} A well.".encode(),
        "a.py": f"import urllib.request\nurllib.request.urlopen('{url}')\n".encode(),
        "a.json": json.dumps({"$ref": f"{url}/a.json", "name": "a well"}).encode(),
        "a.yaml": b"!!python/object/apply:os.system ['echo well']\n",
        "a.txt": f"A well at {url}".encode(),
        "a.png": encoded(written("A well in the yard", f"and {url}/a")),
    }


@contextlib.contextmanager
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """Listen at an address; yield it and what was asked for, which libraries in C ask for unseen by Python."""
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
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    parsers = Parsers(Settings(file_seconds=30), count=1, memory=10**9, module="tests.formats.watched_worker")
    with listening() as (url, asked), closing(parsers):
        for name, data in reaching_out(url).items():
            parsed = parsers.submit(Path(name), data).result()
            assert parsed.text.strip(), name
    assert report.read_bytes() == b""
    assert asked == []


def test_the_watch_sees_what_it_watches_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHED_REPORT", str(tmp_path / "report"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
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
    }


def attempt(name: str, data: bytes) -> Parsed | None:
    try:
        return read_bytes(Path(name), data, Settings())
    except SourceUnreadable:
        return None


@pytest.mark.parametrize("name", entities("", ""))
def test_entities_are_never_expanded(name: str) -> None:
    parsed = attempt(name, entities(BOMB, "&l9;")[name])
    assert parsed is None or len(parsed.text) < 10_000
    shown = attempt(name, entities('<!DOCTYPE r [<!ENTITY mine "expanded">]>', "&mine;")[name])
    assert shown is None or "A well expanded" not in shown.text


@pytest.mark.parametrize("name", entities("", ""))
def test_entities_of_other_files_are_never_read(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the key lies under the mat")
    doctype = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    parsed = attempt(name, entities(doctype, "&x;")[name])
    assert parsed is None or "under the mat" not in parsed.text
