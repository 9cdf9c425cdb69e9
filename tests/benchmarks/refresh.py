"""One changed file among 5,000: how long the refresh takes and what it touches (the model's load aside)."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from semsearch import Index
from tests.benchmarks.given_vectors import GivenVectors
from tests.benchmarks.indexing import write_files
from tests.benchmarks.material import recombined
from tests.benchmarks.report import table


def rows(folder: Path, count: int) -> Iterator[tuple[object, ...]]:
    corpus = write_files(folder, recombined(count, words=200))
    time.sleep(2.5)  # files younger than two seconds at a scan are hashed again by the next one
    path = folder / "index"
    with Index.create(path, encoder=GivenVectors()) as index:
        yield run(index, "first run", corpus)
    changed = corpus / "003" / f"{min(1777, count - 1):06}.txt"
    changed = changed if changed.is_file() else next(corpus.rglob("*.txt"))
    yield run_fresh(path, "nothing changed")
    changed.write_text(
        changed.read_text(encoding="utf-8") + "\n\nA new last paragraph about glaciers.\n", encoding="utf-8"
    )
    yield run_fresh(path, "one file changed")
    changed.rename(changed.with_name("moved.txt"))
    yield run_fresh(path, "one file moved")
    changed.with_name("moved.txt").unlink()
    yield run_fresh(path, "one file removed")
    changed.write_text("Glaciers move a few metres a day.", encoding="utf-8")
    yield run_fresh(path, "one file added")


def run_fresh(path: Path, name: str) -> tuple[object, ...]:
    with Index.open(path, encoder=GivenVectors()) as index:
        return run(index, name)


def run(index: Index, name: str, *paths: Path) -> tuple[object, ...]:
    encoder = index._loaded
    start = time.perf_counter()
    made = index.index(paths)
    seconds = time.perf_counter() - start
    return name, f"{seconds:.2f}", made.bytes_read, encoder.calls, encoder.encoded, made.unchanged


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=5000)
    arguments = parser.parse_args()
    header = ("run", "seconds", "bytes read", "calls of the encoder", "passages encoded", "files unchanged")
    with tempfile.TemporaryDirectory() as folder:
        table(f"{arguments.files:,} files", header, rows(Path(folder), arguments.files))


if __name__ == "__main__":
    main()
