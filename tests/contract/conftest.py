from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch import Index
from semsearch.stores.base import Store
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.store_kinds import BIRDS, BREAD, ENGINE, KINDS, Kind


@pytest.fixture(scope="session")
def tiny_rerankers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that make_rerankers.py describes."""
    folder = tmp_path_factory.mktemp("rerankers")
    command = [sys.executable, "-W", "ignore", "-m", "tests.contract.make_rerankers", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    return folder


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def store(kind: Kind, tmp_path: Path) -> Store:
    return kind.make(tmp_path / "index")


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def index(store: Store, encoder: HashingEncoder) -> Index:
    return Index(store, encoder=encoder, wait=0.2)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "kitchen").mkdir(parents=True)
    (folder / "birds.md").write_text(f"# Heron\n\n{BIRDS}")
    (folder / "kitchen" / "bread.txt").write_text(BREAD)
    (folder / "mower.txt").write_text(ENGINE)
    for file in folder.rglob("*.*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    return folder
