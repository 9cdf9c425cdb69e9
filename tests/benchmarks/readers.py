"""Which library reads each family of formats best: words found, reading order, tables, time and memory.

The references are those of `reader_references`, the libraries those of `reader_candidates`; what is not installed is
left out and named. Each library reads a family in a process of its own. `--files` adds folders (files converted to
other types), `--docs` the HTML documentation of Debian's python3.11-doc, whose pages say which part is theirs.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from functools import partial
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.benchmarks.reader_candidates import FAMILIES, Candidate
from tests.benchmarks.reader_references import Reference, of_text, reference, shown, words
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
HEADER = (
    *("reader", "read", "words found, %", "other words, %", "order kept, %", "rows whole", "ms", "ms once", "peak MB"),
    "anchors",
)
SECONDS = 300
PAGES = 60


def child(family: str, name: str, times: int, paths: Sequence[str]) -> None:
    """Read files with one library; print what it gave, the shortest time of each, and how far memory went up.

    Times are of the processor, all threads, so that what else runs on the machine counts little.
    """
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    read = FAMILIES[family][1][name].read
    before = _peak()
    files: dict[str, dict[str, Any]] = {}
    for path in paths:
        data = Path(path).read_bytes()
        spent: list[float] = []
        text = error = ""
        for _ in range(times):
            gc.collect()
            start = time.process_time()
            try:
                text = read(data, Path(path).name)
            except Exception as caught:  # noqa: BLE001 - each library has errors of its own, and others' too
                error = f"{type(caught).__name__}: {caught}"[:120]
            spent.append((time.process_time() - start) * 1e3)
        files[path] = {"first": spent[0], "ms": min(spent), "text": text, "error": error}
    print()  # some libraries print as well
    print(json.dumps({"files": files, "peak_mb": _peak() - before}))


def _peak() -> float:
    """Return the most memory this process has had, MB; Linux's `ru_maxrss` would be that of its parent."""
    status = Path("/proc/self/status")
    if status.is_file():
        return int(re.findall(r"VmHWM:\s*(\d+)", status.read_text(encoding="ascii"))[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


def measured(family: str, name: str, times: int, paths: Sequence[Path]) -> dict[str, Any] | str:
    """Return what `child` prints, or how its process ended."""
    command = [sys.executable, "-m", "tests.benchmarks.readers", "--child", family, name, "--times", str(times)]
    try:
        done = subprocess.run(
            [*command, *map(str, paths)], capture_output=True, timeout=SECONDS, cwd=ROOT, check=False, text=True
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {SECONDS} s"
    if done.returncode:
        return f"process ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rows_whole(text: str, rows: Sequence[Sequence[Sequence[str]]]) -> int:
    """Return how many rows have all of their cells on one line, in order."""
    lines = [f" {' '.join(words(line))} " for line in text.splitlines()]
    return sum(any(map(partial(_holds, row), lines)) for row in rows)


def _holds(cells: Sequence[Sequence[str]], line: str) -> bool:
    at = 0
    for cell in cells:
        found = line.find(f" {' '.join(cell)} ", at)
        if found < 0:
            return False
        at = found + 1 + len(" ".join(cell))
    return True


def scores(text: str, expected: Reference) -> tuple[float, float, float]:
    """Return shares: words of the reference found, words that are not its own, pairs of its words found."""
    found = words(text)
    counted = Counter(found)
    common = (counted & expected.words).total()
    pairs = (Counter(pairwise(found)) & expected.pairs).total()
    return (
        common / max(1, expected.words.total()),
        1 - common / max(1, len(found)) if found else 0.0,
        pairs / expected.pairs.total() if expected.pairs else float(common > 0),
    )


def row(name: str, candidate: Candidate, got: dict[str, Any] | str, expected: dict[str, Reference]) -> list[object]:
    """Return a line of a table: shares are means over the files that have words; what is not read counts as nothing."""
    if isinstance(got, str):
        return [name, got, *[""] * 7, candidate.anchors]
    files = got["files"]
    each = [scores(files[path]["text"], expected[path]) for path in expected]
    whole = sum(rows_whole(files[path]["text"], one.rows) for path, one in expected.items())
    rows = sum(len(one.rows) for one in expected.values())
    read = sum(not one["error"] for one in files.values())
    found, other, order = (100 * sum(column) / len(each) for column in zip(*each, strict=True))
    return [
        name,
        f"{read} of {len(files)}",
        *(f"{share:.1f}" for share in (found, other, order)),
        f"{whole} of {rows}" if rows else "-",
        f"{sum(one['ms'] for one in files.values()):.0f}",
        f"{max(one['first'] - one['ms'] for one in files.values()):.0f}",
        f"{got['peak_mb']:.0f}",
        candidate.anchors,
    ]


def family_table(family: str, folders: Sequence[Path], times: int, details: bool) -> None:
    """Measure one family."""
    suffixes, candidates = FAMILIES[family]
    everything = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    paths = [path for path in everything if path.suffix in suffixes]
    made = {str(path): reference(path, everything) for path in paths}
    expected = {path: one for path, one in made.items() if one is not None and one.words}
    measure(
        f"{family}: {len(paths)} files, {len(expected)} with words", family, candidates, paths, expected, times, details
    )


def measure(
    title: str,
    family: str,
    candidates: dict[str, Candidate],
    paths: Sequence[Path],
    expected: dict[str, Reference],
    times: int,
    details: bool,
) -> None:
    if not expected:
        print(f"\n{title}: nothing to compare with (words of a PDF need two of the three engines)")
        return
    absent = [name for name, one in candidates.items() if find_spec(one.needs) is None]
    got = {name: measured(family, name, times, paths) for name in candidates if name not in absent}
    table(title, HEADER, (row(name, candidates[name], result, expected) for name, result in got.items()))
    if absent:
        print(f"\nNot installed: {', '.join(absent)}")
    for name, result in got.items():
        if isinstance(result, dict):
            unread = Counter(one["error"] for one in result["files"].values() if one["error"])
            for error, count in unread.items():
                first = next(Path(path).name for path, one in result["files"].items() if one["error"] == error)
                print(f"\nNot read by {name}: {first}{f' and {count - 1} more' if count > 1 else ''} ({error})", end="")
    print()
    if details:
        print_details(got, expected)


def print_details(got: dict[str, dict[str, Any] | str], expected: dict[str, Reference]) -> None:
    """Print words found / other words / order of every file."""
    results = {name: result["files"] for name, result in got.items() if isinstance(result, dict)}
    lines = []
    for path, one in expected.items():
        shares = [scores(files[path]["text"], one) for files in results.values()]
        lines.append([Path(path).name, *(f"{100 * f:.0f} / {100 * e:.0f} / {100 * o:.0f}" for f, e, o in shares)])
    table("Words found / other words / order kept, %", ["file", *results], lines)


def documentation(folder: Path, times: int) -> None:
    """Measure what is kept of pages with navigation around them, as they are and without a mark of their own part."""
    pages = sorted(folder.rglob("*.html"))
    expected, unmarked = {}, {}
    with tempfile.TemporaryDirectory() as bare:
        for number, page in enumerate(pages[:: max(1, len(pages) // PAGES)]):
            text = page.read_text(encoding="utf-8")
            own = re.search(r'<div class="body" role="main">(.*?)<div class="clearer">', text, re.S)
            if own is not None:
                made = Path(bare, f"{number}.html")
                made.write_text(re.sub(r' (?:role|class|id|aria-\w+)="[^"]*"', "", text), encoding="utf-8")
                expected[str(page)] = unmarked[str(made)] = of_text(shown(own[1]).replace("¶", " "))
        candidates = FAMILIES["HTML"][1]
        for title, chosen in (("as they are", expected), ("without roles, classes and ids", unmarked)):
            paths = [Path(path) for path in chosen]
            title = f"{len(chosen)} pages of documentation, {title}"
            measure(title, "HTML", candidates, paths, chosen, times, False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3, help="readings of each file; the fastest counts")
    parser.add_argument("--family", choices=FAMILIES, help="measure this one only")
    parser.add_argument("--files", type=Path, action="append", default=[], help="one more folder of files")
    parser.add_argument("--docs", type=Path, help="the html folder of python3.11-doc")
    parser.add_argument("--details", action="store_true", help="print the shares of every file as well")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("paths", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(*args.child, args.times, args.paths)
    logging.disable(logging.CRITICAL)
    source = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data") / "files"
    if not source.is_dir():
        raise SystemExit(f"no folder {source}: set SEMSEARCH_DATA_SETS to the folder of the data sets")
    for family in [args.family] if args.family else FAMILIES:
        family_table(family, [source, *args.files], args.times, args.details)
    if args.docs:
        documentation(args.docs, args.times)
    return None


if __name__ == "__main__":
    main()
