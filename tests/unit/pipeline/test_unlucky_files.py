"""Files that change, vanish or turn into something else while a run looks at them."""

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
from semsearch.pipeline.scan import content_hash, hash_stable, read_stable
from tests.contract.hashing_encoder import HashingEncoder


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
    assert hash_stable(path, 10**9)[1] == content_hash(data)


def test_what_took_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.txt")
    (tmp_path / "link.txt").symlink_to("/dev/zero")
    for name in ("fifo.txt", "link.txt"):
        for read in (read_stable, hash_stable):
            with pytest.raises(SourceUnreadable, match="not a regular file"):
                read(tmp_path / name, 10**9)
    with pytest.raises(FileNotFoundError):
        read_stable(tmp_path / "gone.txt", 10**9)


def test_a_run_passes_devices_and_links_out_of_the_root_over(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text("The key lies under the mat.")
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
