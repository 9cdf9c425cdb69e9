"""Commands as processes that are measured from outside, and that never outlive the benchmark."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCHER = Path(__file__).parents[1] / "launcher.py"
EVERY = 0.25
"""Seconds between two looks at a command and its children; one that has none is weighed by the system all the time."""
LIMIT = 3600.0
"""Seconds after which a command has failed."""
DISTURBING = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "PYTHONPROFILEIMPORTTIME")
"""Set by some for their own ends: the first makes every start compile its modules anew."""


class Failed(Exception):
    """A command failed; the message is one line, the command stands in a note."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a command took, and the load average of the minute when it ended."""

    seconds: float
    peak_mb: float
    processor_seconds: float
    load: float


def measure(
    command: Sequence[str | os.PathLike[str]],
    env: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    every: float = EVERY,
    allowed: Container[int] = (0,),
    out: Path | None = None,
) -> Measured:
    """Run a command to its end; `env` is all of its environment. Raises Failed, with the last line it printed.

    Its processes are weighed together `every` so many seconds; with 0 no one looks, and the peak is that of the
    largest. An exit status of `allowed` is no failure. `out` becomes what it wrote to standard output.
    """
    words = [os.fspath(word) for word in command]
    with tempfile.TemporaryDirectory() as folder:
        result, log = Path(folder, "result"), Path(folder, "log")
        files = [os.fspath(file) for file in (LAUNCHER, result, out or log, log)]
        run_alone([sys.executable, "-I", "-S", *files, str(every), *words], env, cwd)
        if not result.is_file():
            raise Failed(f"{words[0]} could not be started")
        seconds, peak, status, processor = result.read_text().split()
        if int(status) not in allowed:
            error = Failed(f"{_last_line(log)} (exit {status})")
            error.add_note(shlex.join(words)[:500])
            raise error
    return Measured(float(seconds), int(peak) / 1e6, float(processor), os.getloadavg()[0])


def undisturbed(**more: str) -> dict[str, str]:
    """Return our environment with `more`, and without what would disturb a measurement."""
    return {name: value for name, value in os.environ.items() if name not in DISTURBING} | more


def run_alone(command: Sequence[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> int:
    """Run a command in a session of its own, and end all of it when it is over or we are told to stop.

    Raises Failed when it takes longer than LIMIT.
    """
    environment = undisturbed() if env is None else env
    process = subprocess.Popen(command, env=environment, cwd=cwd, start_new_session=True, stdin=subprocess.DEVNULL)
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
