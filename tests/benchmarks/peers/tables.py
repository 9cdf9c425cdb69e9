"""Medians and ratios of what was measured, as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.benchmarks.peers import plan
from tests.benchmarks.peers.columns import Bench
from tests.benchmarks.peers.results import median, ratio
from tests.benchmarks.peers.systems import PEERS, SEMSEARCH, SYSTEMS, System

HOW = (
    "The same texts and the same all-MiniLM-L6-v2 weights for all; every peer in an environment of its own, with the "
    "defaults of its manual, without a network. Times and peaks of resident memory are those of whole processes, seen "
    "from outside. Systems take turns in each round; times are medians over the rounds, and `x` is the median over "
    "the rounds of the time divided by semsearch's in the same round. What takes a minute for one query is measured "
    "once."
)
NOTHING = "—"
GROWTH_NOTE = "Disk is bytes a passage, its text included; warm is p50, hybrid and dense."


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the page."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


def all_tables(bench: Bench) -> Iterator[Table]:
    """Yield the tables for which something was measured."""
    yield indexing(bench)
    for size in (plan.LARGE, plan.SMALL):
        yield queries(bench, str(size))
    yield sample(bench)
    yield growth(bench)


def values(bench: Bench, system: System, column: str, size: str, name: str, rounds: int) -> dict[int, float]:
    """Return one figure of every round that was measured."""
    found = {number: bench.found(system, column, size, number) for number in range(rounds)}
    return {number: float(one[name]) for number, one in found.items() if name in one}


def middle(bench: Bench, system: System, column: str, size: str, name: str, rounds: int = 1) -> float | None:
    """Return the median of a figure over the rounds."""
    return median(values(bench, system, column, size, name, rounds).values())


def over(bench: Bench, of: System, to: System, column: str, size: str, name: str, rounds: int) -> float | None:
    """Return the median ratio of two systems over the rounds of both."""
    return ratio(values(bench, of, column, size, name, rounds), values(bench, to, column, size, name, rounds))


def shown(value: float | None, unit: Callable[[float], str]) -> str:
    return NOTHING if value is None else unit(value)


def number(value: float) -> str:
    """Return three digits: 1,202, 18.5, .0123."""
    if value >= 100:
        return f"{value:,.0f}"
    text = f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return text.removeprefix("0")


def _timed(bench: Bench, system: System, column: str, size: str, name: str, rounds: int) -> str:
    """Return a median and how many times semsearch's it is."""
    text = shown(middle(bench, system, column, size, name, rounds), number)
    times = over(bench, system, SEMSEARCH, column, size, name, rounds)
    return text if times is None or system is SEMSEARCH else f"{text} ({number(times)}x)"


def indexing(bench: Bench) -> Table:
    count = plan.SOME.partition("-")[2]
    header = (
        "indexing SciFact",
        f"{count} abstracts, s, {plan.INDEX_ROUNDS} rounds",
        "5,183 abstracts, s, once",
        "its peak, MB",
        "disk, kB an abstract",
        "nDCG@10 dense / hybrid",
    )
    rows = []
    for system in SYSTEMS:
        whole = bench.found(system, "index", "scifact")
        row = (
            _timed(bench, system, "index", plan.SOME, "seconds", plan.INDEX_ROUNDS),
            shown(whole.get("seconds"), number),
            shown(whole.get("peak_mb"), number),
            shown(whole.get("bytes"), lambda size: number(size / 5183 / 1000)),
            _quality(bench, system),
        )
        rows += _row(bench, system, row)
    note = (
        "All read the same file of texts. semsearch splits what is longer than the model sees, so it encodes some 1.8 "
        "passages an abstract; the others cut an abstract off after 256 tokens (txtai: 512) and leave the rest out. "
        "The hybrid figures of peers are those of given vectors."
    )
    return Table("Indexing real texts", header, rows, note)


def _quality(bench: Bench, system: System) -> str:
    found = (bench.found(system, f"quality {mode}", "scifact").get("ndcg") for mode in ("dense", "hybrid"))
    cells = [shown(value, lambda v: f"{v:.3f}".removeprefix("0")) for value in found]
    return " / ".join(cells) if set(cells) != {NOTHING} else NOTHING


def queries(bench: Bench, size: str) -> Table:
    header = (
        f"{int(size):,} passages, given vectors",
        "cold query, s",
        "its peak, MB",
        "warm p50 / p95, ms",
        "of that, encoding",
        "the rest",
        "disk, bytes a passage",
        "build, s",
        "its peak, MB",
    )
    rows = []
    for system in SYSTEMS:
        built = bench.found(system, f"build {system.modes[0]}", size)
        each = shown(built.get("bytes"), lambda total: number(total / int(size)))
        build = (each, shown(built.get("seconds"), number), shown(built.get("peak_mb"), number))
        cold = [_timed(bench, system, "cold", size, name, plan.COLD_ROUNDS) for name in ("seconds", "peak_mb")]
        for mode in system.modes if system is SEMSEARCH else system.modes[:1]:
            row = (*cold, *_warm(bench, system, mode, size), *build)
            rows += _row(bench, system, row, f", {mode}" if system is SEMSEARCH else "")
            cold, build = [""] * 2, ("",) * 3
    note = (
        "Passages of about 90 words made of real sentences, vectors between those of real passages. Cold is a whole "
        "process, with its files in the page cache; warm are real questions, one at a time."
    )
    return Table(f"Queries over {int(size):,} passages", header, rows, note)


def _warm(bench: Bench, system: System, mode: str, size: str) -> tuple[str, str, str]:
    def one(name: str) -> str:
        return shown(middle(bench, system, f"warm {mode}", size, name, plan.COLD_ROUNDS), number)

    whole = f"{one('p50_ms')} / {one('p95_ms')}"
    return whole if NOTHING not in whole else NOTHING, one("encode_p50_ms"), one("rest_p50_ms")


def sample(bench: Bench) -> Table:
    header = ("sample corpus", "cold query, s", "its peak, MB")
    rows = []
    for system in SYSTEMS:
        cells = [_timed(bench, system, "cold", "sample", name, plan.COLD_ROUNDS) for name in ("seconds", "peak_mb")]
        rows += _row(bench, system, tuple(cells), failures=False)
    return Table("Cold queries over the sample corpus", header, rows)


def growth(bench: Bench) -> Table:
    header = (
        "semsearch, passages",
        "build, s",
        "its peak, MB",
        "disk, bytes",
        "cold, s (MB)",
        "warm hybrid / dense, ms",
    )
    rows = []
    for size in plan.SIZES:
        built = bench.found(SEMSEARCH, "build hybrid", str(size))
        if built:
            cold = [middle(bench, SEMSEARCH, "cold", str(size), n, plan.COLD_ROUNDS) for n in ("seconds", "peak_mb")]
            warm = [
                middle(bench, SEMSEARCH, f"warm {m}", str(size), "p50_ms", plan.COLD_ROUNDS) for m in SEMSEARCH.modes
            ]
            rows.append(
                (
                    f"{size:,}",
                    number(built["seconds"]),
                    number(built["peak_mb"]),
                    number(built["bytes"] / size),
                    f"{shown(cold[0], number)} ({shown(cold[1], number)})",
                    " / ".join(shown(value, number) for value in warm),
                )
            )
    return Table(
        "How cost grows, vectors given",
        header,
        rows,
        "Disk is bytes a passage, its text included; warm is p50, hybrid and dense.",
    )


def _row(
    bench: Bench, system: System, cells: tuple[str, ...], suffix: str = "", failures: bool = True
) -> list[tuple[str, ...]]:
    """Return a row, or none where nothing was measured; a system that could not be installed says so."""
    if any(cell not in (NOTHING, "") for cell in cells):
        return [(f"{system.title}{suffix}", *cells)]
    why = next((text for (name, *_), text in bench.failures.items() if name == system.name), "")
    return [(f"{system.title}{suffix}", why.replace("|", "/"), *[""] * (len(cells) - 1))] if why and failures else []


WHY = {
    "SciFact on disk, bytes": "LanceDB keeps no terms, and half the passages: what is beyond an abstract's 256th token "
    "is not there.",
    "warm p50, ms": "semsearch's line is the hybrid one, which asks BM25 too. In either mode 400 candidates are scored "
    "exactly (txtai's approximate index is fast and loses .058 of nDCG@10 on SciFact), documents are put together from "
    "their passages and near copies folded, ten texts are unpacked, and their words are marked: of the dense mode's "
    "time besides encoding about 1.4 ms are the codes, 1.2 the exact scores, 1.5 texts and marks, 1.0 folding.",
    "given vectors, build s": "each text is split by the model's own tokens, hashed, compressed, its language told and "
    "its terms written for BM25, and a batch is on disk before it counts; the script, txtai and LanceDB store the rows "
    "as they come.",
}
"""Why a peer is ahead, by the column."""


def reasons(bench: Bench) -> Iterator[str]:
    """Yield the reason for every column in which a peer is ahead, as far as one is known."""
    found = {told.partition(":")[0] for told in behind(bench)}
    yield from (f"{title}: {why}" for title, why in WHY.items() if title in found)


def behind(bench: Bench) -> Iterator[str]:
    """Yield every column in which a peer beats semsearch's default, with both figures."""
    large = str(plan.LARGE)
    for title, column, size, name, rounds in (
        ("indexing some abstracts, s", "index", plan.SOME, "seconds", plan.INDEX_ROUNDS),
        ("indexing SciFact, peak MB", "index", "scifact", "peak_mb", 1),
        ("SciFact on disk, bytes", "index", "scifact", "bytes", 1),
        ("cold, s", "cold", large, "seconds", plan.COLD_ROUNDS),
        ("cold, peak MB", "cold", large, "peak_mb", plan.COLD_ROUNDS),
        ("warm p50, ms", "warm", large, "p50_ms", plan.COLD_ROUNDS),
        ("warm p95, ms", "warm", large, "p95_ms", plan.COLD_ROUNDS),
        ("given vectors, build s", "build", large, "seconds", 1),
        ("given vectors, build peak MB", "build", large, "peak_mb", 1),
        ("given vectors, bytes on disk", "build", large, "bytes", 1),
    ):
        own = middle(bench, SEMSEARCH, _column(SEMSEARCH, column), size, name, rounds)
        for peer in PEERS:
            other = middle(bench, peer, _column(peer, column), size, name, rounds)
            if own is not None and other is not None and other < own:
                yield f"{title}: {peer.title.partition(':')[0]} {number(other)}, semsearch {number(own)}"
    yield from _better_ranking(bench)


def _column(system: System, column: str) -> str:
    return f"{column} {system.modes[0]}" if column in ("warm", "build") else column


def _better_ranking(bench: Bench) -> Iterator[str]:
    for mode in ("dense", "hybrid"):
        own = bench.found(SEMSEARCH, f"quality {mode}", "scifact").get("ndcg")
        for peer in PEERS:
            other = bench.found(peer, f"quality {mode}", "scifact").get("ndcg")
            if own is not None and other is not None and other > own:
                yield f"nDCG@10 {mode}: {peer.title} {other:.3f}, semsearch {own:.3f}"
