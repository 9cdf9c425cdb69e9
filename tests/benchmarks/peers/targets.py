"""The figures to reach, beside those that were reached; other benchmarks leave theirs by `report.record`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.benchmarks.peers import plan
from tests.benchmarks.peers.columns import Bench
from tests.benchmarks.peers.systems import PEERS, SEMSEARCH
from tests.benchmarks.peers.tables import number, over
from tests.benchmarks.report import recorded

Found = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure: where it comes from, how it is shown, and when it is reached."""

    figure: str
    goal: str
    source: str
    key: str
    met: Callable[[float], bool]
    shown: Callable[[float], str] = number


def _part(value: float) -> str:
    """Show a ratio below one as `1/19`."""
    return f"1/{number(1 / value)}" if value else "0"


def _share(value: float) -> str:
    return f"{value:.0%}"


def _recall(value: float) -> str:
    return f"{value:.4f}".removeprefix("0")


TARGETS = (
    Target("encode throughput over SentenceTransformer.encode", ">= 3.5x", "encoding", "speedup", lambda v: v >= 3.5),
    Target("encode FLOP/s over a plain GEMM", ">= 70 %", "encoding", "gemm_share", lambda v: v >= 0.7, _share),
    Target("`semsearch index` over bare encode time", "<= 1.10", "feeding", "index_over_encode", lambda v: v <= 1.10),
    Target("cold query over the script's, 100k", "<= 1/15", "peers", "cold", lambda v: v <= 1 / 15, _part),
    Target("... on the sample corpus", "<= 1/18", "peers", "cold_sample", lambda v: v <= 1 / 18, _part),
    Target("... peak RSS, 100k", "<= 1/3", "peers", "cold_peak", lambda v: v <= 1 / 3, _part),
    Target(
        "query through the daemon over `python -c pass` plus the encode, 100k",
        "<= 3x",
        "daemon",
        "over_pass_plus_encode",
        lambda v: v <= 3,
    ),
    Target("`semsearch --help` over `import click`", "<= 1.5x", "daemon", "help_over_click", lambda v: v <= 1.5),
    Target("1,000,000 passages: dense p50, ms", "<= 5", "million", "dense_p50_ms", lambda v: v <= 5),
    Target("... recall@10", ">= .98", "million", "recall_at_10", lambda v: v >= 0.98, _recall),
    Target("... hybrid p50, ms", "reported", "million", "hybrid_p50_ms", lambda _: True),
    Target("... bytes a passage besides text", "<= 1,300", "million", "bytes_per_passage", lambda v: v <= 1300),
    Target("... with an int8 log", "<= 900", "million", "int8_bytes_per_passage", lambda v: v <= 900),
    Target("... resident memory of a query process, MB", "<= 300", "million", "resident_mb", lambda v: v <= 300),
    Target("... build of its approximate index, s", "minutes", "million", "build_s", lambda _: True),
)


def rows(bench: Bench) -> list[tuple[str, ...]]:
    """Return a row for each target: figure, to reach, reached, met or not."""
    own = of_peers(bench)
    sources = {target.source: own if target.source == "peers" else recorded(target.source) for target in TARGETS}
    return [_row(target, sources[target.source].get(target.key)) for target in TARGETS]


def _row(target: Target, value: object) -> tuple[str, ...]:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return target.figure, target.goal, "—", "not measured here"
    return target.figure, target.goal, target.shown(value), "met" if target.met(value) else "**not met**"


def of_peers(bench: Bench) -> Found:
    """Return the figures that this benchmark measures itself."""

    def to_script(size: str, name: str) -> float | None:
        return over(bench, SEMSEARCH, PEERS[0], "cold", size, name, plan.COLD_ROUNDS)

    large = str(plan.LARGE)
    return {
        "cold": to_script(large, "seconds"),
        "cold_peak": to_script(large, "peak_mb"),
        "cold_sample": to_script("sample", "seconds"),
    }
