"""What a terminal is shown, and what a pipe is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

OFF_TOPIC = "quarterly earnings of semiconductor companies in Taiwan"


def test_a_terminal_gets_colours_and_links(shared: Workplace) -> None:
    done = shared.run_on_terminal("query", "carrots")
    assert done.code == 0
    assert "\x1b[1mcarrots\x1b[0m" in done.out
    target = re.escape(str(shared.corpus / "recipes" / "soup.txt"))
    assert re.search(rf"\x1b\]8;;file://[^/]*{target}#1\x1b\\", done.out)


def test_no_color_leaves_links_only(shared: Workplace) -> None:
    done = shared.run_on_terminal("query", "carrots", NO_COLOR="1")
    assert "\x1b[" not in done.out
    assert "\x1b]8;;" in done.out


def test_a_dumb_terminal_gets_plain_text(shared: Workplace) -> None:
    assert "\x1b" not in shared.run_on_terminal("query", "carrots", TERM="dumb").out


def test_a_pipe_gets_plain_text_unless_colour_is_forced(shared: Workplace) -> None:
    assert "\x1b" not in shared.run("query", "carrots").out
    forced = shared.run("query", "carrots", FORCE_COLOR="1").out
    assert "\x1b[1mcarrots" in forced
    assert "\x1b]8" not in forced
    assert "\x1b" not in shared.run("query", "carrots", FORCE_COLOR="1", NO_COLOR="1").out


def test_one_line_when_nothing_is_relevant(shared: Workplace) -> None:
    done = shared.run_on_terminal("query", OFF_TOPIC)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "--no-floor" in done.err


def test_progress_on_a_terminal_only(workplace: Workplace) -> None:
    done = workplace.run_on_terminal("index", ".")
    assert done.code == 0
    assert "passages" in done.err
    assert "\r" in done.err.replace("\r\n", "\n")
    assert done.out == ""
    (workplace.corpus / "new.txt").write_text("A new file about sailing boats and the wind.")
    quiet = workplace.run("index")
    assert "\r" not in quiet.err
    assert "1 new" in quiet.err


@pytest.mark.parametrize("command", [("query", "bake"), ("query", "bake", "-l"), ("list", "--json"), ("--help",)])
def test_a_broken_pipe_ends_quietly(shared: Workplace, command: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", *command],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=shared.corpus,
        env=shared.environ({}),
    )
    os.close(write)
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(60) == 0


def test_head_takes_what_it_wants(shared: Workplace) -> None:
    script = f"{sys.executable} -m semsearch query bake --no-floor | head -1"
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, cwd=shared.corpus, env=shared.environ({}), check=True
    )
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


@pytest.mark.parametrize("command", [("query", "bake", "--no-floor"), ("status",)])
def test_a_full_disk_behind_the_output_is_told(shared: Workplace, command: tuple[str, ...]) -> None:
    if not Path("/dev/full").exists():
        return
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "semsearch", *command],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=shared.corpus,
            env=shared.environ({}),
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("semsearch: error: No space left")
    assert done.stderr.count("\n") == 1


def test_an_ascii_stream_takes_every_text(workplace: Workplace) -> None:
    (workplace.corpus / "größe.txt").write_text("Die Größe des Gartens beträgt 日本 zwanzig Hektar.")
    assert workplace.run("index", ".", PYTHONIOENCODING="ascii").code == 0
    done = workplace.run("query", "Gartens", "--no-floor", PYTHONIOENCODING="ascii")
    assert done.code == 0, done.err
    assert r"gr\xf6\xdfe.txt" in done.out or "größe" in done.out


def test_hostile_files_never_drive_the_terminal(workplace: Workplace) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J"
    (workplace.corpus / f"{evil}\n.txt").write_text(f"The zebra {evil} grazes \x9b31m \u202ebackwards.")
    (workplace.corpus / "front.md").write_text(f"# Heading {evil}\n\nThe zebra sleeps {evil} standing up at night.\n")
    name = os.fsencode(workplace.corpus) + b"/caf\xe9.txt"
    Path(os.fsdecode(name)).write_bytes(b"The zebra of the caf\xe9 drinks coffee.")
    indexed = workplace.run_on_terminal("index", ".", NO_COLOR="1")
    assert indexed.code == 0, indexed.err
    runs = [
        ("query", "zebra", "--no-floor"),
        ("query", "zebra", "--no-floor", "-C", "3", "--explain"),
        ("query", "zebra", "--no-floor", "-l"),
        ("query", "zebra", "--no-floor", "--json"),
        ("query", f"zebra {evil}", "--no-floor", "--jsonl"),
        ("list",),
        ("list", "--json"),
        ("why-not", f"zebra {evil}", f"{evil}\n.txt"),
        ("status",),
        ("query", f"{evil}", "--filter", f"{evil}=1"),
        ("remove", evil),
        (f"{evil}",),
        ("query", f"--{evil}"),
        ("index", f"{evil}"),
    ]
    for args in runs:
        done = workplace.run_on_terminal(*args, NO_COLOR="1")
        shown = re.sub(r"\x1b\]8;;[^\x1b\x07]*\x1b\\", "", done.out) + done.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown), (args, shown)


def test_ctrl_c_ends_a_query_with_130(shared: Workplace) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "query", "-", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=shared.corpus,
        env=shared.environ({}),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(b"carrots\n")
    process.stdin.flush()
    process.stdout.readline()  # it is up and waits for the next question
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == b"semsearch: interrupted\n"
