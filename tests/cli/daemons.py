"""A daemon for a test's user, that never outlives the test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.cli.conftest import Workplace


@contextmanager
def daemon_of(place: Workplace, *options: str, **environ: str | None) -> Iterator[int]:
    """Run a daemon and give its process."""
    started = place.run("daemon", "start", *options, **environ)
    assert started.code == 0, started.err
    pid = facts_of(place, **environ)["pid"]
    try:
        yield pid
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
        stopped = place.run("daemon", "stop", **environ)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        assert stopped.code == 0, stopped.err


def facts_of(place: Workplace, **environ: str | None) -> dict[str, Any]:
    """Return what `daemon status --json` prints."""
    facts: dict[str, Any] = place.call("daemon", "status", "--json", **environ).json()
    return facts
