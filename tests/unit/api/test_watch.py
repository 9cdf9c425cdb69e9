"""An index that follows its folders: real files, real events, and as much time as a busy machine needs."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from semsearch import Cause, Followed, Index, IndexBusy, SourceUnreadable
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import WriterLock
from semsearch.stores.local.seal import read_seal
from tests.contract.hashing_encoder import HashingEncoder

LONGEST = 60.0


class Watched:
    """An index that another thread keeps up to date, and what it told."""

    def __init__(self, index: Index, stop: threading.Event) -> None:
        self.index, self.stop = index, stop
        self.told: list[Followed] = []
        self.error: BaseException | None = None

    def run(self, *paths: Path, **options: object) -> None:
        try:
            for one in self.index.watch(paths, stop=self.stop, **options):  # type: ignore[arg-type]
                self.told.append(one)
        except BaseException as error:  # noqa: BLE001 - told by the test's thread
            self.error = error

    def causes(self) -> list[Cause]:
        return [one.cause for one in self.told]

    def until(self, test: Callable[[], bool]) -> None:
        end = time.monotonic() + LONGEST
        while not test():
            assert self.error is None, self.error
            assert time.monotonic() < end, self.told
            time.sleep(0.02)

    def names(self) -> set[str]:
        return {Path(info.path).name for info in self.index.documents()}

    def until_names(self, *names: str) -> None:
        self.until(lambda: self.names() == set(names))


@contextmanager
def watching(index: Index, *paths: Path, **options: object) -> Iterator[Watched]:
    stop = threading.Event()
    watched = Watched(index, stop)
    thread = threading.Thread(target=watched.run, args=paths, kwargs=options, daemon=True)
    thread.start()
    try:
        watched.until(lambda: Cause.START in watched.causes())
        yield watched
    finally:
        stop.set()
        thread.join(LONGEST)
    assert not thread.is_alive()
    assert watched.error is None, watched.error


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    (folder / "bees.md").write_text("# Bees\n\nBees make honey from nectar.\n")
    (folder / "deep" / "river.txt").write_text("A river flows to the sea.\n")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.create(tmp_path / "index", encoder=HashingEncoder())


def text_of(index: Index, file: Path) -> str:
    return index.document(str(file)).text


def test_it_catches_up_and_then_follows(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        assert watched.names() == {"bees.md", "river.txt"}
        (files / "owl.txt").write_text("An owl turns its head.")
        watched.until_names("bees.md", "river.txt", "owl.txt")
        (files / "owl.txt").write_text("An owl sees in the dark.")
        watched.until(lambda: "dark" in text_of(index, files / "owl.txt"))
        (files / "owl.txt").rename(files / "deep" / "eule.txt")
        watched.until_names("bees.md", "river.txt", "eule.txt")
        (files / "deep" / "eule.txt").unlink()
        watched.until_names("bees.md", "river.txt")
    runs = [one for one in watched.told if one.cause is Cause.CHANGES]
    assert all(one.summary is not None and one.summary.files <= 1 for one in runs)  # nothing else was looked at
    assert any(one.summary is not None and one.summary.moved == 1 for one in runs)
    assert str(files / "owl.txt") in runs[0].paths


def test_an_editor_that_writes_another_file_and_renames_it(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        number = index.passages(str(files / "bees.md"))[0].document_id
        for n in range(3):
            beside = files / ".bees.md.swp"
            beside.write_text(f"# Bees\n\nBees dance {n} times.\n")
            (files / "bees.md").rename(files / "bees.md~")
            beside.rename(files / "bees.md")
            (files / "bees.md~").unlink()
            watched.until(lambda n=n: f"{n} times" in text_of(index, files / "bees.md"))  # type: ignore[misc]
        assert watched.names() == {"bees.md", "river.txt"}
        assert index.passages(number)
    assert sum(one.summary.removed for one in watched.told if one.summary is not None) == 0


def test_new_folders_are_followed_and_folders_that_come_back(index: Index, files: Path, tmp_path: Path) -> None:
    with watching(index, files) as watched:
        new = files / "a" / "b" / "c"
        new.mkdir(parents=True)
        (new / "fox.txt").write_text("A fox digs a den.")
        watched.until_names("bees.md", "river.txt", "fox.txt")
        (new / "hare.txt").write_text("A hare has no den.")
        watched.until_names("bees.md", "river.txt", "fox.txt", "hare.txt")
        (files / "a").rename(tmp_path / "away")
        watched.until_names("bees.md", "river.txt")
        (tmp_path / "away").rename(files / "a")
        watched.until_names("bees.md", "river.txt", "fox.txt", "hare.txt")
        (new / "fox.txt").write_text("A fox sleeps all day.")
        watched.until(lambda: "sleeps" in text_of(index, new / "fox.txt"))
        shutil.rmtree(files / "a")
        new.mkdir(parents=True)
        (new / "lynx.txt").write_text("A lynx has tufts.")
        watched.until_names("bees.md", "river.txt", "lynx.txt")
        (new / "lynx.txt").write_text("A lynx hunts alone.")
        watched.until(lambda: "alone" in text_of(index, new / "lynx.txt"))


def test_a_checkout_of_very_many_files_is_few_runs(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        for n in range(400):
            folder = files / f"part{n % 7}"
            folder.mkdir(exist_ok=True)
            (folder / f"{n:03}.txt").write_text(f"File number {n} of the release.")
        watched.until(lambda: len(watched.names()) == 402)
        runs = len(watched.told)
        assert runs < 40
        for n in range(400):
            (files / f"part{n % 7}" / f"{n:03}.txt").unlink()
        watched.until_names("bees.md", "river.txt")


def test_a_source_that_vanishes_keeps_its_documents(index: Index, files: Path, tmp_path: Path) -> None:
    with watching(index, files) as watched:
        files.rename(tmp_path / "away")
        watched.until(lambda: Cause.MISSING in watched.causes())
        time.sleep(1.0)
        assert watched.names() == {"bees.md", "river.txt"}
        (tmp_path / "away" / "ant.txt").write_text("An ant carries a leaf.")
        (tmp_path / "away").rename(files)
        watched.until_names("bees.md", "river.txt", "ant.txt")
        (files / "ant.txt").write_text("An ant follows a trail.")
        watched.until(lambda: "trail" in text_of(index, files / "ant.txt"))
        shutil.rmtree(files)
        files.mkdir()  # an empty mount point says nothing about what was there
        (files / "new.txt").touch()
        time.sleep(1.5)
        (files / "new.txt").write_text("A newt lives in a pond.")
        watched.until(lambda: "new.txt" in watched.names())


def test_an_emptied_root_says_nothing(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        shutil.rmtree(files / "deep")
        watched.until_names("bees.md")
        (files / "bees.md").unlink()
        time.sleep(1.5)
        assert watched.names() == {"bees.md"}


def test_files_as_sources(index: Index, files: Path) -> None:
    with watching(index, files / "bees.md") as watched:
        assert watched.names() == {"bees.md"}
        (files / "other.md").write_text("Nobody asked for this one.")
        beside = files / "beside"
        beside.write_text("Bees sting once.")
        beside.replace(files / "bees.md")
        watched.until(lambda: "sting" in text_of(index, files / "bees.md"))
        assert watched.names() == {"bees.md"}


def test_ignore_files_count_at_once(index: Index, files: Path) -> None:
    (files / ".ignore").write_text("deep/\n")
    with watching(index, files) as watched:
        assert watched.names() == {"bees.md"}
        (files / "deep" / "more.txt").write_text("More of the deep.")
        (files / ".ignore").write_text("bees.md\n")
        watched.until_names("river.txt", "more.txt")
        (files / "deep" / "most.txt").write_text("Most of the deep.")
        watched.until_names("river.txt", "more.txt", "most.txt")
        (files / ".ignore").unlink()
        watched.until_names("bees.md", "river.txt", "more.txt", "most.txt")
        (files / ".hidden.txt").write_text("Nobody sees this.")
        (files / "link.txt").symlink_to(files / "bees.md")
        (files / "last.txt").write_text("The last one.")
        watched.until(lambda: "last.txt" in watched.names())
        assert not {".hidden.txt", "link.txt"} & watched.names()


def test_what_tools_make_is_passed_over(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        (files / "package.json").write_text("{}")
        (files / "node_modules" / "x").mkdir(parents=True)
        (files / "node_modules" / "x" / "readme.md").write_text("A package.")
        watched.until_names("bees.md", "river.txt", "package.json")
        (files / "package.json").unlink()
        watched.until_names("bees.md", "river.txt", "readme.md")
        (files / "package.json").write_text("{}")
        watched.until_names("bees.md", "river.txt", "package.json")


def test_it_never_indexes_an_index(files: Path) -> None:
    index = Index.create(files / "indexes" / "own", encoder=HashingEncoder())
    with watching(index, files) as watched:
        (files / "owl.txt").write_text("An owl turns its head.")
        watched.until_names("bees.md", "river.txt", "owl.txt")
        time.sleep(1.5)
        runs = [one for one in watched.told if one.cause is Cause.CHANGES]
        assert len(runs) == 1  # its own writing is no change
        assert runs[0].paths == (str(files / "owl.txt"),)


def test_it_waits_for_another_writer(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        with WriterLock(Layout(index.path)):
            (files / "owl.txt").write_text("An owl turns its head.")
            watched.until(lambda: Cause.BUSY in watched.causes())
            (files / "fox.txt").write_text("A fox digs a den.")
            time.sleep(1.5)
            assert watched.causes().count(Cause.BUSY) == 1
        watched.until_names("bees.md", "river.txt", "owl.txt", "fox.txt")
        with WriterLock(Layout(index.path), wait=LONGEST):  # between two batches the lock is free
            pass


def test_what_nobody_told_is_found_by_looking_at_everything(index: Index, files: Path, tmp_path: Path) -> None:
    (files / "bees.md").chmod(0o644)
    os.utime(files / "bees.md", (1_000_000_000, 1_000_000_000))
    with watching(index, files, rescan=0.3) as watched:
        outside = tmp_path / "outside.txt"
        os.link(files / "bees.md", outside)  # inotify tells of the name that was written, which is this one
        outside.write_text("Bees live in a hollow tree.")
        watched.until(lambda: "hollow" in text_of(index, files / "bees.md"))
    assert {Cause.SCAN, Cause.CHANGES} & set(watched.causes())


def test_sources_that_come_meanwhile_are_followed(index: Index, files: Path, tmp_path: Path) -> None:
    index.index([files / "bees.md"])
    with watching(index) as watched:
        with Index.open(index.path, encoder=HashingEncoder(), wait=LONGEST) as other:
            other.index([files / "deep"])
        watched.until_names("bees.md", "river.txt")
        time.sleep(0.5)
        (files / "deep" / "lake.txt").write_text("A lake is still.")
        watched.until_names("bees.md", "river.txt", "lake.txt")


def test_once_catches_up_and_ends(index: Index, files: Path) -> None:
    (first,) = index.watch([files], once=True)
    assert (first.cause, first.summary is not None and first.summary.added) == (Cause.START, 2)
    (files / "bees.md").unlink()
    (again,) = index.watch(once=True)
    assert again.summary is not None
    assert (again.summary.removed, again.summary.unchanged) == (1, 1)
    with WriterLock(Layout(index.path)), pytest.raises(IndexBusy):
        list(Index.open(index.path, encoder=HashingEncoder(), wait=0.1).watch(once=True))
    with pytest.raises(SourceUnreadable, match="does not exist"):
        list(index.watch([files / "nothing"], once=True))


def test_it_leaves_a_sealed_index(index: Index, files: Path) -> None:
    with watching(index, files) as watched:
        (files / "owl.txt").write_text("An owl turns its head.")
        watched.until(lambda: Cause.CHANGES in watched.causes())
    assert read_seal(Layout(index.path))["state"] == index.status().generation or index.doctor().ok
    assert index.doctor().ok


def test_stopping_in_the_middle_keeps_what_is_done(index: Index, files: Path) -> None:
    for n in range(300):
        (files / f"{n:03}.txt").write_text(f"File {n} about herons and otters.")
    stop = threading.Event()

    def stopping(_: object) -> None:
        stop.set()

    told = list(index.watch([files], stop=stop, progress=stopping))
    assert told[-1].summary is not None
    assert told[-1].summary.interrupted
    (again,) = index.watch(once=True)
    assert again.summary is not None
    assert len(list(index.documents())) == 302


def test_ctrl_c_while_nothing_happens(index: Index, files: Path) -> None:
    main = threading.get_ident()
    timer = threading.Timer(2.0, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        for _ in index.watch([files]):
            pass
    timer.join()
    assert index.doctor().ok
