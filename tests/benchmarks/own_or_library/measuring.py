"""Processor seconds of a comparison, and what an import takes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

ROUNDS = 3


def seconds(run: Callable[[], object]) -> float:
    """Return the least processor seconds of a few rounds."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def import_cost(module: str) -> str:
    """Return processor seconds and resident megabytes that a first import takes, numpy not counted."""
    code = (
        "import numpy, time; from pathlib import Path\n"
        "pages = Path('/proc/self/statm')\n"
        "size = lambda: int(pages.read_text().split()[1]) * 4096 / 1e6 if pages.exists() else float('nan')\n"
        f"before, start = size(), time.process_time(); import {module}\n"
        "print(f'{time.process_time() - start:.2f} s, {size() - before:.0f} MB')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
