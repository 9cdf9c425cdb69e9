"""The vector log: passing through it does not grow the memory of a process."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semsearch.stores.local.dense.ann_build import build_ann
from semsearch.stores.local.dense.vector_log import LogWriter, VectorLog
from semsearch.stores.local.files.layout import Layout

DIM = 384
ROWS = 90_000
"""69 MB: just enough for a few rows to be read instead of mapped."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VectorLog]:
    path = tmp_path_factory.mktemp("log") / "vectors-0.f16"
    path.touch()
    writer = LogWriter(path, DIM)
    chance = np.random.default_rng(0)
    centres = chance.standard_normal((200, DIM)).astype(np.float32)
    for _ in range(ROWS // 10_000):
        rows = centres[chance.integers(0, 200, 10_000)] + chance.standard_normal((10_000, DIM)).astype(np.float32)
        writer.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
    writer.sync()
    writer.close()
    yield VectorLog(path, DIM, ROWS)
    path.unlink()


def mapped(log: VectorLog) -> int:
    """Return the resident bytes of a mapped log in this process, from /proc/self/smaps (proc(5))."""
    found, ours = 0, False
    for line in Path("/proc/self/smaps").read_text(encoding="utf-8").splitlines():
        if not line[0].isupper():
            ours = line.endswith(str(log._path))
        elif ours and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


def test_passed_rows_are_unmapped_and_readable_again(log: VectorLog) -> None:
    told = Path("/proc/self/smaps").exists()
    seen = []
    for first, chunk in log.chunks(size=8192, passing=True):
        assert np.array_equal(chunk[:3], log.take(np.arange(first, first + 3)))
        seen.append(mapped(log) if told else 0)
    assert max(seen) < 16_000_000
    assert [first for first, _ in log.chunks(size=8192)] == list(range(0, ROWS, 8192))
    kept = mapped(log) if told else 0
    assert not told or kept > 60_000_000
    for _ in log.chunks(size=8192, passing=True):
        pass
    assert not told or not hasattr(mmap, "MADV_DONTNEED") or mapped(log) < 1_000_000


def test_an_approximate_index_is_built_without_mapping_the_log(tmp_path: Path, log: VectorLog) -> None:
    seen = []

    class Watched(VectorLog):
        def take(self, rows: np.ndarray) -> np.ndarray:
            found = super().take(rows)
            seen.append(mapped(self))
            return found

    if not Path("/proc/self/smaps").exists():
        return
    watched = Watched(log._path, DIM, ROWS)
    assert build_ann(Layout(tmp_path), 0, watched)["rows"] == ROWS
    assert max(seen) < 16_000_000
    assert mapped(watched) < 16_000_000


def test_every_stored_value_is_taken_as_it_is(tmp_path: Path) -> None:
    """All float16 values, infinities and NaN of damaged rows included, from the file and the copy in memory."""
    stored = np.arange(1 << 16, dtype="<u2").reshape(-1, 64)
    path = tmp_path / "vectors-0.f16"
    path.write_bytes(stored.tobytes())
    log, rows = VectorLog(path, 64, len(stored)), np.arange(0, len(stored), 3)
    expected = stored.view("<f2")[rows].astype(np.float32)
    assert np.array_equal(log.take(rows).view(np.uint32), expected.view(np.uint32))
    with np.errstate(all="ignore"):
        log.scores(np.ones(64, dtype=np.float32), keep_resident=True)
    assert np.array_equal(log.take(rows).view(np.uint32), expected.view(np.uint32))
    assert len(log.take(rows[:0])) == 0
