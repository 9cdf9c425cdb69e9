"""How much memory a process and its children take together, watched from outside (Linux)."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

PAGE = 4096


def resident_of(pid: int) -> int:
    """Return the resident bytes of a process and of all that it started; 0 when it has ended."""
    try:
        own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = {int(c) for task in tasks for c in (task / "children").read_text().split()}
    except (OSError, IndexError, ValueError):
        return 0
    return own + sum(resident_of(child) for child in children)


def watched(command: Sequence[str], environment: dict[str, str]) -> tuple[float, int, str]:
    """Run a command; return seconds, the most that it and its children took, and what it wrote to standard output."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    peak = 0
    while process.poll() is None:
        peak = max(peak, resident_of(process.pid))
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    out = process.stdout.read() if process.stdout is not None else ""
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds, peak, out
