"""Run a Python module in a separate process: what a download or an export imports and leaks ends with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

__all__ = ["run_module", "start_module"]

POLL_SECONDS = 0.2


def run_module(
    module: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    grown: Callable[[], int] | None = None,
    stall_seconds: float | None = None,
) -> tuple[int, str]:
    """Run `python -m module arguments` and return its exit status and its standard error.

    `grown` is called about five times a second and returns the progress (bytes); the process is killed, with status
    -9, when that number does not change for `stall_seconds`. It is also killed when this call is interrupted.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            _command(module, arguments),
            env={**os.environ, **(environment or {}), "PYTHONPATH": _python_path(module)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            process_group=0,  # Ctrl-C reaches only this process, which ends the child itself
        )
        try:
            _wait(process, grown, stall_seconds)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        errors.seek(0)
        return process.returncode, errors.read().decode("utf-8", "replace")


def start_module(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], *, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `python -m module arguments` with pipes to standard input and output; standard error is dropped."""
    return subprocess.Popen(
        _command(module, arguments),
        env={**os.environ, **environment, "PYTHONPATH": _python_path(module)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        process_group=0,
        pass_fds=pass_fds,
    )


def _command(module: str, arguments: Sequence[str]) -> list[str]:
    # -P: the user's working directory must not supply modules.
    return [sys.executable, "-P", "-W", "ignore", "-m", module, *arguments]


def _wait(process: subprocess.Popen[bytes], grown: Callable[[], int] | None, stall_seconds: float | None) -> None:
    size, since = -1, time.monotonic()
    while process.poll() is None:
        try:
            process.wait(POLL_SECONDS)
        except subprocess.TimeoutExpired:
            now = grown() if grown else 0
            if now != size:
                size, since = now, time.monotonic()
            elif stall_seconds is not None and time.monotonic() - since > stall_seconds:
                process.kill()


def _python_path(module: str) -> str:
    """Return PYTHONPATH, for our own modules with the folder of this package in front."""
    inherited = os.environ.get("PYTHONPATH", "")
    if not module.startswith("semsearch."):
        return inherited
    return os.pathsep.join(part for part in (str(Path(__file__).parents[2]), inherited) if part)
