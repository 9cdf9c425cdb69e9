"""The generated part of the benchmarks' page: what stands around it stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.peers import plan, targets
from tests.benchmarks.peers.columns import Bench
from tests.benchmarks.peers.environments import Environments
from tests.benchmarks.peers.page import BEGIN, END, between, write_page
from tests.benchmarks.peers.results import Results
from tests.benchmarks.peers.systems import PEERS, SEMSEARCH, System
from tests.benchmarks.peers.tables import behind, queries
from tests.benchmarks.report import record, recorded


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, Results(tmp_path / "results"), Environments(tmp_path / "environments"), "a machine")


def give_cold(bench: Bench, system: System, *seconds: float) -> None:
    for number, value in enumerate(seconds):
        key = bench.key(system, "cold", str(plan.LARGE), number)
        bench.results.put(key, {"seconds": value, "peak_mb": 100.0 * value})


def test_only_what_is_between_the_markers_changes() -> None:
    page = f"# Page\n\nBy hand.\n\n{BEGIN}\nold\n{END}\n\nAlso by hand.\n"
    assert between(page, "new") == f"# Page\n\nBy hand.\n\n{BEGIN}\nnew\n{END}\n\nAlso by hand.\n"
    assert between(between(page, "new"), "new") == between(page, "new")


def test_a_page_without_markers_gets_them_at_its_end() -> None:
    assert between("# Page\n", "new") == f"# Page\n\n{BEGIN}\nnew\n{END}\n"


@pytest.mark.parametrize("page", [BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}"])
def test_a_page_with_half_of_the_markers_is_left_alone(page: str, bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text(page)
    with pytest.raises(SystemExit, match="put them right"):
        write_page(bench, file, tmp_path / "plots")
    assert file.read_text() == page


def test_medians_and_ratios_stand_in_the_table(bench: Bench) -> None:
    give_cold(bench, SEMSEARCH, 0.4, 0.5, 4.0)
    give_cold(bench, PEERS[0], 8.0, 10.0, 80.0)
    table = queries(bench, str(plan.LARGE))
    assert [row[:2] for row in table.rows if row[1]] == [
        ("semsearch, hybrid", ".50"),
        ("script: sentence-transformers + FAISS", "10.0 (20.0x)"),
    ]
    assert targets.of_peers(bench)["cold"] == pytest.approx(1 / 20)
    assert not list(behind(bench))


def test_a_peer_that_is_ahead_is_named(bench: Bench) -> None:
    give_cold(bench, SEMSEARCH, 0.5)
    give_cold(bench, PEERS[2], 0.25)
    assert "cold, s: Chroma .25, semsearch .50" in list(behind(bench))


def test_a_failure_stands_in_the_page(bench: Bench, tmp_path: Path) -> None:
    bench.failures["txtai", "cold", str(plan.LARGE)] = "pip could not install it: no disk"
    write_page(bench, tmp_path / "page.md", tmp_path / "plots")
    page = (tmp_path / "page.md").read_text()
    assert "| txtai | pip could not install it: no disk |" in page
    assert "txtai, cold (100000): pip could not install it: no disk" in page
    assert page.count("not measured here") >= 3


def test_figures_that_benchmarks_leave_are_kept_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path))
    assert recorded("million") == {}
    record("million", {"dense_p50_ms": 4.0, "recall_at_10": 0.991})
    record("million", {"dense_p50_ms": 6.0})
    assert recorded("million") == {"dense_p50_ms": 6.0, "recall_at_10": 0.991}
    shown = {row[0]: row[2:] for row in targets.rows(Bench(tmp_path, Results(tmp_path), Environments(tmp_path), "m"))}
    assert shown["1,000,000 passages: dense p50, ms"] == ("6.00", "**not met**")
    assert shown["... recall@10"] == (".9910", "met")
