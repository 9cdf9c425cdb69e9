"""semsearch beside its peers, on this machine, with the same texts and the same weights; writes docs/benchmarks.md.

What was measured is kept: a run that is stopped goes on where it was. All of it takes an hour and more, --quick at
most a quarter of one.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from tests.benchmarks.material import cache_folder, collection
from tests.benchmarks.peers import plan, processes
from tests.benchmarks.peers.columns import Bench, OutOfTime
from tests.benchmarks.peers.environments import Environments
from tests.benchmarks.peers.page import write_page
from tests.benchmarks.peers.results import Results
from tests.benchmarks.peers.systems import SYSTEMS, System, model_folder
from tests.benchmarks.report import machine

GIGABYTES = {True: 8, False: 20}
"""Free disk wanted by a quick run and by a whole one: environments, texts, and an index of each system."""
QUICK_MINUTES = 14.0


def check(folder: Path, quick: bool) -> None:
    """Find out first what would stop the benchmark later. SystemExit with one line that says what to do."""
    free = shutil.disk_usage(folder).free / 1e9
    used = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink()) / 1e9
    wanted = GIGABYTES[quick]
    if free + used < wanted:
        raise SystemExit(f"{folder} has {free:.1f} GB free, {wanted} are needed: make room, or set SEMSEARCH_CACHE")
    collection("scifact")
    collection("squad-dev")
    if not (model_folder() / "model.safetensors").is_file():
        fetch = [sys.executable, "-m", "semsearch", "models", "fetch", model_folder().name]
        if processes.run_alone(fetch):
            raise SystemExit(f"the weights of {model_folder().name} are not here; the reason stands above")


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    names = [system.name for system in SYSTEMS]
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the first two parts, and stop after 14 minutes")
    parser.add_argument("--minutes", type=float, help="begin nothing new after so many minutes")
    parser.add_argument("--only", choices=names, action="append", help="measure this system; may be repeated")
    parser.add_argument("--again", choices=names, action="append", help="forget what was measured of it, first")
    parser.add_argument("--part", choices=plan.PARTS, action="append", help="measure this part; may be repeated")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page from what is there")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    given = arguments(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that processes are ended and locks let go
    folder = cache_folder() / "peers"
    folder.mkdir(exist_ok=True)
    minutes = given.minutes if given.minutes is not None else QUICK_MINUTES if given.quick else math.inf
    deadline = time.monotonic() + minutes * 60
    bench = Bench(folder, Results(folder / "results"), Environments(folder / "environments"), machine(), deadline)
    try:
        with FileLock(folder / "lock", timeout=0):
            for system in (system for system in SYSTEMS if system.name in (given.again or ())):
                print(f"{system.name}: {bench.results.forget(system.name)} measurements forgotten")
                bench.environments.remove(system)
            chosen = [system for system in SYSTEMS if not given.only or system.name in given.only]
            late = False if given.page else run(bench, chosen, given.part or parts(given.quick), given.quick)
            write_page(bench)
    except Timeout:
        raise SystemExit("another run of this benchmark is at work; wait for it, or end it with Ctrl-C") from None
    except KeyboardInterrupt:
        raise SystemExit("stopped; what was measured is kept, the same command goes on") from None
    if late:
        print("the time is up before everything was measured; the same command goes on", file=sys.stderr)


def parts(quick: bool) -> tuple[str, ...]:
    return plan.QUICK if quick else plan.PARTS


def run(bench: Bench, systems: Sequence[System], chosen: Sequence[str], quick: bool) -> bool:
    """Measure what is missing; tell whether the time was up before that was done."""
    check(bench.folder, quick)
    (bench.folder / "data").mkdir(exist_ok=True)
    for half in (bench.folder / "stores").glob("new-*"):  # of a run that was killed
        shutil.rmtree(half, ignore_errors=True)
    os.environ.pop("SEMSEARCH_INDEX", None)
    try:
        plan.carry_out(bench, systems, chosen)
    except OutOfTime:
        return True
    return False


if __name__ == "__main__":
    main()
