"""A plan predicts a run, writes nothing and respects the index; memory limits are kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.api.index import Index
from semsearch.api.planning import plan_index
from semsearch.errors import InvalidQuery, SourceUnreadable
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_files import column, pdf

LIMITED = """
import resource, sys
from semsearch import Index
from tests.contract.hashing_encoder import HashingEncoder
encoder = HashingEncoder() if sys.argv[4] == "hashing" else None
with Index.create(sys.argv[1], encoder=encoder) as index:
    made = index.index([sys.argv[2]], max_memory=int(sys.argv[3]))
unit = 1 if sys.platform == "darwin" else 1024
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss + resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(made.added, len(made.skipped), peak * unit)
"""

LAUNCHER = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
"""Runs between this process and the measured one: a process inherits the peak memory of its parent."""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(f"heron {number} stands in reed bed {number}. " * (number + 1))
    (folder / "a.pdf").write_bytes(pdf([column("an otter swims")]))
    (folder / "0001.txt").write_text("")
    return folder


def test_the_plan_matches_the_run(tmp_path: Path, docs: Path) -> None:
    encoder = HashingEncoder()
    plan = plan_index([docs], index=tmp_path / "index", encoder=encoder)
    assert not (tmp_path / "index").exists()
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        made = index.index([docs])
        assert (plan.files, plan.passages, plan.encoded) == (made.files, made.passages, made.encoded)
        assert (plan.skipped, plan.unchanged) == (1, 0)
        assert min(plan.seconds, plan.disk_bytes, plan.memory_bytes) > 0


def test_a_plan_respects_the_index_and_writes_nothing(tmp_path: Path, docs: Path) -> None:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.index([docs])
        (docs / "copy.txt").write_bytes((docs / "20.txt").read_bytes())
        (docs / "new.txt").write_text("a wolverine that nobody has seen")
        before = {f: f.stat().st_mtime_ns for f in (tmp_path / "index").rglob("*") if not f.name.startswith("catalog")}
        plan = index.plan()
        assert {f: f.stat().st_mtime_ns for f in before} == before
        assert plan.encoded == 1
        assert plan.passages > plan.encoded
        made = index.index()
        assert (made.encoded, made.passages) == (plan.encoded, plan.passages)


def test_a_missing_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist"):
        plan_index([tmp_path / "nowhere"], encoder=HashingEncoder())


def test_too_little_memory_is_refused_with_the_minimum(tmp_path: Path, docs: Path) -> None:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        with pytest.raises(InvalidQuery, match=r"the minimum is \d+M") as caught:
            index.index([docs], max_memory=1_000_000)
        least = int(str(caught.value).rpartition(" ")[2].rstrip("M")) * 1_000_000
        # What this process has taken meanwhile is on top of that.
        assert index.index([docs], max_memory=least + 50_000_000).added == 41


def test_the_memory_limit_is_kept_and_skipped_files_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    line = "The kestrel hovers over the field and looks for mice. "
    (folder / "huge.txt").write_text(line * 400_000)
    for number in range(30):
        (folder / f"{number}.txt").write_text((line + str(number)) * 1000)
        (folder / f"{number}.pdf").write_bytes(pdf([column(f"{line} {number} {page}") for page in range(30)]))
    added, skipped, peak = limited(tmp_path, 500_000_000, "hashing")
    assert (added, skipped) == (60, 1)
    assert peak < 500_000_000


def test_the_memory_limit_includes_the_model(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    words = ["heron", "reed", "water", "wind", "field", "mouse", "kestrel", "owl", "stone", "river"]
    for number in range(1, 200):
        text = " ".join(words[number * place % 10] for place in range(number))
        (folder / f"{number}.txt").write_text(text)
    added, skipped, peak = limited(tmp_path, 600_000_000, "default")
    assert (added, skipped) == (199, 0)
    assert peak < 600_000_000


def limited(folder: Path, limit: int, encoder: str) -> tuple[int, int, int]:
    """Index `docs` within a limit; return documents added, files skipped and peak bytes."""
    program = [sys.executable, "-c", LIMITED, str(folder / "index"), str(folder / "docs"), str(limit), encoder]
    command = [sys.executable, "-c", LAUNCHER, *program]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    added, skipped, peak = map(int, done.stdout.split()[-3:])
    return added, skipped, peak
