"""Files that make their parser hang, crash, print or use memory: only they are skipped, with the right reason."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.api.index import Index
from semsearch.corpus.parse.parsed_json import packed, unpacked
from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SemsearchError, SourceUnreadable
from semsearch.indexing.control.indexing_run import IndexingRun, RunOptions
from semsearch.indexing.control.limits import Limited
from semsearch.indexing.run import index_sources
from semsearch.settings import Settings
from semsearch.types.documents import Member
from semsearch.types.reports import Summary
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_archives import zipped
from tests.formats.make_files import column, pdf

HARMFUL = "tests.unit.indexing.harmful_parser"
REASONS = {
    "crash": "its reader crashed (SIGSEGV)",
    "exit": "its reader ended with status 3",
    "killed": "its reader crashed (SIGKILL)",
    "memory": "reading it takes more than 500 MB of memory",
    "hang": "reading it takes longer than 1.5 s",
}


@pytest.fixture(autouse=True)
def tests_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the processes import the harmful parser, wherever semsearch is installed."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[4]))


@pytest.fixture
def parsers() -> Iterator[Parsers]:
    made = Parsers(Settings(file_seconds=1.5), count=2, memory=500_000_000, module=HARMFUL)
    with closing(made):
        yield made


@pytest.mark.parametrize("wish", REASONS)
def test_a_harmful_file_is_skipped_alone(parsers: Parsers, wish: str) -> None:
    futures = [parsers.submit(Path(f"{n}.pdf"), text) for n, text in enumerate((b"one", wish.encode(), b"three"))]
    assert [futures[0].result().text, futures[2].result().text] == ["one", "three"]
    with pytest.raises(SourceUnreadable) as caught:
        futures[1].result()
    assert str(caught.value) == REASONS[wish]
    assert isinstance(caught.value, Limited) == (wish in ("memory", "hang"))


def test_a_harmful_nested_file_is_skipped_alone(parsers: Parsers) -> None:
    wishes = {f"{n}.pdf": wish for n, wish in enumerate(("one", "crash", "two", "hang", "killed", "three"))}
    parsed = parsers.submit(Path("a.zip"), zipped(wishes)).result()
    found = [m.parsed.text if m.parsed is not None else m.reason for m in parsed.members]
    assert found == ["one", REASONS["crash"], "two", REASONS["hang"], REASONS["killed"], "three"]
    many = {f"{n}.pdf": "exit" for n in range(6)}
    with pytest.raises(SourceUnreadable, match="ended with status 3"):
        parsers.submit(Path("b.zip"), zipped(many)).result()


def test_memory_used_by_earlier_files_is_not_blamed_on_the_next() -> None:
    with closing(Parsers(Settings(), count=1, memory=500_000_000, module=HARMFUL)) as parsers:
        for wish in ("hoard", "hoard", "hoard to death", "hoard"):
            assert parsers.submit(Path("a.pdf"), wish.encode()).result().text == wish
        assert parsers.submit(Path("a.zip"), zipped({"a.pdf": "hoard to death"})).result().members[0].reason == ""
        with pytest.raises(Limited, match="more than 500 MB of memory"):
            parsers.submit(Path("a.pdf"), b"memory").result()


def test_an_endless_pattern_is_stopped(parsers: Parsers) -> None:
    with pytest.raises(Limited, match="longer than"):
        parsers.submit(Path("a.pdf"), b"hang in a pattern").result()


def test_what_a_parser_prints_goes_nowhere(parsers: Parsers, capfd: pytest.CaptureFixture[str]) -> None:
    assert parsers.submit(Path("a.pdf"), b"print\nsome text").result().text == "print\nsome text"
    assert parsers.submit(Path("b.pdf"), b"and another").result().text == "and another"
    assert capfd.readouterr() == ("", "")


def test_a_process_that_does_not_start_is_not_blamed_on_the_file() -> None:
    with closing(Parsers(Settings(), count=1, memory=10**9, module="tests.unit.indexing.nothing")) as parsers:
        with pytest.raises(SemsearchError, match="does not start") as caught:
            parsers.submit(Path("a.pdf"), b"text").result()
        assert not isinstance(caught.value, SourceUnreadable)


def test_closing_stops_a_hanging_process_at_once(parsers: Parsers) -> None:
    slow = Parsers(Settings(file_seconds=500), count=1, memory=10**9, module=HARMFUL)
    assert slow.submit(Path("a.pdf"), b"one").result().text == "one"  # its process is up, and waits
    future = slow.submit(Path("a.pdf"), b"hang")
    while slow._idle:
        time.sleep(0.01)
    start = time.monotonic()
    slow.close()
    assert time.monotonic() - start < 10
    assert isinstance(future.exception(), SourceUnreadable)


@pytest.mark.parametrize("wishes", [["hang"], ["hang in a pattern"], ["idle"], ["hang in a pattern", "hang"]])
def test_no_process_outlives_a_killed_parent(wishes: list[str]) -> None:
    code = f"""
import time
from pathlib import Path
from semsearch.corpus.parse.pool import Parsers
from semsearch.settings import Settings
parsers = Parsers(Settings(file_seconds=8), count=2, memory=10**9, module={HARMFUL!r})
futures = [parsers.submit(Path("a.pdf"), wish.encode()) for wish in {wishes!r}]
while len(parsers._all) < len(futures): time.sleep(0.01)
time.sleep(1)
print(*[process._process.pid for process in parsers._all], flush=True)
time.sleep(500)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert all(map(_runs, children))
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    # The kernel's signal for the lost parent is ignored on macOS: there the time limit ends it.
    until = time.monotonic() + (5 if sys.platform == "linux" else 20)
    while time.monotonic() < until and any(map(_runs, children)):
        time.sleep(0.05)
    assert not any(map(_runs, children))


def _runs(pid: int) -> bool:
    """Return whether a process is running, and not only its id, which a container may keep."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return told.stdout.strip()[:1] not in ("", "Z")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number, wish in enumerate(("one", *REASONS, "the last")):
        (folder / f"{number}.pdf").write_text(wish)
        (folder / f"{number}.txt").write_text(f"text {number}\n")
        past = time.time_ns() - 100 * 10**9
        for suffix in ("pdf", "txt"):
            os.utime(folder / f"{number}.{suffix}", ns=(past, past))
    return folder


def run(index: Index, *paths: Path, parsers: int | None = None, module: str = HARMFUL) -> Summary:
    with index._opened.writer() as writer:
        options = RunOptions(index.settings, parsers=parsers, parser_module=module)
        made = IndexingRun(writer, index._opened.encoder, options)
        return index_sources(made, paths)


def reasons(summary: Summary) -> set[str]:
    return {skipped.reason for skipped in summary.skipped}


def test_a_run_over_harmful_files_goes_on_and_remembers_them(tmp_path: Path, docs: Path) -> None:
    settings = Settings(file_seconds=1.5)
    with Index.create(tmp_path / "index", encoder=HashingEncoder(), settings=settings) as index:
        first = run(index, docs)
        expected = {*REASONS.values(), "reading it takes more than 1000 MB of memory"} - {REASONS["memory"]}
        assert (first.added, reasons(first)) == (9, expected)
        again = run(index)
        assert (again.bytes_read, reasons(again)) == (0, expected)
        index.configure(file_seconds=2.0)
        slower = run(index)
        assert reasons(slower) == expected - {REASONS["hang"]} | {"reading it takes longer than 2 s"}
        assert slower.bytes_read == len("hang") + len("memory")  # only what a limit kept out
        assert index.doctor().ok


def test_the_order_is_that_of_the_walk_whatever_the_number_of_processes(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(24):
        if number % 3:
            (folder / f"{number:02}.txt").write_text(f"heron {number} " * (number * 40 + 1))
        else:
            pages = [column(f"otter {number} page {p}") for p in range(1 + number % 5)]
            (folder / f"{number:02}.pdf").write_bytes(pdf(pages))
    found = []
    for count in (1, 3):
        with Index.create(tmp_path / f"index{count}", encoder=HashingEncoder()) as index:
            run(index, folder, parsers=count, module="semsearch.corpus.parse.parse_worker")
            documents = [d.id for d in index.documents()]
            found.append([(p.id, p.document_id, p.start, p.stop, p.text) for d in documents for p in index.passages(d)])
    assert found[0] == found[1]
    assert [row[0] for row in found[0]] == sorted(row[0] for row in found[0])
    assert len({row[1] for row in found[0]}) == 24


def test_a_document_survives_the_pipe_unchanged() -> None:
    text = b"# Title\n\nB\xc3\xa4r \xff\n\n- one\n- two\n\n```\ncode\n```\n"
    parsed = read_bytes(Path("a.md"), text, Settings())
    inside = (Member("b.md", "md", parsed), Member("c.pdf", "pdf", None, "encrypted"))
    parsed = replace(parsed, metadata={"pages": 3}, members=inside, remark="1 page without text: scanned?")
    assert unpacked(json.dumps({"parsed": packed(parsed)}).encode()) == parsed
    for nonsense in (b"", b"[]", b"{}", b'{"parsed": {"text": "a"}}', b'{"parsed": {"text": 1, "blocks": [[1]]}}'):
        with pytest.raises((ValueError, KeyError)):
            unpacked(nonsense)


def test_a_file_that_was_too_large_is_read_when_the_limit_is_raised(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "large.txt").write_text("A sentence about glaciers. " * 100)
    with Index.create(tmp_path / "index", encoder=HashingEncoder(), settings=Settings(max_file_bytes=1000)) as index:
        assert len(index.index([folder]).skipped) == 1
        assert index.index().bytes_read == 0
        index.configure(max_file_bytes=100_000)
        assert index.index().added == 1
