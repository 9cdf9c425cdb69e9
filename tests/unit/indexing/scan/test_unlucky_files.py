"""Files that change, vanish or are replaced while a run reads them."""

from __future__ import annotations

import errno
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from semsearch.api.index import Index
from semsearch.errors import SourceUnreadable
from semsearch.indexing.scan.scan import content_hash, hash_stable, read_stable
from semsearch.types.reports import Progress
from tests.contract.hashing_encoder import HashingEncoder

SECRET = "The key lies under the mat."


def test_a_file_that_grows_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "growing.log"
    path.write_bytes(b"a line\n" * 200_000)
    done = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b"line\n")

    writer = threading.Thread(target=grow)
    writer.start()
    changing = 0
    try:
        for _ in range(20):
            try:
                data, facts = read_stable(path, 10**9)
                assert (len(data), data[-5:]) == (facts.size, b"line\n")
                hash_stable(path, 10**9)
            except OSError as error:
                assert error.errno == errno.EAGAIN  # noqa: PT017 - most of the times
                changing += 1
    finally:
        done.set()
        writer.join()
    assert changing
    data, facts = read_stable(path, 10**9)
    assert len(data) == facts.size == path.stat().st_size
    assert hash_stable(path, 10**9)[0] == content_hash(data)


def test_a_fifo_in_place_of_a_file_does_not_block(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text(SECRET)
    os.mkfifo(tmp_path / "fifo.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "zero.txt").symlink_to("/dev/zero")
    (tmp_path / "link.txt").symlink_to("secret.txt")
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    for name in ("fifo.txt", "folder.txt", "zero.txt", "link.txt", "loop.txt"):
        for read in (read_stable, hash_stable):
            with pytest.raises(SourceUnreadable, match="not a regular file"):
                read(tmp_path / name, 10**9)
    with pytest.raises(SourceUnreadable, match="not a regular file"):
        read_stable(tmp_path / "zero.txt", 10**9, link=True)
    assert read_stable(tmp_path / "link.txt", 10**9, link=True)[0] == SECRET.encode()
    with pytest.raises(FileNotFoundError):
        read_stable(tmp_path / "gone.txt", 10**9)


def test_a_file_that_turns_into_something_else_while_it_is_opened(tmp_path: Path) -> None:
    """A file, a FIFO without a writer and a link alternate at one path on every read."""
    (tmp_path / "secret.txt").write_text(SECRET)
    path, beside = tmp_path / "a.txt", tmp_path / "beside"
    path.write_text("A heron stands in the reeds.")
    done = threading.Event()
    found: set[bytes] = set()

    def turn() -> None:
        while not done.is_set():
            os.mkfifo(beside)
            beside.replace(path)
            beside.symlink_to("secret.txt")
            beside.replace(path)
            beside.write_text("A heron.")
            beside.replace(path)

    def read() -> None:
        for _ in range(2000):
            with suppress(SourceUnreadable, OSError):
                found.add(read_stable(path, 10**9)[0])

    turning, reading = threading.Thread(target=turn), threading.Thread(target=read, daemon=True)
    turning.start()
    reading.start()
    reading.join(120.0)
    done.set()
    turning.join()
    assert not reading.is_alive()
    assert SECRET.encode() not in found


def test_files_that_are_something_else_once_they_are_read(tmp_path: Path) -> None:
    """Between the end of the walk, which progress reports, and the reading."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret.txt").write_text(SECRET)
    for name in ("changed", "fifo", "folder", "gone", "link", "still"):
        (root / f"{name}.txt").write_text(f"The {name} heron stands in the reeds.")

    def meanwhile(progress: Progress) -> None:
        if progress.stage != "scan" or not (root / "gone.txt").exists():
            return
        (root / "changed.txt").write_text("An otter sleeps in the river.")
        for name in ("fifo", "folder", "gone", "link"):
            (root / f"{name}.txt").unlink()
        os.mkfifo(root / "fifo.txt")
        (root / "folder.txt").mkdir()
        (root / "link.txt").symlink_to(tmp_path / "secret.txt")

    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        summary = index.index([root], progress=meanwhile)
        assert (summary.added, summary.files) == (2, 6)
        assert {(Path(one.path).name, one.reason) for one in summary.skipped} == {
            (f"{name}.txt", "not a regular file") for name in ("fifo", "folder", "link")
        }
        texts = {Path(one.id).name: index.document(one.id).text for one in index.documents()}
        assert texts == {
            "changed.txt": "An otter sleeps in the river.",
            "still.txt": "The still heron stands in the reeds.",
        }
        again = index.index()
        assert (again.files, again.unchanged, again.skipped) == (2, 2, ())
        assert index.status().skipped == 0


def test_a_known_file_that_vanishes_during_the_scan(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for name in ("a", "b", "c"):
        (root / f"{name}.txt").write_text(f"Heron {name} stands in the reeds.")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.index([root])
        (root / "b.txt").write_text("Heron b has flown away to the south.")
        summary = index.index(progress=lambda progress: (root / "b.txt").unlink(missing_ok=True))
        assert (summary.changed, summary.skipped) == (0, ())
        assert index.index().removed + summary.removed == 1
        assert {Path(one.id).name for one in index.documents()} == {"a.txt", "c.txt"}
        assert index.doctor().ok


def test_a_run_skips_devices_and_links_out_of_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    (root / "a.txt").write_text("A heron stands in the reeds.")
    (root / "file.txt").symlink_to(outside / "secret.txt")
    (root / "folder").symlink_to(outside)
    (root / "zero.txt").symlink_to("/dev/zero")
    (root / "self").symlink_to(root)
    os.mkfifo(root / "fifo.txt")
    if os.geteuid() == 0:
        with suppress(PermissionError):  # root in a container may not
            os.mknod(root / "null.txt", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        summary = index.index([root])
        assert (summary.added, summary.files) == (1, 1)
        assert [document.id for document in index.documents()] == [str(root / "a.txt")]


def test_unreadable_files_are_not_outdated_right_after_the_run(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for name in ("0001.txt", "a.txt"):
        (root / name).write_text("" if name == "0001.txt" else "A heron stands in the reeds.")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.index([root])
        assert index.status().fresh
        (root / "0001.txt").write_text("An otter sleeps.")
        assert index.status().changed == {"new": 1, "changed": 0, "removed": 0}
