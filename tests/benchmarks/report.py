"""How the benchmarks measure time, print it, and leave their figures for the page that collects them."""

from __future__ import annotations

import datetime
import json
import os
import platform
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from semsearch.settings import cache_dir

Item = TypeVar("Item")
Result = TypeVar("Result")


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table, each row as soon as it is measured."""
    print(f"\n### {title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def timed(run: Callable[[Item], Result], items: Sequence[Item], warm: int = 20) -> tuple[str, list[Result]]:
    """Call `run` on one item after the other; return `p50 / p95` in milliseconds and the results."""
    import numpy as np

    for item in items[:warm]:
        run(item)
    seconds, results = [], []
    for item in items:
        start = time.perf_counter()
        results.append(run(item))
        seconds.append(time.perf_counter() - start)
    return f"{np.percentile(seconds, 50) * 1e3:.2f} / {np.percentile(seconds, 95) * 1e3:.2f}", results


def overlap(found: Sequence[Sequence[int]], truth: Sequence[Sequence[int]], k: int) -> float:
    """Return recall@k of rankings against the exact ones."""
    hits = [
        len({*map(int, f[:k])} & {*map(int, t[:k])}) / max(1, len(t[:k])) for f, t in zip(found, truth, strict=True)
    ]
    return sum(hits) / max(1, len(hits))


def recorded(name: str) -> dict[str, Any]:
    """Return what a benchmark left behind by `record`, or {} where it has not run here."""
    try:
        found = json.loads(_file(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found["values"] if isinstance(found, dict) and isinstance(found.get("values"), dict) else {}


def record(name: str, values: Mapping[str, float | str]) -> None:
    """Leave a benchmark's figures where `tests.benchmarks.peers` finds them; a later run replaces them key by key."""
    file = _file(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    kept = {"measured": now, "machine": machine(), "values": {**recorded(name), **values}}
    write_whole(file, json.dumps(kept, indent=1))


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is there as a whole or not at all."""
    beside = file.with_name(f"{file.name}.{os.getpid()}.tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def machine() -> str:
    """Name the kind of machine: two results with the same name may stand side by side."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        names = (line.split(":", 1)[1] for line in info.read_text().splitlines() if line.startswith("model name"))
        processor = next(names, processor).strip()
    return f"{processor}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _file(name: str) -> Path:
    return cache_dir() / "benchmarks" / "results" / f"{name}.json"
