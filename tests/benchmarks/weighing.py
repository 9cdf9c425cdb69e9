"""The memory of a process and its children, as the system counts it. Linux."""

from __future__ import annotations

import re
import threading
from pathlib import Path


class Weighed:
    """Looks at a process and its children until it is stopped: the most that it and each of them ever had, in MB."""

    def __init__(self, process: int) -> None:
        self.process = process
        self.own = 0.0
        self.children: dict[int, float] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    @property
    def child(self) -> float:
        """The most that one of the children had."""
        return max(self.children.values(), default=0.0)

    def _look(self) -> None:
        while not self._done.wait(0.02):
            self.own = max(self.own, peak_mb(self.process))
            for child in filter(self._started, children(self.process)):
                self.children[child] = max(self.children.get(child, 0.0), peak_mb(child))

    def _started(self, child: int) -> bool:
        """Tell a program of its own from a copy of its parent that has not become one yet."""
        return _program(child) not in (b"", _program(self.process))

    def stop(self) -> None:
        """Look no more."""
        self._done.set()
        self._thread.join()


def _program(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""


def peak_mb(process: int) -> float:
    """Return the most memory that a process ever had; 0 for one that has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def children(process: int) -> list[int]:
    """Return the children of every thread of a process."""
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:
            continue
    return found
