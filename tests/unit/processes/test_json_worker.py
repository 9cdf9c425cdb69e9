"""A misbehaving worker: one known error, and no process left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from semsearch.processes.json_worker import Worker, WorkerLost

_DEAF = """
import os, time
os.close(0)
print('{"ready": true}', flush=True)
time.sleep(600)
"""


def test_a_process_that_reads_no_request_is_lost_and_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "deaf.py").write_text(_DEAF)
    monkeypatch.setenv("PYTHONPATH", os.fspath(tmp_path))
    worker = Worker("deaf", [], environment={}, stall_seconds=60)
    assert worker.start() == {"ready": True}
    pid = worker.pid
    assert pid is not None
    with pytest.raises(WorkerLost, match="it has ended"):
        list(worker.ask({"listen": "a.wav"}))
    assert worker.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
