from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_rerankers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that make_rerankers.py describes."""
    folder = tmp_path_factory.mktemp("rerankers")
    command = [sys.executable, "-W", "ignore", "-m", "tests.contract.make_rerankers", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    return folder
