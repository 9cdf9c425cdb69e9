"""`index --plan` against the truth: what was predicted for a folder, and what indexing it then came to."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.indexing import write_files
from tests.benchmarks.material import ROOT, documents
from tests.benchmarks.peers.processes import measure, undisturbed
from tests.benchmarks.report import record, table

EVERY = 0.02
"""Seconds between two looks at the memory: a small corpus is indexed in less than one."""


def corpora(folder: Path, count: int) -> Iterator[tuple[str, Path]]:
    """Yield what is indexed: two collections as files, a folder of many formats, the sample corpus."""
    for name in ("scifact", "squad-dev"):
        yield name, write_files(folder / name, documents(name)[:count])
    files = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data") / "files"
    if files.is_dir():
        yield "files of many formats", files
    shutil.copytree(ROOT / "sample_corpus", folder / "sample")
    yield "sample corpus", folder / "sample"


def ratio(predicted: float, true: float) -> str:
    return f"{predicted:,.0f} / {true:,.0f} = {predicted / true:.2f}" if true else "0"


def row(folder: Path, name: str, corpus: Path) -> tuple[list[object], list[float]]:
    """Predict, index, compare."""
    index, said = folder / "index", folder / "said.json"
    environment = undisturbed(SEMSEARCH_DATA=str(folder / "user"))
    command = [sys.executable, "-m", "semsearch", "index", str(corpus), "-i", str(index), "--transcriber", "none"]
    measure([*command, "--plan", "--json"], environment, every=0, out=said)
    plan = json.loads(said.read_text())
    if index.exists():
        raise SystemExit("a plan has written an index")
    spent = measure([*command, "--json"], environment, every=EVERY, out=said)
    made = json.loads(said.read_text())
    size = sum(file.stat().st_size for file in index.rglob("*") if file.is_file())
    shutil.rmtree(index)
    pairs = [
        (plan["passages"], made["passages"]),
        (plan["encoded"], made["encoded"]),
        (plan["seconds"], made["seconds"]),
        (plan["disk_bytes"] / 1e3, size / 1e3),
        (plan["memory_bytes"] / 1e6, spent.peak_mb),
    ]
    cells = [name, made["files"], plan["sampled_files"], f"{plan['took']:.1f}", *(ratio(a, b) for a, b in pairs)]
    return cells, [a / b for a, b in pairs if b]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1200, help="of each collection")
    count = parser.parse_args().documents
    header = ("corpus", "files", "sampled", "s", "passages", "encoded", "seconds", "kB on disk", "MB at the peak")
    table("Predicted / true", header, [])
    ratios: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        for title, corpus in corpora(Path(name), count):
            cells, found = row(Path(name), title, corpus)
            ratios += found
            print(f"| {' | '.join(map(str, cells))} |", flush=True)
    record("plan", {"lowest": min(ratios), "highest": max(ratios)})


if __name__ == "__main__":
    main()
