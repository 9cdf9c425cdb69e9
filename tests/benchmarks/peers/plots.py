"""How cost grows with the number of passages, and how the systems stand side by side: small SVG files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt

from tests.benchmarks.peers import plan
from tests.benchmarks.peers.columns import Bench
from tests.benchmarks.peers.systems import SEMSEARCH, SYSTEMS, System
from tests.benchmarks.peers.tables import middle, number

COLORS = {
    "semsearch": "#0072b2",
    "script": "#555555",
    "txtai": "#e69f00",
    "chroma": "#009e73",
    "lancedb": "#cc79a7",
    "llamaindex": "#d55e00",
}
"""Told apart by people who do not see all colours (Okabe and Ito, 2008)."""
GROWTH = (
    ("growth-index-time", "time to build from given vectors", "seconds", "build", "seconds", 1.0),
    ("growth-index-memory", "peak memory while building", "MB", "build", "peak_mb", 1.0),
    ("growth-disk", "on disk, texts included", "MB", "build", "bytes", 1e-6),
    ("growth-cold-query", "cold query, whole process", "seconds", "cold", "seconds", 1.0),
    ("growth-cold-memory", "peak memory of a cold query", "MB", "cold", "peak_mb", 1.0),
    ("growth-warm-query", "warm query, p50, encoding included", "milliseconds", "warm", "p50_ms", 1.0),
)

BARS = (
    ("cold query, s", "cold", "seconds"),
    ("its peak, MB", "cold", "peak_mb"),
    ("warm p50, ms", "warm", "p50_ms"),
)


def draw(bench: Bench, folder: Path) -> list[Path]:
    """Draw what can be drawn and return the files. The same figures give the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"svg.hashsalt": "semsearch", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
    with mpl.rc_context(settings):
        return [*_growth(bench, folder), *_bars(bench, folder)]


def _growth(bench: Bench, folder: Path) -> Iterator[Path]:
    for name, title, unit, column, figure, factor in GROWTH:
        lines = {system: _line(bench, system, column, figure, factor) for system in SYSTEMS}
        if not any(len(line) > 1 for line in lines.values()):
            continue
        drawing, axes = plt.subplots(figsize=(6.6, 3.2), layout="constrained")
        for system, line in lines.items():
            if line:
                wide = 2.2 if system is SEMSEARCH else 1.1
                label = system.title.partition(":")[0]
                axes.plot(*zip(*line, strict=True), "o-", color=COLORS[system.name], lw=wide, ms=3.5, label=label)
        axes.set(xscale="log", yscale="log", xlabel="passages", ylabel=unit, title=title)
        axes.set_xticks(plan.SIZES, [f"{size:,}" for size in plan.SIZES])
        axes.grid(alpha=0.25, which="both", lw=0.5)
        axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
        yield _kept(drawing, folder / f"{name}.svg")


def _line(bench: Bench, system: System, column: str, figure: str, factor: float) -> list[tuple[int, float]]:
    """Return (passages, figure) of a system in its default way to search."""
    name = column if column == "cold" else f"{column} {system.modes[0]}"
    rounds = 1 if column == "build" else plan.COLD_ROUNDS
    found = [(size, middle(bench, system, name, str(size), figure, rounds)) for size in plan.SIZES]
    return [(size, value * factor) for size, value in found if value is not None]


def _bars(bench: Bench, folder: Path) -> Iterator[Path]:
    """Draw the query columns at 100,000 passages."""
    size = str(plan.LARGE)
    columns = [(title, _values(bench, column, figure, size)) for title, column, figure in BARS]
    columns = [(title, values) for title, values in columns if values]
    if not columns:
        return
    drawing, axes = plt.subplots(1, len(columns), figsize=(8.4, 2.4), layout="constrained", squeeze=False)
    for axis, (title, values) in zip(axes[0], columns, strict=True):
        systems = list(reversed(values))
        bars = axis.barh(
            [system.title.partition(":")[0] for system in systems],
            [values[system] for system in systems],
            color=[COLORS[system.name] for system in systems],
        )
        axis.bar_label(bars, [number(values[system]) for system in systems], padding=2, fontsize=8)
        axis.set(title=title, xscale="log")
        axis.margins(x=0.25)
    drawing.suptitle(f"{plan.LARGE:,} passages, vectors given (log axes)", fontsize=9)
    yield _kept(drawing, folder / "peers-queries.svg")


def _values(bench: Bench, column: str, figure: str, size: str) -> dict[System, float]:
    found = {}
    for system in SYSTEMS:
        name = column if column == "cold" else f"{column} {system.modes[0]}"
        value = middle(bench, system, name, size, figure, plan.COLD_ROUNDS)
        if value is not None:
            found[system] = value
    return found


def _kept(drawing: Any, file: Path) -> Path:
    drawing.savefig(file, metadata={"Date": None})
    plt.close(drawing)
    return file
