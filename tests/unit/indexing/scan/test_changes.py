"""Changed paths are mapped to scan targets, and file system events are reported."""

from __future__ import annotations

import os
import resource
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from semsearch import Index, Settings
from semsearch.indexing.scan.changes import changed_targets, outdated
from semsearch.indexing.scan.watch_events import Changes, Follower
from semsearch.stores.open import open_store
from tests.contract.hashing_encoder import HashingEncoder

SETTINGS = Settings()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    for name in ("a.txt", "deep/b.txt", "deep/er/c.txt", ".git/config", "skipped/d.txt"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"Text of {name}.")
    (folder / ".ignore").write_text("skipped/\n")
    return folder


@pytest.fixture
def index(tmp_path: Path, files: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    made.index([files])
    return made


def targets(index: Index, *paths: Path) -> list[tuple[str, bool]]:
    with open_store(index.path).snapshot() as state:
        found = changed_targets(state, [str(path) for path in paths], SETTINGS)
        return [(target.below, target.gone) for target in found]


def test_a_file_is_one_target_and_a_folder_everything_below_it(index: Index, files: Path) -> None:
    assert targets(index, files / "a.txt", files / "deep" / "b.txt") == [("a.txt", False), ("deep/b.txt", False)]
    assert targets(index, files / "deep", files / "deep" / "b.txt", files / "deep" / "er") == [("deep", False)]
    assert targets(index, files / "deep" / "er" / "c.txt", files / "a.txt") == [
        ("a.txt", False),
        ("deep/er/c.txt", False),
    ]
    assert targets(index, files) == [("", False)]


def test_paths_that_no_walk_reaches_are_ignored(index: Index, files: Path, tmp_path: Path) -> None:
    (files / "link.txt").symlink_to(files / "a.txt")
    nothing = [files / ".git" / "config", files / "skipped" / "d.txt", files / "link.txt", tmp_path / "elsewhere.txt"]
    assert targets(index, *nothing, files / "never.txt", index.path / "catalog.sqlite") == []


def test_removed_paths_are_reported_once(index: Index, files: Path) -> None:
    (files / "deep" / "er" / "c.txt").unlink()
    assert targets(index, files / "deep" / "er" / "c.txt") == [("deep/er/c.txt", True)]
    (files / "deep" / "er").rmdir()
    (files / "deep" / "b.txt").unlink()
    (files / "deep").rmdir()
    gone = [files / "deep", files / "deep" / "b.txt", files / "deep" / "er", files / "deep" / "er" / "c.txt"]
    assert targets(index, *gone) == [("deep", True)]


def test_an_empty_root_keeps_everything(index: Index, files: Path) -> None:
    for file in files.rglob("*.txt"):
        file.unlink()
    assert targets(index, files / "a.txt", files / "deep" / "b.txt") == []
    files.rename(files.with_name("away"))
    assert targets(index, files / "a.txt", files) == []


def test_a_marker_of_generated_files_is_its_folder(index: Index, files: Path) -> None:
    (files / "deep" / "er" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    assert targets(index, files / "deep" / "er" / "pyvenv.cfg") == [("deep/er", True)]
    assert targets(index, files / "deep" / "er" / "new.txt") == []
    assert targets(index, files / "deep" / "Cargo.toml") == [("deep", False)]


def test_an_ignore_file_is_its_folder(index: Index, files: Path) -> None:
    assert targets(index, files / "deep" / ".gitignore") == [("deep", False)]
    assert targets(index, files / ".ignore", files / "a.txt") == [("", False)]


def test_a_path_belongs_to_the_innermost_source(index: Index, files: Path, tmp_path: Path) -> None:
    index.index([files / "skipped"])  # which the other source leaves out
    with open_store(index.path).snapshot() as state:
        path = str(files / "skipped" / "d.txt")
        (target,) = changed_targets(state, [path], SETTINGS)
    assert (target.root, target.below) == (files / "skipped", "d.txt")


def test_whether_there_is_anything_to_do(index: Index, files: Path, tmp_path: Path) -> None:
    def asked(*paths: Path) -> bool:
        with open_store(index.path).snapshot() as state:
            return outdated(state, list(paths), SETTINGS)

    time.sleep(2.1)  # files as young as these are hashed again
    index.index()
    assert not asked()
    (files / "a.txt").unlink()
    assert asked()
    assert not asked(files / "deep")
    index.index()
    assert not asked()
    files.rename(tmp_path / "away")
    assert not asked()


# What the system tells.


def gathered(follower: Follower, test: object, seconds: float = 30.0) -> Changes:
    """Collect changes until they include the expected one."""
    found, stop, end = Changes(), threading.Event(), time.monotonic() + seconds
    while not test(found):  # type: ignore[operator]
        assert time.monotonic() < end, found
        found.join(follower.changes(0.2, stop))
    return found


def test_folders_that_are_left_out_are_not_watched(files: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (files / "link").symlink_to(outside)
    with Follower([files], SETTINGS, [files / "own"]) as follower:
        for folder in (files / "skipped", files / ".git", outside):
            (folder / "new.txt").write_text("new")
        (files / "deep" / "new.txt").write_text("new")
        found = gathered(follower, lambda told: str(files / "deep" / "new.txt") in told.paths)
        assert not {path for path in found.paths if "skipped" in path or ".git" in path or "outside" in path}
        assert not {path for path in found.paths if path.startswith(f"{files}/link")}


def test_excluded_folders_are_not_reported(files: Path) -> None:
    (files / "own").mkdir()
    with Follower([files], SETTINGS, [files / "own"]) as follower:
        (files / "own" / "catalog").write_text("x")
        (files / "a.txt").write_text("x")
        found = gathered(follower, lambda told: str(files / "a.txt") in told.paths)
        assert str(files / "own" / "catalog") not in found.paths


def test_a_refusal_of_the_system_is_reported(files: Path) -> None:
    taken: list[int] = []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        with Follower([files, files / "a.txt"], SETTINGS) as follower:
            assert not follower.blind  # and its library is loaded
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        with suppress(OSError):  # until there is no number left for a file
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        os.close(taken.pop())  # of the folders, their list can be read
        with Follower([files, files / "a.txt"], SETTINGS) as follower:
            assert "Too many open files" in follower.blind
            (files / "a.txt").write_text("another text")  # a root is looked at in any case
            assert gathered(follower, lambda told: told.roots).roots == {str(files / "a.txt")}
    finally:
        for number in taken:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_changes_before_new_roots_are_watched_are_reported(files: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with Follower([files], SETTINGS) as follower:
        (files / "a.txt").write_text("another text")
        time.sleep(0.5)  # the system has told of it, and nobody has asked
        assert follower.follow([files, tmp_path / "other"])
        gathered(follower, lambda told: str(files / "a.txt") in told.paths)


def test_missing_roots(files: Path, tmp_path: Path) -> None:
    later = tmp_path / "later"
    with Follower([later], SETTINGS) as follower:
        later.mkdir()
        assert gathered(follower, lambda told: told.roots).roots == {str(later)}
        (later / "a.txt").write_text("x")
        gathered(follower, lambda told: str(later / "a.txt") in told.paths)
        assert follower.follow([later]) is False
        assert follower.follow([later, files]) is True
        (files / "a.txt").write_text("y")
        gathered(follower, lambda told: str(files / "a.txt") in told.paths)
