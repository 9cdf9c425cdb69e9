"""Reading files of any kind: types, encodings, sizes, and correct reasons for unreadable files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.read import known_type, parse_document, read, read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind


def reason(path: Path, settings: Settings | None = None) -> str:
    with pytest.raises(SourceUnreadable) as caught:
        read(path, settings or Settings())
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.md", "md"), ("a.MARKDOWN", "md"), ("a.htm", "html"), ("a.py", "py"), ("a.pyw", "py"), ("a.log", "log"),
        ("README", "txt"), (".bashrc", "txt"), ("a.tar.gz", "tar"), ("a.TGZ", "tar"), ("syslog.1.gz", "gz"),
        ("a.", "txt"), ("a.very-long-ending", "txt"), ("a.b c", "txt"), ("a.pdf", "pdf"), ("a.text", "txt"),
        ("a.mhtml", "mht"), ("a.rst.txt", "rst"), ("A.MD.TXT", "md"), ("a.html.txt", "txt"), ("rst.txt", "txt"),
    ],
)  # fmt: skip
def test_types(name: str, kind: str) -> None:
    assert document_type(Path(name)) == kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("memcmp.3.gz", "3"), ("NEWS.md.xz", "md"), ("notes.gz", "txt")),
        *(("a.tar.gz", "tar"), ("a.zip", "zip"), ("a.md", "md")),
    ],
)
def test_a_compressed_file_has_the_type_of_its_content(name: str, kind: str) -> None:
    assert known_type(Path(name)) == kind


TNEF = b"\x78\x9f\x3e\x22" + bytes(1000)
GERMAN = "Der Brunnen ist sehr tief, und die Pumpe läuft nur über Nacht – für „alle“ Gärten."
RUSSIAN = "Скважина находится глубоко под землёй, и насос работает ночью. Вода холодная."
JAPANESE = "井戸はとても深いです。ポンプは夜に動きます。水は冷たいです。"
ENCODED = [
    *((name, GERMAN) for name in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252")),
    *((name, RUSSIAN) for name in ("utf-16", "koi8-r", "cp1251", "cp866")),
    *((name, JAPANESE) for name in ("utf-8", "shift_jis", "euc-jp")),
    ("latin-1", "Le puits est très profond, et la pompe marche la nuit, à côté de l'étable."),
    ("cp1252", "El niño comió en la montaña mañana por la noche. ¿Dónde está?"),
    ("cp1252", "São Paulo é uma cidade com ações e corações."),
    ("cp1252", "Blåbærsyltetøy på brødet smaker godt om morgenen."),
    ("cp1252", "Jag såg en älg på vägen till skolan."),
    ("cp1252", "Það er gott að búa á Íslandi og þar er kalt."),
    ("cp1252", "Perché la città è così bella? Però non c'è più nessuno."),
    ("cp1252", "Els nens van a l'escola cada dia, però avui no hi ha classe perquè és festa."),
    ("cp1252", "Price: £5 or 30 € per m², plus ½ cup at 20 °C."),
    ("cp1250", "Starý člověk seděl u okna a díval se na moře."),
    ("cp1250", "Szczęście jest jak motyl, mówi stare przysłowie."),
    ("cp1250", "A fiú elment az iskolába, mert tanulni akart, és jó jegyet kapott az erőfeszítéséért."),
    ("cp1250", "Ministarstvo je odlučilo da će cijene biti niže već sljedeće godine."),
    ("cp1254", "Bu akşam kardeşimle sinemaya gideceğiz."),
    ("iso8859-2", "Studnia jest bardzo głęboka, a pompa działa w nocy, kiedy nie ma słońca nad dachem."),
    ("cp1253", "Το πηγάδι είναι πολύ βαθύ και η αντλία λειτουργεί τη νύχτα."),
    ("gb18030", "这口井非常深，水泵在夜间工作。水很冷，很清澈。"),
    ("euc-kr", "우물은 매우 깊고 펌프는 밤에 작동합니다. 물은 차갑습니다."),
]


@pytest.mark.parametrize(("encoding", "text"), ENCODED)
def test_encodings_are_detected(encoding: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert read(path, Settings()).text == text


def test_utf8_with_some_broken_bytes_stays_utf8() -> None:
    data = "Größe über alles für Käse".encode() + b" \xff " + "schön".encode()
    assert read_bytes(Path("a.txt"), data, Settings()).text == "Größe über alles für Käse \ufffd schön"


def test_reasons(tmp_path: Path) -> None:
    def put(name: str, data: bytes) -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    assert reason(put("a.txt", b"")) == "empty"
    assert reason(put("b.txt", b" \n\t\r\n")) == "empty"
    assert reason(put("c.txt", "\ufeff\u200b\u200d \u2060".encode())) == "empty"
    assert reason(put("d.dat", bytes(range(256)) * 100)) == "binary"
    assert reason(put("e.txt", b"\x01\x02\x03\x04" * 100)) == "binary"
    assert reason(put("f.md", b"\x7fELF" + bytes(9000))) == "binary"
    assert reason(put("g.pages", b"PK\x03\x04" + bytes(100))).startswith("broken pages file: a Pages document")
    assert reason(put("h.eps", b"hello")) == "no reader for eps files yet"
    assert reason(put("winmail.dat", TNEF)) == "packed by Outlook (winmail.dat), which is not read"
    assert reason(put("smime.p7m", b"0\x82" + bytes(range(256)))) == "encrypted, or signed and packed (S/MIME)"
    assert reason(put("letter.asc", b"-----BEGIN PGP MESSAGE-----\n\nhQEMA\n")) == "encrypted"
    for name in ("winmail.dat", "smime.p7m", "letter.asc"):
        with pytest.raises(SourceUnreadable, match=r"Outlook|S/MIME|encrypted"):
            read_bytes(tmp_path / name, (tmp_path / name).read_bytes(), Settings())
    assert reason(put("i.txt", b"x" * 3_000_001), Settings(max_file_bytes=2_000_000)) == "too large (3 MB > 2 MB)"
    assert reason(put("j.txt", b"x" * 2000), Settings(max_file_bytes=1500)) == "too large (2 kB > 1.5 kB)"
    assert reason(tmp_path / "gone.txt") == "no such file or directory"
    assert reason(tmp_path) in ("is a directory", "not a regular file")
    os.mkfifo(tmp_path / "fifo.txt")
    assert reason(tmp_path / "fifo.txt") == "not a regular file"


def test_a_huge_file_is_rejected_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.truncate(2**40)
    assert reason(path).startswith("too large (1.1 TB")


def test_titles_are_one_line_and_short() -> None:
    parsed = read_bytes(Path("a.md"), ("# " + "word " * 100 + "\n\ntext").encode(), Settings())
    assert len(parsed.title) <= 200
    assert parsed.title.endswith("word…")
    assert read_bytes(Path("named.txt"), b"text", Settings()).title == ""


def test_a_document_from_the_caller_stays_as_it_is() -> None:
    text = "One.\r\nStill one.\r\n\r\nTwo.\n \nThree \ud800"
    parsed = parse_document(text, "  A\n title ")
    assert parsed.text == text.replace("\ud800", "\ufffd")
    assert [parsed.text[b.start : b.stop] for b in parsed.blocks] == ["One.\r\nStill one.\r", "Two.", "Three \ufffd"]
    assert {b.kind for b in parsed.blocks} == {BlockKind.PARAGRAPH}
    assert parsed.title == "A title"
    assert parse_document("").blocks == ()


def test_records_are_cut_between_lines() -> None:
    for name in ("a.csv", "a.jsonl", "a.log"):
        assert [b.kind for b in read_bytes(Path(name), b"a,b. C\nd,e\n", Settings()).blocks] == [BlockKind.TABLE]


def test_readers_load_their_libraries_when_they_are_needed() -> None:
    code = (
        "import sys\n"
        "import semsearch.corpus.parse.read, semsearch.corpus.files.walk\n"
        "import semsearch.corpus.split.passages, semsearch.corpus.text.language\n"
        "heavy = {'lxml', 'docx', 'pypdfium2', 'pyromark', 'charset_normalizer', 'numpy', 'py3langid'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
