"""Mutated files through every reader, in the processes that read files: any outcome but a document or a reason fails.

The mutations come from `random` with a seed, not from Hypothesis: its record of choices can neither hold nor shrink
files of a megabyte, and this way mutation number N of a type is made again alone. Recordings are left out: a model
listens to them. Exit status 1 tells that something was found; `--keep` is where the smallest file for it lies.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import may_hold_pictures
from semsearch.errors import SemsearchError, SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed
from tests.benchmarks.fuzz_judge import Verdict, judged
from tests.benchmarks.fuzz_mutations import mutated, parts_of
from tests.benchmarks.fuzz_seeds import rows, seeds
from tests.benchmarks.material import cache_folder
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 10.0
"""What a file may take, of the clock."""
MEMORY, MEMORY_OF_PICTURES = 400_000_000, 1_000_000_000
"""Bytes; a recognizer of text takes most of a gigabyte."""
TRIES, TRY_SECONDS = 150, 20.0
"""Smaller files that are tried for each finding, and how long."""
HEADER = (
    *("type", "files", "mutations", "read", "refused", "native library failed, file named", "findings"),
    *("ms, median", "ms, worst", "MB, worst"),
)


@dataclass(slots=True)
class Case:
    """A mutated file, and what became of it."""

    number: int
    path: Path
    data: bytes
    verdict: Verdict = field(default_factory=lambda: Verdict(""))
    note: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What two cases of one fault have in common."""
        words = re.sub(r"\d+(?:\.\d+)?|'[^']*'", "#", self.verdict.words)
        return f"{self.note.get('fault') or ''} {words}"[:160]


@dataclass(slots=True)
class Row:
    """What became of the files of one row."""

    outcomes: Counter[str] = field(default_factory=Counter)
    ms: list[float] = field(default_factory=list)
    worst: tuple[float, int] = 0.0, 0
    """Milliseconds, and the number of the mutation."""
    memory: int = 0
    smallest: dict[str, Case] = field(default_factory=dict)
    """Findings and lost processes, by what they have in common."""
    times: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case) -> None:
        """Count a case."""
        self.outcomes[case.verdict.kind] += 1
        self.ms.append(float(case.note.get("ms", 0.0)))
        self.worst = max(self.worst, (self.ms[-1], case.number))
        self.memory = max(self.memory, int(case.note.get("memory", 0)))
        if case.verdict.kind in ("finding", "lost"):
            self.times[case.key] += 1
            if case.key not in self.smallest or len(case.data) < len(self.smallest[case.key].data):
                self.smallest[case.key] = case


class Fuzzer:
    """Reads files in the product's processes. Close it in the end."""

    def __init__(self, processes: int, notes: Path) -> None:
        """Start nothing yet; `notes` is an empty folder."""
        os.environ["FUZZ_NOTES"] = str(notes)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        self.notes = notes
        self.processes = processes
        settings = Settings(file_seconds=SECONDS, max_expanded_bytes=20_000_000, max_members=1000, max_text=2_000_000)
        self._parsers, self._of_pictures = (
            Parsers(settings, count=processes, memory=memory, module="tests.benchmarks.fuzz_worker")
            for memory in (MEMORY, MEMORY_OF_PICTURES)
        )

    def close(self) -> None:
        """End the processes."""
        self._parsers.close()
        self._of_pictures.close()

    def submit(self, case: Case) -> Future[Parsed]:
        """Begin to read a file."""
        parsers = self._of_pictures if may_hold_pictures(case.path) else self._parsers
        return parsers.submit(case.path, case.data)

    def judge(self, case: Case, future: Future[Parsed]) -> Case:
        """Wait for a file, and judge what became of it. A limit of time is given a second chance."""
        found = _outcome(future)
        if isinstance(found, SourceUnreadable) and "longer than" in str(found):
            found = _outcome(self.submit(case))
        note = self.notes / case.path.name
        with suppress(OSError, ValueError):
            case.note = json.loads(note.read_text())
        note.unlink(missing_ok=True)
        case.verdict = judged(case.path, case.data, found, case.note.get("printed", ""), case.note.get("ms", 0.0))
        return case

    def run(self, made: Callable[[int], Case], numbers: Iterator[int]) -> Iterator[Case]:
        """Yield the cases of these numbers in their order, read by all processes."""
        waiting: deque[tuple[Case, Future[Parsed]]] = deque()
        for number in numbers:
            case = made(number)
            waiting.append((case, self.submit(case)))
            if len(waiting) > 2 * self.processes:
                yield self.judge(*waiting.popleft())
        for case, future in waiting:
            yield self.judge(case, future)

    def shrunk(self, case: Case) -> Case:
        """Return a smaller file with the same fault, as far as some tries go."""
        parts, whole = parts_of(case.data)
        left: list[bytes | None] = list(parts)
        tries, until = TRIES, time.monotonic() + TRY_SECONDS
        best = case

        def still(candidate: list[bytes | None]) -> bool:
            nonlocal best, tries
            tries = tries - 1 if time.monotonic() < until else 0
            smaller = Case(case.number, case.path, whole(candidate))
            if not smaller.data or self.judge(smaller, self.submit(smaller)).key != case.key:
                return False
            if len(smaller.data) <= len(best.data):
                best = smaller
            return True

        for at in range(len(left)):
            if len(left) > 1 and tries > 0 and still([*left[:at], None, *left[at + 1 :]]):
                left[at] = None
        for at, part in enumerate(left):
            size = len(part) // 2 if part is not None else 0
            while size and tries > 0:
                left[at] = _without(left, at, size, still, lambda: tries > 0)
                size //= 2
        return best


def _without(
    parts: list[bytes | None],
    at: int,
    size: int,
    still: Callable[[list[bytes | None]], bool],
    go_on: Callable[[], bool],
) -> bytes:
    """Return a part without those stretches of this size that the fault does not need."""
    part, start = parts[at] or b"", 0
    while start < len(part) and go_on():
        smaller = part[:start] + part[start + size :]
        if still([*parts[:at], smaller, *parts[at + 1 :]]):
            part = smaller
        else:
            start += size
    return part


def _outcome(future: Future[Parsed]) -> Parsed | BaseException:
    try:
        return future.result()
    except (SemsearchError, ValueError, RuntimeError, OSError) as error:
        return error


def cases(row: str, files: list[tuple[str, bytes]], seed: str) -> Callable[[int], Case]:
    """Return what makes the mutation of a number."""
    kinds = rows()[row]
    others = [data for _, data in files]

    def made(number: int) -> Case:
        rng = Random(f"{seed} {row} {number}")
        kind, data = rng.choice(files)
        kind = rng.choice(kinds) if row in ("man", "other code", "settings and markup") else kind
        return Case(number, Path(f"{number}.{kind}"), mutated(data, others, rng))

    return made


def numbers(start: int, times: int | None, until: float) -> Iterator[int]:
    """Yield numbers up to a count, or until a moment."""
    number = start
    while number < start + times if times is not None else time.monotonic() < until:
        yield number
        number += 1


def told(row: str, found: Row, fuzzer: Fuzzer, keep: Path) -> Iterator[str]:
    """Keep the smallest file of each fault, and yield what is said of it."""
    for key, case in found.smallest.items():
        small = fuzzer.shrunk(case)
        name = f"{row.replace(' ', '-')}-{case.number}{case.path.suffix}"
        (keep / name).write_bytes(small.data)
        words = f"{' '.join(case.verdict.words.split())[:200]} {case.note.get('fault') or ''}"
        yield f"- {case.verdict.kind}: {name} ({len(small.data):,} bytes, {found.times[key]} times): {words}"


def cells(row: str, files: int, found: Row) -> list[str]:
    """Return a row of the table."""
    counts = [found.outcomes[kind] for kind in ("read", "refused", "lost", "finding")]
    times = [f"{statistics.median(found.ms):.1f}", "{:.0f} (no. {})".format(*found.worst)] if found.ms else ["", ""]
    return [row, str(files), str(sum(counts)), *map(str, counts), *times, f"{found.memory / 1e6:.0f}"]


def options() -> argparse.Namespace:
    data = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=data / "files", help="real files")
    parser.add_argument("--minutes", type=float, default=10.0, help="of all types together")
    parser.add_argument("--times", type=int, help="mutations of each type, instead of minutes")
    parser.add_argument("--only", action="append", help="a row of the table, or a type; may be given again")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--start", type=int, default=0, help="number of the first mutation")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=cache_folder() / "crashers", help="where found files are kept")
    return parser.parse_args()


def main() -> None:
    chosen = options()
    files = seeds(chosen.folder, ROOT / "sample_corpus" / "docs")
    if not any(path.is_file() for path in chosen.folder.rglob("*")):
        sys.exit(f"no file in {chosen.folder}: name a folder, or set SEMSEARCH_DATA_SETS")
    kinds = {row: of_row for row, of_row in rows().items() if not chosen.only or {row, *of_row} & set(chosen.only)}
    chosen.keep.mkdir(parents=True, exist_ok=True)
    table(f"Mutated files, seed {chosen.seed}", HEADER, [])
    findings, lines = 0, [""]
    with ExitStack() as stack:
        notes = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        fuzzer = stack.enter_context(closing(Fuzzer(chosen.processes, notes)))
        # What is found is printed below the table, also when the run is stopped.
        stack.callback(lambda: print("\n".join(lines), flush=True))
        for row in kinds:
            found = Row()
            until = time.monotonic() + 60 * chosen.minutes / len(kinds)
            for case in fuzzer.run(cases(row, files[row], chosen.seed), numbers(chosen.start, chosen.times, until)):
                found.add(case)
            print(f"| {' | '.join(cells(row, len(files[row]), found))} |", flush=True)
            lines += told(row, found, fuzzer, chosen.keep)
            findings += found.outcomes["finding"]
    if findings:
        sys.exit(f"{findings} findings: {chosen.keep}")


if __name__ == "__main__":
    main()
