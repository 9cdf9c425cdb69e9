"""In which order things are measured: systems take turns in every round, so that noise of the machine hits them all."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peers import columns
from tests.benchmarks.peers.columns import Bench
from tests.benchmarks.peers.systems import ROOT, SEMSEARCH, System

INDEX_ROUNDS = 3
COLD_ROUNDS = 5
LONG = 60.0
"""Seconds of a cold query from which a system is measured once: medians of minutes would take hours."""
SMALL, LARGE = 10_000, 100_000
SOME = "scifact-150"
"""Abstracts that are indexed in turns, by quick runs too."""
SIZES = (1000, SMALL, LARGE, 1_000_000)
PARTS = ("index", "small", "queries", "sample", "growth", "scifact", "quality")
"""All parts, in their order; the first two are the quick run."""
QUICK = PARTS[:2]


def index(bench: Bench, systems: Sequence[System]) -> None:
    """Some real abstracts with real encoding."""
    for number in range(INDEX_ROUNDS):
        for system in systems:
            columns.index(bench, system, SOME, number)


def small(bench: Bench, systems: Sequence[System]) -> None:
    """Queries over given vectors, few of them."""
    queries(bench, systems, SMALL, warm_rounds=1)


def queries(bench: Bench, systems: Sequence[System], size: int = LARGE, warm_rounds: int = COLD_ROUNDS) -> None:
    """Cold and warm queries over given vectors."""
    there = [system for system in systems if system.largest >= size and columns.build(bench, system, str(size))]
    seconds: dict[System, float] = {}
    for number in range(COLD_ROUNDS):
        turn = [one for one in _rotated(there, number) if not number or seconds[one] < LONG]
        for system in turn:
            found = columns.cold(bench, system, str(size), number)
            seconds[system] = float(found.get("seconds", 0.0))
        for system in turn if number < warm_rounds else ():
            for mode in system.modes if system is SEMSEARCH else system.modes[:1]:
                columns.warm(bench, system, str(size), mode, number)


def _rotated(systems: Sequence[System], number: int) -> list[System]:
    """Return the systems in the order of a round: nobody always comes after the same one."""
    first = number % max(1, len(systems))
    return [*systems[first:], *systems[:first]]


def growth(bench: Bench, systems: Sequence[System]) -> None:
    """The same from a thousand passages to a million; peers as far as they are measured."""
    for size in SIZES:
        if size != LARGE:
            queries(bench, systems, size, warm_rounds=1)


def sample(bench: Bench, systems: Sequence[System]) -> None:
    """Cold queries over the sample corpus: semsearch and the script."""
    chosen = [system for system in systems if system.name in (SEMSEARCH.name, "script")]
    if SEMSEARCH in chosen:
        columns.index_folder(bench, SEMSEARCH, "sample", ROOT / "sample_corpus")
    for system in chosen:
        if system is not SEMSEARCH:
            columns.index(bench, system, "sample")
    for number in range(COLD_ROUNDS):
        for system in chosen:
            columns.cold(bench, system, "sample", number)


def scifact(bench: Bench, systems: Sequence[System]) -> None:
    """The whole of SciFact, once: minutes for each."""
    for system in systems:
        columns.index(bench, system, "scifact")


def quality(bench: Bench, systems: Sequence[System]) -> None:
    """nDCG@10 of every way to search that a system has."""
    for system in systems:
        for mode in system.modes:
            columns.quality(bench, system, mode)


def carry_out(bench: Bench, systems: Sequence[System], parts: Sequence[str]) -> None:
    """Measure what is not measured yet."""
    work = {
        "index": index,
        "small": small,
        "queries": queries,
        "sample": sample,
        "growth": growth,
        "scifact": scifact,
        "quality": quality,
    }
    for part in parts:
        work[part](bench, systems)
