"""How the benchmarks measure time and print it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import numpy as np

Item = TypeVar("Item")
Result = TypeVar("Result")


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table, each row as soon as it is measured."""
    print(f"\n### {title}\n\n| {' | '.join(header)} |\n|{'---|' * len(header)}", flush=True)
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |", flush=True)


def timed(run: Callable[[Item], Result], items: Sequence[Item], warm: int = 20) -> tuple[str, list[Result]]:
    """Call `run` on one item after the other; return `p50 / p95` in milliseconds and the results."""
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
    return float(np.mean(hits))
