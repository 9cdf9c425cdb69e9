"""What a process that reads files takes: it must depend on the largest file, not on how many it has read.

One process at a time reads files of one size, one after the other. It ends after a file of more than 5 MB, since its
memory does not go back to the system otherwise: such files get a process each, smaller ones share one.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.pool import Parsers
from semsearch.indexing.control.limits import DEFAULT
from semsearch.settings import Settings
from tests.benchmarks.material import recombined
from tests.benchmarks.report import table
from tests.benchmarks.weighing import Weighed

SIZES = (4.0, 10.0)
"""MB: a process is kept after one, and not after the other."""


def paragraphs(megabytes: float, seed: int) -> list[str]:
    """Return real sentences, so many MB of them."""
    found = recombined(2000, words=80, seed=seed)
    size = sum(len(text) + 2 for text in found)
    return found * round(megabytes * 1e6 / size)


def rows_of(texts: list[str]) -> bytes:
    """Return a table with a number and a text in each row."""
    out = io.StringIO()
    csv.writer(out).writerows([("number", "text"), *enumerate(texts)])
    return out.getvalue().encode()


def page(texts: list[str]) -> bytes:
    """Return a page with a heading above every tenth paragraph."""
    parts = (
        f"<h2>{text[:30]}</h2><p>{text}</p>" if at % 10 == 0 else f"<p>{text}</p>" for at, text in enumerate(texts)
    )
    return f"<html><body>{''.join(parts)}</body></html>".encode()


MADE: dict[str, Callable[[list[str]], bytes]] = {
    "a.txt": lambda texts: "\n\n".join(texts).encode(),
    "a.md": lambda texts: "\n\n".join(f"# {t[:30]}\n\n{t}" if n % 10 == 0 else t for n, t in enumerate(texts)).encode(),
    "a.html": page,
    "a.csv": rows_of,
    "a.jsonl": lambda texts: "\n".join(json.dumps({"id": n, "text": t}) for n, t in enumerate(texts)).encode(),
    "a.py": lambda texts: "\n\n".join(f'def f{n}():\n    """{t}"""' for n, t in enumerate(texts)).encode(),
}


def read_so_many(name: str, data: Callable[[int], bytes], count: int) -> tuple[int, float, float]:
    """Return how many processes read so many files, the most that one of them had in MB, and seconds a file."""
    settings = Settings(max_members=10**6)
    weighed = Weighed(os.getpid())
    seconds = 0.0
    with closing(Parsers(settings, count=1, memory=DEFAULT.parser_bytes)) as parsers:
        for number in range(count):
            content = data(number)
            start = time.perf_counter()
            parsers.submit(Path(name), content).result()
            seconds += time.perf_counter() - start
        time.sleep(0.1)
        weighed.stop()
    return len(weighed.children), weighed.child, seconds / count


def measured(counts: tuple[int, ...]) -> Iterator[tuple[object, ...]]:
    """Yield a row for each type and size."""
    for name, make in MADE.items():
        for size in SIZES:
            # Two contents in turn: what is freed in one must do for the other.
            contents = [make(paragraphs(size, seed)) for seed in (1, 2)]
            found = [read_so_many(name, lambda number, c=contents: c[number % 2], count) for count in counts]
            megabytes = sum(map(len, contents)) / 2e6
            peaks = [f"{peak:.0f}" for _, peak, _ in found]
            yield document_type(Path(name)), f"{megabytes:.1f}", *peaks, found[-1][0], f"{found[-1][1] / megabytes:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, nargs=3, default=[1, 4, 16])
    counts = tuple(parser.parse_args().files)
    header = ("type", "MB of a file", *(f"MB after {n} files" for n in counts), "processes", "MB for each MB of a file")
    table("Largest process that reads, one after the other", header, measured(counts))


if __name__ == "__main__":
    main()
