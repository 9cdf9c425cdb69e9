"""`semsearch index`: what it says, what it costs, and that Ctrl-C keeps what is done."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from tests.formats.make_archives import zipped

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace


def test_a_summary_goes_to_standard_error(workplace: Workplace) -> None:
    (workplace.corpus / "0001.txt").write_text("")
    (workplace.corpus / "image.bin").write_bytes(bytes(range(256)) * 20)
    done = workplace.run("index", ".")
    assert (done.code, done.out) == (0, "")
    lines = done.err.splitlines()
    assert "5 new" in lines[0]
    assert "passages written" in lines[1]
    assert any("skipped 1 file" in line and "image.bin" in line for line in lines)
    assert any("0001.txt" in line for line in lines)
    assert lines[-1].strip() == f"index {workplace.run('status', '--json').json()['path']}"


def test_a_summary_of_very_many_reasons_is_short(workplace: Workplace) -> None:
    archive = zipped({f"name-{number}.txt": "text" for number in range(50)})
    files, mark, directory = archive.partition(b"PK\1\2")
    (workplace.corpus / "renamed.zip").write_bytes(files + mark + directory.replace(b"name-", b"nome-"))
    short = workplace.call("index", ".").err
    told = short.splitlines()
    assert len([line for line in told if "skipped" in line]) == 31, short
    assert "skipped 20 more files for other reasons (-v tells them)" in short
    assert len([line for line in workplace.call("index", "-v").err.splitlines() if "skipped" in line]) == 50


def test_json_goes_to_standard_output(workplace: Workplace) -> None:
    done = workplace.run("index", ".", "--json")
    summary = done.json()
    assert (summary["added"], summary["changed"], summary["unchanged"]) == (5, 0, 0)
    assert summary["passages"] == summary["encoded"] + summary["reused"] > 0
    assert summary["seconds"] > 0
    assert summary["bytes"] > 0
    assert summary["interrupted"] is False
    assert done.err == ""


def test_again_only_what_changed(workplace: Workplace) -> None:
    workplace.run("index", ".")
    (workplace.corpus / "recipes" / "soup.txt").write_text("Peel the pumpkin and roast it before it goes to the pot.")
    (workplace.corpus / "orchard.py").unlink()
    (workplace.corpus / "backup.md").rename(workplace.corpus / "copies.md")
    summary = workplace.run("index", "--json").json()
    assert (summary["changed"], summary["removed"], summary["moved"], summary["added"]) == (1, 1, 1, 0)
    assert summary["encoded"] == 1
    assert workplace.run("query", "pumpkin", "-l").out.splitlines()[0] == "recipes/soup.txt"


def test_a_vanished_source_stays_until_it_is_pruned(workplace: Workplace) -> None:
    workplace.run("index", "recipes", "backup.md")
    (workplace.corpus / "recipes").rename(workplace.corpus / "elsewhere")
    done = workplace.run("index")
    assert done.code == 0
    assert "missing" in done.err
    assert "--prune" in done.err
    assert workplace.run("status", "--json").json()["documents"] == 3
    workplace.run("index", "--prune")
    assert workplace.run("status", "--json").json()["documents"] == 1


def test_hidden_files_and_ignore_rules(workplace: Workplace) -> None:
    (workplace.corpus / ".hidden.txt").write_text("A hidden note about a treasure in the garden.")
    (workplace.corpus / ".semsearchignore").write_text("recipes/\n")
    assert workplace.run("index", ".", "--json").json()["added"] == 3
    assert workplace.run("index", ".", "--hidden", "--no-ignore", "--json").json()["added"] > 2
    names = workplace.run("list", "-l").out.splitlines()
    assert ".hidden.txt" in names
    assert "recipes/soup.txt" in names


def test_larger_files_are_left_out(workplace: Workplace) -> None:
    (workplace.corpus / "large.txt").write_text("A sentence about glaciers. " * 500)
    done = workplace.run("index", ".", "--max-file-size", "1k")
    assert "large.txt" in done.err
    assert "large.txt" not in workplace.run("list", "-l").out


def test_named_indexes_are_apart(workplace: Workplace) -> None:
    assert workplace.run("-i", "work", "index", "recipes").code == 0
    assert workplace.run("index", "backup.md").code == 0
    assert workplace.run("list", "-l", "-i", "work").out.splitlines() == ["recipes/bread.txt", "recipes/soup.txt"]
    assert workplace.run("list", "-l").out == "backup.md\n"


def test_ctrl_c_keeps_what_is_done(workplace: Workplace) -> None:
    words = ["harbour", "lighthouse", "rope", "anchor", "mast", "keel", "rudder", "compass", "tide", "buoy", "pilot"]
    short, long = workplace.corpus / "short", workplace.corpus / "there-is-no-end-to-it"
    short.mkdir()
    long.mkdir()
    for n in range(600):
        (short / f"{n:04}.txt").write_text(" ".join(f"{word} {n}" for word in words))
    for n in range(60):
        (long / f"{n:04}.txt").write_text(" ".join(f"{word} {n} {i}" for i in range(150) for word in words))
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "index", "."],
        stderr=subprocess.PIPE,
        cwd=workplace.corpus,
        env=workplace.environ({}),
    )
    _wait_for_vectors(workplace)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert b"what is done is kept" in err
    assert b" -" not in err  # no count below zero
    kept = workplace.run("status", "--json").json()["documents"]
    assert 0 < kept < 665
    shutil.rmtree(long)
    again = workplace.run("index", ".", "--json").json()
    assert again["interrupted"] is False
    assert workplace.run("status", "--json").json()["documents"] == 605
    assert again["unchanged"] > 0
    assert again["unchanged"] + again["added"] == 605
    assert workplace.run("doctor").code == 0


def _wait_for_vectors(workplace: Workplace) -> None:
    for _ in range(1200):
        if any(file.stat().st_size for file in workplace.root.rglob("vectors-*.f16")):
            return
        time.sleep(0.05)
    raise AssertionError("nothing was written")
