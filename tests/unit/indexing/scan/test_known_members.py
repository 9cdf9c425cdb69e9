"""Nested documents over the life of an index: read, changed, gone, limited, moved, removed, interrupted."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch.api.index import Index
from semsearch.settings import Settings
from semsearch.stores.local.files.layout import Layout
from semsearch.types.reports import Summary
from semsearch.types.search import Absence
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_archives import zipped

BIRDS = {
    "notes/heron.md": "# Heron\n\nThe heron stands in the reeds.\n",
    "notes/otter.md": "# Otter\n\nThe otter swims in the pond.\n",
    "bin/data.dat": bytes(range(256)) * 20,
    "list.txt": "kestrel and kite\n",
}


def put(path: Path, data: bytes | str, seconds: int = 100) -> Path:
    """Write a file old enough for its dates to be reliable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    past = time.time_ns() - seconds * 10**9
    os.utime(path, ns=(past, past))
    return path


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    put(folder / "plain.md", "# Plain\n\nA wren sings.\n")
    put(folder / "birds.zip", zipped(BIRDS))
    return folder


@pytest.fixture
def index(tmp_path: Path, encoder: HashingEncoder, docs: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "index", encoder=encoder) as made:
        made.index([docs])
        yield made


def names(index: Index, folder: Path) -> list[str]:
    return sorted(os.path.relpath(d.path, folder) for d in index.documents())


def test_a_compressed_file_has_the_type_of_what_is_packed(docs: Path, index: Index) -> None:
    packed = gzip.compress(b"# Kite\n\nA kite hovers.\n")
    put(docs / "kite.md.gz", packed)
    put(docs / "more.zip", zipped({"kite.md.gz": packed}))
    index.index()
    found = {os.path.relpath(d.path, docs): d.type for d in index.documents()}
    assert (found["kite.md.gz"], found["more.zip!/kite.md.gz"]) == ("md", "md")
    (docs / "kite.md.gz").rename(docs / "bird.md.gz")
    assert index.index().moved == 1


def reasons(summary: Summary, folder: Path) -> dict[str, str]:
    return {os.path.relpath(s.path, folder): s.reason for s in summary.skipped}


ALL = ["birds.zip", "birds.zip!/list.txt", "birds.zip!/notes/heron.md", "birds.zip!/notes/otter.md", "plain.md"]


def test_a_file_and_what_is_inside_are_documents(index: Index, docs: Path) -> None:
    assert names(index, docs) == ALL
    heron = index.document(str(docs / "birds.zip!/notes/heron.md"))
    assert (heron.title, heron.text) == ("Heron", BIRDS["notes/heron.md"])
    assert (heron.metadata["type"], heron.metadata["size"]) == ("md", (docs / "birds.zip").stat().st_size)
    assert heron.metadata["modified"] == index.document(str(docs / "birds.zip")).metadata["modified"]
    assert index.document(str(docs / "birds.zip")).text == ""
    hit = index.search("heron in the reeds", floor=False).hits[0]
    assert hit.path == str(docs / "birds.zip!/notes/heron.md")
    assert index.status().documents == 5
    assert index.doctor().ok


def test_an_unchanged_file_costs_nothing(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    assert index.status().fresh
    encoded = encoder.encoded
    for _ in range(2):
        summary = index.index()
        assert (summary.unchanged, summary.bytes_read, summary.removed) == (5, 0, 0)
        assert reasons(summary, docs) == {"birds.zip!/bin/data.dat": "binary"}
    assert encoder.encoded == encoded
    assert index.status().skipped == 1


def test_new_dates_alone_change_nothing(index: Index, docs: Path) -> None:
    put(docs / "birds.zip", zipped(BIRDS), seconds=50)
    summary = index.index()
    assert (summary.unchanged, summary.changed, summary.added, summary.removed) == (5, 0, 0, 0)
    assert index.status().fresh
    assert index.index().bytes_read == 0


def test_only_changed_nested_documents_are_rewritten(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    before = {d.path: [p.id for p in index.passages(d.id)] for d in index.documents()}
    encoded = encoder.encoded
    files = {**BIRDS, "notes/otter.md": "# Otter\n\nThe otter sleeps.\n", "new.txt": "a new bird, the bittern\n"}
    del files["list.txt"]
    del files["bin/data.dat"]
    put(docs / "birds.zip", zipped(files), seconds=50)
    assert index.status().changed == {"new": 0, "changed": 1, "removed": 0}
    summary = index.index()
    # the archive itself and the otter; the heron and the plain file; the list
    assert (summary.added, summary.changed, summary.unchanged, summary.removed) == (1, 2, 2, 1)
    assert summary.skipped == ()
    assert encoder.encoded - encoded == 2
    assert names(index, docs) == [
        "birds.zip", "birds.zip!/new.txt", "birds.zip!/notes/heron.md", "birds.zip!/notes/otter.md", "plain.md",
    ]  # fmt: skip
    after = {d.path: [p.id for p in index.passages(d.id)] for d in index.documents()}
    heron = str(docs / "birds.zip!/notes/heron.md")
    assert after[heron] == before[heron]
    modified = {d.modified for d in index.documents() if ".zip" in d.path}
    assert len(modified) == 1
    assert index.status().skipped == 0
    assert index.doctor().ok


def test_a_file_that_vanishes_takes_its_documents_with_it(index: Index, docs: Path) -> None:
    (docs / "birds.zip").unlink()
    assert index.status().changed["removed"] == 4
    assert index.index().removed == 4
    assert names(index, docs) == ["plain.md"]
    assert index.status().skipped == 0


def test_a_file_that_becomes_unreadable_takes_its_documents_with_it(index: Index, docs: Path) -> None:
    put(docs / "birds.zip", b"PK\x03\x04 and nothing more", seconds=50)
    summary = index.index()
    assert summary.removed == 4
    assert reasons(summary, docs)["birds.zip"].startswith("broken zip file")
    assert names(index, docs) == ["plain.md"]
    assert reasons(index.index(), docs).keys() == {"birds.zip"}
    put(docs / "birds.zip", zipped(BIRDS), seconds=30)
    index.index()
    assert names(index, docs) == ALL


def test_a_renamed_file_keeps_its_vectors(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    encoded = encoder.encoded
    (docs / "sub").mkdir()
    (docs / "birds.zip").rename(docs / "sub" / "moved.zip")
    summary = index.index()
    assert (summary.moved, summary.added, summary.removed) == (0, 4, 4)
    assert encoder.encoded == encoded + 4, "a name each, and no passage"
    assert names(index, docs) == sorted(n.replace("birds.zip", "sub/moved.zip") for n in ALL)
    assert reasons(index.index(), docs) == {"sub/moved.zip!/bin/data.dat": "binary"}


def test_a_plain_file_does_not_become_a_nested_document(index: Index, docs: Path) -> None:
    (docs / "plain.md").unlink()
    put(docs / "birds.zip", zipped({**BIRDS, "plain.md": "# Plain\n\nA wren sings.\n"}), seconds=50)
    summary = index.index()
    assert (summary.moved, summary.added, summary.removed, summary.encoded) == (0, 1, 1, 0)
    (docs / "birds.zip").unlink()
    put(docs / "plain.md", "# Plain\n\nA wren sings.\n", seconds=50)
    summary = index.index()
    assert (summary.moved, summary.added, summary.removed) == (0, 1, 5)
    assert names(index, docs) == ["plain.md"]


def test_doubly_nested_documents(index: Index, docs: Path) -> None:
    inner = zipped({"deep.md": "# Deep\n\nThe loon dives.\n"})
    put(docs / "outer.zip", zipped({"a/inner.zip": inner, "b.txt": "shallow\n"}))
    assert index.index().added == 4
    found = {name for name in names(index, docs) if name.startswith("outer")}
    assert found == {"outer.zip", "outer.zip!/a/inner.zip", "outer.zip!/a/inner.zip!/deep.md", "outer.zip!/b.txt"}
    assert index.search("loon dives", floor=False).hits[0].path == str(docs / "outer.zip!/a/inner.zip!/deep.md")
    inside = index.search("loon", floor=False, within=[docs / "outer.zip!/a/inner.zip"]).hits
    there = ["outer.zip!/a/inner.zip!/deep.md", "outer.zip!/a/inner.zip"]
    assert [os.path.relpath(h.path, docs) for h in inside] == there, "the archive itself has a name"
    put(docs / "outer.zip", zipped({"b.txt": "shallow\n"}), seconds=50)
    assert index.index().removed == 2


def test_raising_a_limit_reads_the_file_again(tmp_path: Path, encoder: HashingEncoder) -> None:
    folder = tmp_path / "docs"
    put(folder / "many.zip", zipped({f"{i}.txt": f"text number {i}\n" for i in range(6)}))
    with Index.create(tmp_path / "index", encoder=encoder, settings=Settings(max_members=4)) as index:
        summary = index.index([folder])
        assert summary.added == 5
        told = {"many.zip!/4.txt": "more than 4 files inside: this and 1 more are left out"}
        assert reasons(summary, folder) == told
        assert reasons(index.index(), folder) == told
        assert index.status().fresh
        index.configure(max_members=10)
        assert not index.status().fresh
        summary = index.index()
        assert (summary.added, summary.unchanged, summary.changed) == (2, 4, 1)
        assert summary.skipped == ()
        index.configure(max_members=4)  # nothing was left out: nothing to read again
        assert index.index().bytes_read == 0


def test_removing(index: Index, docs: Path) -> None:
    assert index.remove([docs / "birds.zip!/notes"]) == 2
    assert names(index, docs) == ["birds.zip", "birds.zip!/list.txt", "plain.md"]
    assert index.index().added == 2  # like any file that is still there
    assert names(index, docs) == ALL
    assert index.remove([docs / "birds.zip!/list.txt"]) == 1
    assert index.index().added == 1
    assert index.remove([docs / "birds.zip"]) == 4
    assert names(index, docs) == ["plain.md"]
    assert index.index().added == 4


def test_within_filters_and_why_not(index: Index, docs: Path) -> None:
    archive = docs / "birds.zip"
    put(docs / "birds.zip.md", "the heron of the text beside it\n")
    index.index()
    found = index.search("heron", within=[archive], floor=False, k=20).hits
    assert {h.path for h in found if not h.path.startswith(f"{archive}!/")} == {str(archive)}, "which has a name"
    found = [h for h in found if h.path != str(archive)]
    assert len(found) == 3
    assert {h.path for h in index.search("bird", filters=["path=**/birds.zip!/**"], floor=False, k=20).hits} == {
        h.path for h in found
    }
    assert len(list(index.documents(within=[archive]))) == 4
    told = index.why_not("heron", f"{archive}!/bin/data.dat")
    assert (told.reason, told.detail) == (Absence.UNREADABLE, "when it was last read: binary")
    told = index.why_not("heron", f"{archive}!/nothing.md")
    assert told.reason is Absence.NOT_IN_SOURCE
    assert "birds.zip" in told.detail
    assert index.why_not("heron", f"{archive}!/notes/heron.md").reason is Absence.RANKED


def test_a_source_that_is_an_archive_itself(tmp_path: Path, encoder: HashingEncoder) -> None:
    archive = put(tmp_path / "docs" / "birds.zip", zipped(BIRDS))
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([archive])
        inside = sorted(d.path for d in index.documents())
        assert inside == [str(archive), *(f"{archive}!/{n}" for n in ("list.txt", "notes/heron.md", "notes/otter.md"))]
        assert index.document(f"{archive}!/list.txt").text == "kestrel and kite\n"
        assert [s.documents for s in index.sources()] == [4]
        summary = index.index()
        assert (summary.unchanged, summary.bytes_read) == (4, 0)
        assert [s.path for s in summary.skipped] == [f"{archive}!/bin/data.dat"]
        hits = index.search("heron", floor=False, within=[f"{archive}!/notes"]).hits
        assert {h.path for h in hits} == {f"{archive}!/notes/heron.md", f"{archive}!/notes/otter.md"}
        put(tmp_path / "docs" / "more.md", "more\n")
        ids = {d.path: [p.id for p in index.passages(d.id)] for d in index.documents()}
        index.index([tmp_path / "docs"])  # takes the smaller root in
        assert [s.path for s in index.sources()] == [str(tmp_path / "docs")]
        now = {d.path: [p.id for p in index.passages(d.id)] for d in index.documents()}
        assert ids.items() <= now.items()
        assert sorted(now) == sorted([*inside, str(tmp_path / "docs" / "more.md")])
        assert index.index().bytes_read == 0
        assert len(index.index().skipped) == 1


def test_a_folder_named_like_an_opened_container(tmp_path: Path, encoder: HashingEncoder) -> None:
    folder = tmp_path / "docs"
    put(folder / "wow!" / "a.md", "# A\n\nin a folder\n")
    put(folder / "wow!" / "bad.dat", bytes(range(256)) * 20)
    put(folder / "wow", "a file beside it\n")
    put(folder / "!" / "b.md", "# B\n\nin another\n")
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([folder])
        assert names(index, folder) == ["!/b.md", "wow", "wow!/a.md"]
        assert reasons(index.index(), folder) == {"wow!/bad.dat": "binary"}
        (folder / "wow").unlink()
        assert index.index().removed == 1
        assert names(index, folder) == ["!/b.md", "wow!/a.md"]
        assert reasons(index.index(), folder) == {"wow!/bad.dat": "binary"}


def test_a_real_file_with_the_path_of_a_nested_document(index: Index, docs: Path) -> None:
    put(docs / "birds.zip!" / "list.txt", "a file of its own\n")
    for _ in range(2):
        index.index()
        assert index.document(str(docs / "birds.zip!/list.txt")).text == "a file of its own\n"
        assert names(index, docs) == ALL
    assert index.status().fresh
    (docs / "birds.zip!" / "list.txt").unlink()
    put(docs / "birds.zip", zipped({**BIRDS, "list.txt": "only kites\n"}), seconds=50)
    index.index()
    index.index()
    assert index.document(str(docs / "birds.zip!/list.txt")).text == "only kites\n"
    assert names(index, docs) == ALL


def test_compaction_and_repair(index: Index, docs: Path) -> None:
    index.compact()
    assert index.doctor().ok
    assert names(index, docs) == ALL
    summary = index.index()
    assert (summary.unchanged, summary.bytes_read) == (5, 0)
    layout = Layout(index.path)
    index.close()
    import sqlite3

    with sqlite3.connect(layout.catalog) as connection:
        connection.execute("UPDATE texts SET data = zeroblob(9) WHERE document = 2")
    connection.close()
    with Index.open(layout.root, encoder=HashingEncoder()) as again:
        assert again.doctor(repair=True).ok
        assert names(again, docs) == ALL


CRASH = """
import os, sys
from pathlib import Path
from semsearch.api.index import Index
from semsearch.indexing import run
from semsearch.indexing.control.limits import Limits
from tests.contract.hashing_encoder import HashingEncoder

run.DEFAULT = Limits(window=1, window_bytes=1, commit_bytes=1)  # every document is committed by itself
left = int(sys.argv[3])

def step(name):
    global left
    if name == "catalog-committed":
        left -= 1
        if left == 0:
            os._exit(77)

with Index.open(sys.argv[1], encoder=HashingEncoder()) as index:
    index._opened.step = step
    index.index([sys.argv[2]])
"""


@pytest.mark.parametrize("how", ["new", "changed", "changed and back"])
def test_a_crash_between_nested_documents(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "docs"
    first = {f"{i}.md": f"# Note {i}\n\nThe heron {i} waits.\n" for i in range(8)}
    second = {f"{i}.md": f"# Note {i}\n\nThe otter {i} swims.\n" for i in range(4, 12)}
    killed = 0
    for kill in (2, 5, 9):
        place = tmp_path / f"index{kill}"
        put(folder / "a.zip", zipped(first))
        facts = (folder / "a.zip").stat()
        with Index.create(place, encoder=HashingEncoder()) as index:
            if how != "new":
                index.index([folder])
        if how != "new":
            put(folder / "a.zip", zipped(second), seconds=50)
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[4])}
        arguments = [sys.executable, "-c", CRASH, str(place), str(folder), str(kill)]
        done = subprocess.run(arguments, check=False, env=environment, capture_output=True, text=True)
        assert done.returncode in (0, 77), done.stderr
        killed += done.returncode == 77
        if how == "changed and back":
            (folder / "a.zip").write_bytes(zipped(first))
            os.utime(folder / "a.zip", ns=(facts.st_mtime_ns, facts.st_mtime_ns))
        wanted = first if how != "changed" else second
        with Index.open(place, encoder=HashingEncoder()) as index:
            assert index.doctor().ok
            index.index([folder])
            texts = {d.path: index.document(d.id).text for d in index.documents()}
            assert texts == {str(folder / "a.zip"): "", **{f"{folder}/a.zip!/{n}": t for n, t in wanted.items()}}
            assert index.index().bytes_read == 0
            assert index.doctor().ok
    assert killed == 3
