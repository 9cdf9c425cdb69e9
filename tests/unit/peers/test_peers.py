"""The harness that measures semsearch beside its peers: what it does when it is stopped, and when a peer fails."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.benchmarks.peers import columns
from tests.benchmarks.peers.columns import Bench, OutOfTime, ndcg
from tests.benchmarks.peers.environments import Environments
from tests.benchmarks.peers.processes import Failed, measure
from tests.benchmarks.peers.results import Key, Results, median, ratio
from tests.benchmarks.peers.systems import ROOT, System

TINY = System("tiny", "Tiny", None, adapters=Path(__file__).parent)
HOLD = "import time; x = b'x' * 100_000_000; time.sleep(1)"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path, Results(tmp_path / "results"), Environments(tmp_path / "environments"), "a machine")
    give_texts(made, "5", ["sun and moon", "rain on stone", "a stone bridge", "green grass", "deep water"])
    return made


def give_texts(bench: Bench, name: str, texts: list[str]) -> None:
    """Write a corpus as the harness finds it."""
    folder = bench.folder / "corpora" / name
    folder.mkdir(parents=True)
    lines = [json.dumps({"id": f"d{number}", "text": text}) for number, text in enumerate(texts)]
    (folder / "texts.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "vectors.npy").touch()
    (folder / "queries.json").write_text(json.dumps([["q0", "stone bridge"], ["q1", "deep"]]))
    (folder / "done").touch()


def test_a_peer_is_measured_from_building_to_warm_queries(bench: Bench) -> None:
    built = columns.build(bench, TINY, "5")
    cold = columns.cold(bench, TINY, "5", 0)
    warm = columns.warm(bench, TINY, "5", "dense", 0)
    assert built["bytes"] > 100
    assert 0 < cold["seconds"] < 60
    assert 5 < cold["peak_mb"] < 500
    assert warm["queries"] == 2
    assert 0 < warm["p50_ms"] <= warm["p95_ms"]


def test_what_was_measured_is_not_measured_again(bench: Bench) -> None:
    first = columns.build(bench, TINY, "5")
    place = bench.store(TINY, "5", "dense")
    (place / "records.json").write_text("[]")
    assert columns.build(bench, TINY, "5") == first
    assert (place / "records.json").read_text() == "[]"


def test_a_store_that_has_gone_is_built_again_and_its_figure_stays(bench: Bench) -> None:
    first = columns.build(bench, TINY, "5")
    place = bench.store(TINY, "5", "dense")
    (place / "records.json").unlink()
    place.rmdir()
    assert columns.build(bench, TINY, "5") == first
    assert (place / "records.json").is_file()


def test_a_failing_peer_is_told_and_costs_no_other_column(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    give_texts(bench, "1", ["refuse this"])
    assert columns.build(bench, TINY, "1") == {}
    assert columns.build(bench, TINY, "5")
    assert "a text that it cannot read" in bench.failures["tiny", "build dense", "1"]
    assert capfd.readouterr().err.count("\n") == 1
    assert not [path.name for path in (bench.folder / "stores").iterdir() if path.name.startswith("new-")]
    assert Bench(bench.folder, bench.results, bench.environments, "a machine").found(TINY, "build dense", "1") == {}


def test_a_peer_that_pip_cannot_install_has_the_reason(tmp_path: Path) -> None:
    environments = Environments(tmp_path / "other")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("")
    for _ in range(2):
        with pytest.raises(Failed, match=r"pip could not install it: .+"):
            environments.made("broken", ("./nothing/here",), constraints)
    assert not (tmp_path / "other" / "broken" / "installed").exists()


def test_when_the_time_is_up_nothing_new_begins(bench: Bench) -> None:
    columns.build(bench, TINY, "5")
    bench.deadline = -math.inf
    assert columns.build(bench, TINY, "5")
    with pytest.raises(OutOfTime):
        columns.cold(bench, TINY, "5", 0)


def test_a_damaged_result_counts_as_none(tmp_path: Path) -> None:
    results = Results(tmp_path)
    key = Key("tiny", "1", "cold", "5", "a machine")
    results.put(key, {"seconds": 1.0})
    assert results.find(key) == {"seconds": 1.0}
    (tmp_path / key.file).write_text('{"key": ')
    assert results.find(key) is None


def test_forgetting_one_system_leaves_the_others(tmp_path: Path) -> None:
    results = Results(tmp_path)
    for name in ("tiny", "tiny-er"):
        results.put(Key(name, "1", "cold", "5", "a machine"), {})
    assert results.forget("tiny") == 1
    assert results.find(Key("tiny-er", "1", "cold", "5", "a machine")) == {}


def test_another_version_machine_or_round_is_another_result(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.put(Key("tiny", "1", "cold", "5", "a machine"), {})
    for other in (
        Key("tiny", "2", "cold", "5", "a machine"),
        Key("tiny", "1", "cold", "5", "another"),
        Key("tiny", "1", "cold", "5", "a machine", 1),
    ):
        assert results.find(other) is None


def test_ratios_are_of_the_same_round() -> None:
    assert ratio({0: 10.0, 1: 40.0, 2: 30.0}, {0: 1.0, 1: 4.0, 2: 10.0}) == 10.0
    assert ratio({0: 10.0}, {1: 1.0}) is None
    assert median([3.0, None, 1.0, 2.0]) == 2.0
    assert median([]) is None


def test_ndcg_counts_queries_without_hits() -> None:
    judged = {"a": {"x": 1}, "b": {"y": 1, "z": 1}}
    assert ndcg({"a": ["x"], "b": ["z", "y"]}, judged) == pytest.approx(1.0)
    assert ndcg({"a": ["w", "x"]}, judged) == pytest.approx(1 / math.log2(3) / 2)


def test_a_process_weighs_what_it_takes_and_not_what_we_do() -> None:
    ballast = os.urandom(1000) * 300_000
    light = measure([sys.executable, "-I", "-S", "-c", "pass"])
    heavy = measure([sys.executable, "-I", "-S", "-c", "x = b'x' * 100_000_000"])
    assert len(ballast) == 300_000_000
    assert light.peak_mb < 60
    assert 95 < heavy.peak_mb - light.peak_mb < 125


def test_children_are_weighed_too() -> None:
    child = f"import subprocess, sys; subprocess.run([{sys.executable!r}, '-c', {HOLD!r}])"
    command = [sys.executable, "-c", f"x = b'x' * 100_000_000; {child}"]
    assert measure(command).peak_mb > 200
    assert 100 < measure(command, every=0).peak_mb < 160


def test_a_command_that_fails_tells_its_last_line() -> None:
    with pytest.raises(Failed, match=r"this is why \(exit 3\)"):
        measure([sys.executable, "-c", "print('this is why'); raise SystemExit(3)"])


def test_a_status_that_is_allowed_is_no_failure() -> None:
    command = [sys.executable, "-c", "raise SystemExit(1)"]
    assert measure(command, allowed=(0, 1)).seconds > 0
    with pytest.raises(Failed, match=r"it printed nothing \(exit 1\)") as failed:
        measure(command)
    assert "raise SystemExit(1)" in failed.value.__notes__[0]


def test_what_is_printed_is_kept_without_what_is_said_beside_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("what an earlier command has printed")
    measure(
        [sys.executable, "-c", "import sys; print('seven', flush=True); sys.exit(print('x', file=sys.stderr))"], out=out
    )
    assert out.read_text() == "seven\n"


@pytest.mark.parametrize("every", [0.25, 0])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_benchmark_that_is_ended_leaves_no_process(how: signal.Signals, every: float, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    child = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(100)"
    harness = (
        "import sys; from tests.benchmarks.peers.processes import measure; "
        f"measure([sys.executable, '-c', {child!r}], every={every})"
    )
    with subprocess.Popen([sys.executable, "-c", harness], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: mark.is_file() and mark.read_text() != "")
        process.send_signal(how)
        assert process.wait(30)
    wait_for(lambda: not Path(f"/proc/{mark.read_text()}").exists())


def wait_for(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)
