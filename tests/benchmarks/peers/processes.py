"""Commands as processes that are measured from outside, and that never outlive the benchmark."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launcher.py")
LIMIT = 3600.0
"""Seconds after which a command has failed."""
DISTURBING = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPROFILEIMPORTTIME")
"""Set by some for their own ends: the first makes every start compile its modules anew."""


class Failed(Exception):
    """A command of a peer failed; the message is one line."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took, and the load average of the minute when it ended."""

    seconds: float
    peak_mb: float
    processor_seconds: float
    load: float


def measure(command: Sequence[str | os.PathLike[str]], env: Mapping[str, str] | None = None) -> Measured:
    """Run a command to its end. Raises Failed, with the last line it printed."""
    with tempfile.TemporaryDirectory() as folder:
        result, log = Path(folder, "result.json"), Path(folder, "log")
        words = [os.fspath(word) for word in command]
        launch = [sys.executable, "-I", "-S", os.fspath(LAUNCHER), os.fspath(result), os.fspath(log), *words]
        run_alone(launch, env)
        if not result.is_file():
            raise Failed(f"{words[0]} could not be started")
        found = json.loads(result.read_text())
        if found["status"]:
            raise Failed(f"{_last_line(log)} (exit {found['status']})")
    load = os.getloadavg()[0]
    return Measured(found["seconds"], found["peak_mb"], found["processor_seconds"], load)


def run_alone(command: Sequence[str], env: Mapping[str, str] | None = None) -> int:
    """Run a command in a session of its own, and end all of it when it is over or we are told to stop.

    Raises Failed when it takes longer than LIMIT.
    """
    environment = {name: value for name, value in os.environ.items() if name not in DISTURBING} | dict(env or {})
    process = subprocess.Popen(command, env=environment, start_new_session=True, stdin=subprocess.DEVNULL)
    try:
        return process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        raise Failed(f"not done after {LIMIT:.0f} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # where all of it has ended
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return "it printed nothing"
    return next((" ".join(line.split())[:200] for line in reversed(lines) if line.strip()), "it printed nothing")
