from __future__ import annotations

import os
from pathlib import Path

import pytest

from semsearch.processes.run_module import run_module

SLEEPER = "import os, time, pathlib; pathlib.Path({path!r}).write_text(str(os.getpid())); time.sleep(100)"


def test_status_and_errors_of_a_module_are_returned() -> None:
    assert run_module("timeit", ["-n1", "-r1", "pass"]) == (0, "")
    status, errors = run_module("timeit", ["-n1", "-r1", "raise SystemExit('said why')"])
    assert status == 1
    assert "said why" in errors


def test_a_process_that_makes_no_progress_is_killed(tmp_path: Path) -> None:
    sleeper = SLEEPER.format(path=str(tmp_path / "pid"))
    status, _ = run_module("timeit", ["-n1", "-r1", sleeper], grown=lambda: 7, stall_seconds=0.5)
    assert status == -9


def test_an_interrupt_kills_the_process(tmp_path: Path) -> None:
    written = tmp_path / "pid"

    def interrupt_once_it_runs() -> int:
        if written.exists() and written.read_text():
            raise KeyboardInterrupt
        return 0

    with pytest.raises(KeyboardInterrupt):
        run_module("timeit", ["-n1", "-r1", SLEEPER.format(path=str(written))], grown=interrupt_once_it_runs)
    with pytest.raises(ProcessLookupError):
        os.kill(int(written.read_text()), 0)


def test_modules_are_not_imported_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('taken from the current folder')")
    monkeypatch.chdir(tmp_path)
    assert run_module("pip", ["--version"]) == (0, "")
