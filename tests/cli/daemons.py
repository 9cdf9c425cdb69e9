"""A daemon for a test's user, that never outlives the test."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.cli.conftest import Workplace

_NUMBER = re.compile(r"\d+\.\d+")


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


def same_output(one: str, other: str) -> bool:
    """Whether two outputs differ in no more than the last digit of a number.

    A process that asks one question opens the graph in another way than one that asks many: its sums round otherwise.
    """
    if _NUMBER.split(one) != _NUMBER.split(other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) < 1.5 * 10 ** -max(_decimals(a), _decimals(b)) for a, b in pairs)


def _decimals(number: str) -> int:
    return len(number.partition(".")[2])
