"""Formats for external programs: run with limits if installed, otherwise reported with advice."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.formats.library_samples import MESSAGE
from tests.formats.make_archives import ole, zipped
from tests.formats.make_books import epub
from tests.formats.make_files import column, pdf
from tests.formats.reading import read

WORD = ole({"WordDocument": b"x" * 5000})
SLIDES = ole({"PowerPoint Document": b"x" * 5000})
DJVU = b"AT&TFORM" + bytes(40)
KINDLE = bytes(60) + b"BOOKMOBI" + bytes(40)
OUTLOOK = b"!BDN" + bytes(40)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(folder: Path, name: str, lines: str) -> None:
    """Write a program in Python into the folder."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\nimport os, sys, time\nfrom pathlib import Path\n{lines}\n")
    path.chmod(0o755)


def reason(name: str, data: bytes, settings: Settings | None = None) -> str:
    with pytest.raises(SourceUnreadable) as raised:
        read_bytes(Path(name), data, settings or Settings())
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("a.doc", WORD, "old Word format: install catdoc and index again, or save it as .docx"),
        ("a.ppt", SLIDES, "old PowerPoint format: install catdoc (catppt) and index again, or save it as .pptx"),
        ("a.djvu", DJVU, "a DjVu document: install djvulibre-bin (djvutxt) and index again"),
        ("a.mobi", KINDLE, "an e-book for Kindle: install calibre (ebook-convert) and index again"),
        ("a.azw3", KINDLE, "an e-book for Kindle: install calibre (ebook-convert) and index again"),
        ("a.pst", OUTLOOK, "a mailbox of Outlook: install pst-utils (readpst) and index again"),
        ("a.ost", OUTLOOK, "a mailbox of Outlook: install pst-utils (readpst) and index again"),
    ],
)
def test_without_a_program_a_file_says_what_it_is_and_what_to_do(
    programs: Path, name: str, data: bytes, wanted: str
) -> None:
    assert reason(name, data) == wanted


def test_old_word_files_by_either_program(programs: Path) -> None:
    install(programs, "antiword", "print('The well.', Path(sys.argv[-1]).stat().st_size)")
    assert read("a.doc", WORD).text == f"The well. {len(WORD)}"
    install(programs, "catdoc", "print('First.\\n\\nSecond: Größe', os.environ.get('HTTP_PROXY'))")
    parsed = read("a.docx", WORD)
    assert parsed.text == "First.\n\nSecond: Größe None"
    assert [str(block.anchor) for block in parsed.blocks] == ["¶1", "¶2"]


def test_slides_and_pages_keep_their_numbers(programs: Path) -> None:
    install(programs, "catppt", "print('One\\fTwo', end='')")
    install(programs, "djvutxt", "print('Page one\\n\\f\\fPage three\\n\\f', end='')")
    assert [str(block.anchor) for block in read("a.ppt", SLIDES).blocks] == ["slide 1", "slide 2"]
    parsed = read("a.djvu", DJVU)
    assert [(str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks] == [
        ("p.1", "Page one"),
        ("p.3", "Page three"),
    ]
    assert reason("a.djvu", b"another thing") == "broken djvu file: its first bytes are those of another one"


def test_books_and_mailboxes_are_read_from_the_output_of_programs(programs: Path, tmp_path: Path) -> None:
    book = tmp_path / "book"
    book.write_bytes(epub([("a.xhtml", "<h1>Wells</h1><p>They are deep.</p>")]))
    install(programs, "ebook-convert", f"Path(sys.argv[2]).write_bytes(Path({str(book)!r}).read_bytes())")
    assert "They are deep." in read("a.mobi", KINDLE).text
    assert "They are deep." in read("a.azw3", KINDLE).text
    letter = tmp_path / "letter"
    letter.write_text(MESSAGE)
    lines = f"""out = Path(sys.argv[sys.argv.index('-o') + 1]) / 'Inbox'
out.mkdir()
for n in (1, 2, 10):
    (out / f'{{n}}.eml').write_bytes(Path({str(letter)!r}).read_bytes())
"""
    install(programs, "readpst", lines)
    found = read("a.pst", OUTLOOK).members
    assert [member.name for member in found] == ["Inbox/1.eml", "Inbox/2.eml", "Inbox/10.eml"]
    assert found[0].parsed is not None
    assert found[0].parsed.title == "The ladder"
    assert reason("a.ost", b"nothing") == "broken ost file: not an Outlook mailbox"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ("sys.exit('it is\\nencrypted')", "catdoc cannot read it: it is encrypted"),
        ("sys.exit(3)", "catdoc cannot read it (status 3)"),
        ("os.kill(os.getpid(), 11)", "catdoc cannot read it (status -11)"),
        ("pass", "empty"),
    ],
)
def test_a_failing_program_gives_one_line(programs: Path, lines: str, wanted: str) -> None:
    install(programs, "catdoc", lines)
    assert reason("a.doc", WORD) == wanted


def test_a_hanging_program_is_killed(programs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mark = tmp_path / "folder"
    told = f"Path({str(mark)!r}).write_text(str(Path.cwd()) + ' ' + str(os.getpid()))"
    install(programs, "catdoc", f"{told}\ntime.sleep(60)")
    began = time.monotonic()
    assert reason("a.doc", WORD, Settings(file_seconds=2.0)) == "catdoc takes more than 1.4 s to read it"
    assert time.monotonic() - began < 30
    folder, pid = mark.read_text().split()
    assert not Path(folder).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


def test_a_program_has_a_folder_of_its_own_and_no_input(programs: Path) -> None:
    install(programs, "catdoc", "print(sorted(os.listdir()), os.environ['HOME'] == os.getcwd(), not sys.stdin.read())")
    assert read("a.doc", WORD).text == "['file.doc', 'printed', 'stderr'] True True"


def test_a_program_has_limits_on_memory_and_output(programs: Path) -> None:
    install(programs, "catdoc", "time.sleep(0.2)\nx = bytearray(3_000_000_000)\nprint(len(x))")
    assert reason("a.doc", WORD).startswith("catdoc cannot read it")
    install(programs, "catdoc", "time.sleep(0.2)\nfor _ in range(40): os.write(1, b'x' * 100_000)")
    assert reason("a.doc", WORD, Settings(max_expanded_bytes=1_000_000)).startswith("catdoc cannot read it")


def test_a_file_is_tried_again_when_its_program_is_installed(programs: Path) -> None:
    def version(name: str) -> int:
        return Versions(Settings()).unread(Path(name), SourceUnreadable("x"))

    names = ("a.doc", "a.docx", "a.djvu", "a.zip", "a.md", "a.epub", "a.pst")
    before = {name: version(name) for name in names}
    install(programs, "catdoc", "pass")
    assert [name for name in names if version(name) != before[name]] == ["a.doc", "a.docx", "a.zip", "a.pst"]
    before = {name: version(name) for name in names}
    install(programs, "djvutxt", "pass")
    assert [name for name in names if version(name) != before[name]] == ["a.djvu", "a.zip", "a.pst"]


def test_apples_documents_by_the_preview_inside() -> None:
    page = pdf([column("Wells", "The well is deep, and its water is cold in every month.")])
    for kind in ("pages", "key", "numbers"):
        parsed: Parsed = read(f"a.{kind}", zipped({"QuickLook/Preview.pdf": page, "index.apxl": b"x"}))
        assert "its water is cold" in parsed.text
        assert str(parsed.blocks[-1].anchor) == "p.1"
    assert reason("a.pages", zipped({"Index/Document.iwa": b"x"})) == (
        "a Pages document without a preview: export it as Word or PDF"
    )
    assert reason("a.numbers", zipped({"Index/Document.iwa": b"x"})).startswith("a Numbers document")
    assert reason("a.key", b"PK\x03\x04" + bytes(100)).startswith("broken key file: a Keynote presentation")
    odd = zipped({"QuickLook/Preview.pdf": page})
    assert reason("a.key", odd[:-8] + b"\xff\xff" + odd[-6:]).startswith("broken key file: a Keynote presentation")
    assert reason("server.key", b"-----BEGIN PRIVATE KEY-----\nMIIB\n") == "a cryptographic key"
    assert read("a.key", b"an answer key: a, b, c\n").text == "an answer key: a, b, c\n"
