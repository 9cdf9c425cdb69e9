"""`semsearch watch` as a process: what it prints, how it ends, and the program that is run for an alert."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.formats.make_archives import zipped

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

LONGEST = 120.0


class Process:
    """A process whose output goes to files."""

    def __init__(self, place: Workplace, *args: str) -> None:
        self.out, self.err = place.root / "out", place.root / "err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "semsearch", "watch", *args],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=place.corpus,
                env=place.environ({}),
            )

    def events(self, kind: str) -> list[dict[str, Any]]:
        lines = self.out.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in found if event["event"] == kind]

    def until(self, test: Callable[[], bool]) -> None:
        end = time.monotonic() + LONGEST
        while not test():
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < end, (self.out.read_text(), self.err.read_text())
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(LONGEST)


@contextmanager
def watching(place: Workplace, *args: str) -> Iterator[Process]:
    process = Process(place, *args)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.process.kill()
            process.process.wait()


def test_it_makes_an_index_and_follows(workplace: Workplace) -> None:
    with watching(workplace, ".", "--json") as watch:
        watch.until(lambda: bool(watch.events("start")))
        (start,) = watch.events("start")
        assert (start["added"], start["paths"]) == (5, [])
        (workplace.corpus / "recipes" / "soup.txt").write_text("Peel the pumpkin and roast it.")
        watch.until(lambda: bool(watch.events("changes")))
        change = watch.events("changes")[0]
        assert change["paths"] == [str(workplace.corpus / "recipes" / "soup.txt")]
        assert (change["changed"], change["files"]) == (1, 1)
        assert workplace.run("query", "pumpkin", "-l").out.splitlines()[0] == "recipes/soup.txt"
        assert watch.end(signal.SIGTERM) == 0
    assert watch.err.read_text() == ""
    assert workplace.run("doctor").code == 0


def test_a_line_for_each_batch_and_ctrl_c(workplace: Workplace) -> None:
    with watching(workplace, ".") as watch:
        watch.until(lambda: "index " in watch.err.read_text())
        (workplace.corpus / "new\x1b[31m.txt").write_text("A name that would colour the terminal.")
        watch.until(lambda: "1 new" in watch.err.read_text().partition("index ")[2])
        files = {f"{number}.bin": bytes(300) for number in range(200)}
        (workplace.root / "new.zip").write_bytes(zipped({"list.txt": "A list of what is inside.", **files}))
        (workplace.root / "new.zip").rename(workplace.corpus / "new.zip")
        watch.until(lambda: "new.zip!/0.bin" in watch.err.read_text())
        watch.until(lambda: watch.err.read_text().endswith("\n"))
        assert watch.end(signal.SIGINT) == 130
    told = watch.err.read_text()
    assert "5 files" in told
    assert "new\\x1b[31m.txt" in told
    assert "\x1b" not in told
    assert "interrupted" in told.splitlines()[-1]
    assert "skipped 200 files, binary: new.zip!/0.bin" in told
    assert len(told.splitlines()) < 20
    assert watch.out.read_text() == ""


def test_once_says_what_it_did(workplace: Workplace) -> None:
    assert workplace.run("watch", "--once").code == 2  # there is no index
    assert workplace.run("watch", "nowhere", "--once").code == 2
    assert not (workplace.root / "data" / "indexes").exists()
    first = workplace.run("watch", ".", "--once")
    assert (first.code, first.out) == (0, "")
    assert "5 new" in first.err
    (workplace.corpus / "orchard.py").unlink()
    again = workplace.run("watch", "--once", "--json").json()
    assert (again["event"], again["removed"], again["unchanged"]) == ("start", 1, 4)
    missing = workplace.run("watch", "--once", "nowhere")
    assert missing.code == 2
    assert "does not exist" in missing.err


def test_settings_count_for_a_new_index(workplace: Workplace) -> None:
    (workplace.root / "config.toml").write_text("hidden = true\nmax_file_size = '2k'\n")
    (workplace.corpus / ".note.txt").write_text("A hidden note.")
    done = workplace.run("watch", ".", "--once", "--json").json()
    assert done["added"] == 6
    assert workplace.run("status", "--json").json()["settings"]["max_file_bytes"] == 2000


def test_alerts_are_printed_and_handed_to_the_users_own_program(workplace: Workplace) -> None:
    program = workplace.root / "tell.py"
    program.write_text("import pathlib, sys\npathlib.Path(sys.argv[1]).open('a').write(sys.stdin.read())\n")
    got = workplace.root / "got"
    command = json.dumps([sys.executable, str(program), str(got)])
    (workplace.root / "config.toml").write_text(f"alert_command = {command}\n")
    workplace.run("index", ".")
    saved = workplace.run("query", "--save", "leaks", "water damage in the cellar", "--no-floor")
    assert saved.code == 0, saved.err
    (workplace.corpus / "cellar.txt").write_text("Water damage was found in the cellar again, behind the shelves.")
    (workplace.corpus / "other.txt").write_text("The choir sings on Thursdays.")
    done = workplace.run("watch", "--once", "--alert", "leaks", "--json")
    assert done.code == 0, done.err
    start, alert = map(json.loads, done.out.splitlines())
    assert (start["event"], start["added"]) == ("start", 2)
    assert (alert["event"], alert["name"], alert["path"]) == ("alert", "leaks", str(workplace.corpus / "cellar.txt"))
    assert alert["score"] >= 0.5
    assert "behind the shelves" in alert["text"]
    handed = json.loads(got.read_text())
    assert (handed["text"], handed["query"]) == (alert["text"], "water damage in the cellar")
    assert workplace.run("watch", "--once", "--alert", "leaks").out == ""
    unknown = workplace.run("watch", "--once", "--alert", "none")
    assert unknown.code == 2
    assert "there is no saved query 'none'" in unknown.err


def test_a_project_cannot_have_a_program_run(workplace: Workplace) -> None:
    (workplace.corpus / "semsearch.toml").write_text(f'alert_command = ["touch", "{workplace.root}/run"]\n')
    workplace.run("index", ".")
    workplace.run("query", "--save", "leaks", "water damage in the cellar", "--no-floor")
    (workplace.corpus / "cellar.txt").write_text("Water damage was found in the cellar again.")
    done = workplace.run("watch", "--once", "--alert", "leaks")
    assert "leaks" in done.out
    assert "alert_command" in done.err
    assert not (workplace.root / "run").exists()


def test_a_program_that_fails_is_told(workplace: Workplace) -> None:
    workplace.run("index", ".")
    workplace.run("query", "--save", "leaks", "water damage in the cellar", "--no-floor")
    (workplace.corpus / "cellar.txt").write_text("Water damage was found in the cellar again.")
    done = workplace.run("watch", "--once", "--alert", "leaks", SEMSEARCH_ALERT_COMMAND="/nowhere/program -x")
    assert done.code == 0
    assert "alert_command /nowhere/program" in done.err
    assert "cellar.txt" in done.out


def test_two_of_them_take_turns(workplace: Workplace) -> None:
    workplace.run("index", ".")
    with watching(workplace, "--json") as watch:
        watch.until(lambda: bool(watch.events("start")))
        other = workplace.run("index", ".", "--json", "--wait", "60")
        assert other.code == 0, other.err
        (workplace.corpus / "cellar.txt").write_text("The cellar is dry.")
        watch.until(lambda: sum(event["added"] for event in watch.events("changes")) == 1)
        os.kill(watch.process.pid, signal.SIGKILL)
        watch.process.wait()
    (workplace.corpus / "attic.txt").write_text("The attic is warm.")
    assert workplace.run("watch", "--once", "--json").json()["added"] == 1  # it catches up after a crash
    assert Path(workplace.corpus / "attic.txt").exists()
    assert workplace.run("doctor").code == 0
