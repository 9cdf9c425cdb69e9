"""How many model calls run at once: the physical cores this process may use, or the user's setting."""

from __future__ import annotations

import os
from pathlib import Path

from semsearch.errors import InvalidQuery

__all__ = ["thread_count"]


def thread_count() -> int:
    """Return how many calls to run at once: `SEMSEARCH_THREADS`, else the physical cores this process may use."""
    if asked := os.environ.get("SEMSEARCH_THREADS"):
        if not asked.isdecimal() or int(asked) == 0:
            raise InvalidQuery(f"SEMSEARCH_THREADS is {asked!r}: give a number of threads, such as 2")
        return int(asked)
    affinity = getattr(os, "sched_getaffinity", None)
    processors = affinity(0) if affinity else set(range(os.cpu_count() or 1))
    return max(1, min(_physical_cores(processors), _quota(len(processors))))


def _physical_cores(processors: set[int]) -> int:
    """Count cores, not their hyperthreads: threads of one core share the units that multiply matrices (Linux sysfs)."""
    cores = set()
    for number in processors:
        siblings = Path(f"/sys/devices/system/cpu/cpu{number}/topology/thread_siblings_list")
        try:
            cores.add(siblings.read_text(encoding="ascii").strip())
        except OSError:
            cores.add(str(number))
    return len(cores)


def _quota(processors: int) -> int:
    """Return the processors that a container's quota (cgroup v2, cpu.max) allows, at least one."""
    try:
        allowed, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return processors if allowed == "max" else max(1, int(allowed) // int(period))
    except (OSError, ValueError):
        return processors
