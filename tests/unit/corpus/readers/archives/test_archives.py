"""Archives: nested files go to the ordinary readers; bombs, encryption, links and truncation do little harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.read import needs_process, read_bytes
from semsearch.corpus.readers.nested import Limited
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.formats.make_archives import encrypted, tarred, zipped
from tests.formats.make_files import column, pdf
from tests.formats.reading import read_or_refused

FILES: Mapping[str, str | bytes] = {
    "notes/heron.md": "# Heron\n\nIt stands in the reeds.\n",
    "paper.pdf": pdf([column("The otter swims in the pond.")]),
    "page.html": "<html><body><p>A kestrel hovers.</p></body></html>",
    "data.bin": bytes(range(256)) * 20,
    "empty.txt": "",
}
MEGABYTE = 1_000_000


def read(name: str, data: bytes, **settings: int | float) -> Parsed:
    return read_bytes(Path(name), data, Settings(**settings))  # type: ignore[arg-type]


def texts(parsed: Parsed) -> dict[str, str]:
    """Return the text of every nested file, or in brackets why there is none."""
    found = {}
    for member in parsed.members:
        found[member.name] = member.parsed.text.strip() if member.parsed is not None else f"[{member.reason}]"
        if member.parsed is not None:
            found |= {f"{member.name}!/{name}": text for name, text in texts(member.parsed).items()}
    return found


def reason(name: str, data: bytes, **settings: int) -> str:
    with pytest.raises(SourceUnreadable) as caught:
        read(name, data, **settings)
    return str(caught.value)


def packers() -> dict[str, bytes]:
    files = {name: content if isinstance(content, bytes) else content.encode() for name, content in FILES.items()}
    plain = tarred(files)
    return {
        "a.zip": zipped(FILES),
        "a.tar": plain,
        "a.tar.gz": gzip.compress(plain),
        "a.TGZ": gzip.compress(plain),
        "a.tar.bz2": bz2.compress(plain),
        "a.tar.xz": lzma.compress(plain),
        "a.tar.zst": zstandard.ZstdCompressor().compress(plain),
        "unsaid.gz": gzip.compress(plain),
    }


@pytest.mark.parametrize("name", packers())
def test_every_archive_yields_its_files(name: str) -> None:
    parsed = read(name, packers()[name])
    found = texts(parsed)
    assert list(found) == list(FILES)
    assert found["notes/heron.md"].startswith("# Heron")
    assert found["paper.pdf"] == "The otter swims in the pond."
    assert found["page.html"] == "A kestrel hovers."
    assert (found["data.bin"], found["empty.txt"]) == ("[binary]", "[empty]")
    assert [m.type for m in parsed.members] == ["md", "pdf", "html", "bin", "txt"]
    assert parsed.members[0].parsed is not None
    assert parsed.members[0].parsed.title == "Heron"
    assert parsed.text == ""
    assert needs_process(Path(name), packers()[name])


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("notes.md.gz", gzip.compress), ("syslog.1.gz", gzip.compress), ("notes.md.bz2", bz2.compress),
        ("notes.md.xz", lzma.compress), ("notes.md.lzma", lambda d: lzma.compress(d, lzma.FORMAT_ALONE)),
        ("notes.md.zst", lambda d: zstandard.ZstdCompressor().compress(d)),
    ],
)  # fmt: skip
def test_a_single_compressed_file_is_what_it_unpacks_to(name: str, pack: object) -> None:
    parsed = read(name, pack(b"# Title\n\nThe text.\n"))  # type: ignore[operator]
    assert (parsed.text, parsed.members) == ("# Title\n\nThe text.\n", ())
    assert parsed.title == ("Title" if ".md." in name else "")
    assert "not a known compression" in reason(name, b"plain text")
    assert reason(name, pack(b"")) == "empty"  # type: ignore[operator]
    if not name.endswith(".zst"):  # of which what is there is read
        assert "broken" in reason(name, pack(random.Random(1).randbytes(9000).hex().encode())[:-300])  # type: ignore[operator]


def test_system_files_and_hidden_files_are_skipped() -> None:
    junk = {"__MACOSX/._a.txt": "x", ".DS_Store": "x", "a/.git/config": "x", "a/Thumbs.db": "x", "a/desktop.ini": "x"}
    assert list(texts(read("a.zip", zipped({**junk, "a/b.txt": "text"})))) == ["a/b.txt"]
    assert reason("a.zip", zipped(junk)) == "empty"
    shown = read_bytes(Path("a.zip"), zipped({".notes/b.txt": "text"}), Settings(hidden=True))
    assert list(texts(shown)) == [".notes/b.txt"]


def test_names_never_leave_the_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [
        "../../etc/passwd",
        "/etc/shadow",
        "a\\b\\c.txt",
        "./d.txt",
        "e!/f.txt",
        "line\nbreak.txt",
        "x" * 400 + ".md",
    ]
    parsed = read("a.zip", zipped(dict.fromkeys(names, "text")))
    found = [m.name for m in parsed.members]
    assert found[:6] == ["etc/passwd", "etc/shadow", "a/b/c.txt", "d.txt", "e/f.txt", "line\nbreak.txt"]
    assert len(found[6]) <= 240
    assert found[6].endswith("xx.md")
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    read("a.tar", tarred({"../evil.txt": b"text", f"{tmp_path}/evil.txt": b"text", "good.txt": b"text"}))
    assert list(tmp_path.rglob("*")) == [inside]


def test_the_same_name_twice() -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for text in (b"one", b"two", b"three"):
            info = tarfile.TarInfo("a/b.txt")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text))
    assert texts(read("a.tar", out.getvalue())) == {"a/b.txt": "one", "a/b (2).txt": "two", "a/b (3).txt": "three"}


def test_links_and_devices_are_skipped() -> None:
    assert list(texts(read("a.zip", zipped({"a.txt": "text"}, links={"b.txt": "/etc/passwd"})))) == ["a.txt"]
    entries = []
    for number, kind in enumerate(
        (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE)
    ):
        info = tarfile.TarInfo(f"entry{number}.txt")
        info.type, info.linkname = kind, "/etc/passwd"
        entries.append(info)
    assert list(texts(read("a.tar", tarred({"a.txt": b"text"}, entries=entries)))) == ["a.txt"]


def test_encrypted_files_are_reported() -> None:
    parsed = read("a.zip", encrypted(zipped({"a.txt": "text", "b.txt": "secret"}), "b.txt"))
    assert texts(parsed) == {"a.txt": "text", "b.txt": "[encrypted]"}
    assert not parsed.members[1].limited


@pytest.mark.parametrize("name", packers())
def test_broken_archives_are_reported(name: str) -> None:
    data = packers()[name]
    assert "empty" in reason(name, b"")
    told = reason(name, data[: len(data) // 3]) if name == "a.zip" else ""
    assert told.startswith("broken zip file") or name != "a.zip"
    for length in range(1, len(data), max(1, len(data) // 40)):
        read_or_refused(name, data[:length])
        with suppress(SourceUnreadable):
            parsed = read(name, data[:length])
            assert parsed.remark.startswith("broken") or parsed.members


def test_flipped_bytes_do_no_harm() -> None:
    chance = random.Random(4)
    for name, data in packers().items():
        for _ in range(40):
            changed = bytearray(data)
            for _ in range(3):
                changed[chance.randrange(len(changed))] = chance.randrange(256)
            read_or_refused(name, bytes(changed))


# Bombs and limits.


def test_a_bomb_is_detected_by_declared_and_by_actual_size() -> None:
    parsed = read("a.zip", zipped({"bomb.txt": b"a" * 40 * MEGABYTE, "b.txt": "text"}))
    assert texts(parsed) == {"bomb.txt": "[zip bomb: 40 MB packed into 38.9 kB]", "b.txt": "text"}
    assert parsed.members[0].limited
    assert reason("log.gz", gzip.compress(b"a" * 40 * MEGABYTE)).startswith("zip bomb: 40 MB packed into")
    with pytest.raises(Limited):
        read("log.xz", lzma.compress(b"a" * 20 * MEGABYTE))


def test_the_total_size_of_nested_files_is_limited() -> None:
    chance = random.Random(0)
    files = {f"{n}.txt": chance.randbytes(50_000).hex(" ", 4) for n in range(6)}
    for name, data in (
        ("a.zip", zipped(files)),
        ("a.tar.gz", gzip.compress(tarred({k: v.encode() for k, v in files.items()}))),
    ):
        parsed = read(name, data, max_expanded_bytes=350_000)
        told = [member.reason for member in parsed.members if member.parsed is None]
        assert sum(member.parsed is not None for member in parsed.members) == 3
        assert all("expands to more than 350 kB" in one for one in told)
        assert told
        assert all(member.limited for member in parsed.members if member.parsed is None)
        assert len(read(name, data).members) == 6


def test_one_file_that_expands_too_far_is_left_out_and_not_cut() -> None:
    words = random.Random(0).randbytes(MEGABYTE).hex(" ", 4)
    packed = gzip.compress(words.encode())
    assert read("a.txt.gz", packed).text == words
    with pytest.raises(Limited, match="expands to more than 1 MB"):
        read("a.txt.gz", packed, max_expanded_bytes=MEGABYTE)


def test_skipped_files_count_too() -> None:
    data = gzip.compress(tarred({".hidden": bytes(5 * MEGABYTE), "a.txt": b"text"}))
    assert texts(read("a.tgz", data)) == {"a.txt": "text"}
    assert texts(read("a.tgz", data, max_expanded_bytes=MEGABYTE)) == {
        "the rest": "[what is inside expands to more than 1 MB]"
    }


def test_a_large_nested_file_is_left_out_alone() -> None:
    parsed = read(
        "a.zip", zipped({"big.txt": random.Random(0).randbytes(30_000).hex(), "b.txt": "text"}), max_file_bytes=50_000
    )
    assert texts(parsed) == {"big.txt": "[too large (60 kB > 50 kB)]", "b.txt": "text"}


def test_the_number_of_files_is_limited() -> None:
    parsed = read("a.zip", zipped({f"{n}.txt": f"text {n}" for n in range(50)}), max_members=10)
    assert len(parsed.members) == 11
    assert texts(parsed)["10.txt"] == "[more than 10 files inside: this and 39 more are left out]"


def test_nesting_is_limited() -> None:
    data = zipped({"core.txt": "the core"})
    for _ in range(20):
        data = zipped({"in.zip": data, "beside.txt": "beside"})
    found = texts(read("a.zip", data, max_nesting=3))
    assert found["in.zip!/in.zip!/beside.txt"] == "beside"
    assert found["in.zip!/in.zip!/in.zip!/in.zip"] == "[more than 3 files inside each other]"
    assert not any(name.count("!/") > 3 for name in found)


def test_a_bomb_of_archives_ends() -> None:
    data = zipped({"core.txt": "text " * 100})
    for _ in range(8):
        data = zipped({f"{n}.zip": data for n in range(16)})
    start = time.monotonic()
    found = texts(read("a.zip", data, max_members=500, max_nesting=50))
    assert time.monotonic() - start < 60
    assert len(found) < 1200
    assert any("more than 500 files inside" in text for text in found.values())


def test_time_is_limited() -> None:
    files = {f"{n}.txt": "text " * 20_000 for n in range(400)}
    parsed = read("a.zip", zipped(files), file_seconds=0.02)
    assert 0 < len(parsed.members) < 400
    assert "takes longer than 0.014 s" in parsed.members[-1].reason
    assert parsed.members[-1].limited


def test_office_files_keep_their_readers() -> None:
    for name in ("a.docx", "a.xlsx", "a.pptx", "a.odt", "a.epub", "a.jar", "a.whl"):
        assert document_type(Path(name)) not in ("zip", "tar")
    assert reason("a.jar", zipped({"a.txt": "text"})) == "binary"


def test_a_nested_recording_is_reported() -> None:
    assert texts(read("a.zip", zipped({"talk.mp3": b"ID3", "a.txt": "text"}))) == {
        "talk.mp3": "[a recording inside another file]", "a.txt": "text",
    }  # fmt: skip
