"""What a daemon holds: one object for an index while it is used, another when another index lies there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from semsearch.api import Index
from semsearch.daemon.holdings import Holdings
from semsearch.errors import IndexNotFound
from semsearch.types.documents import Document
from tests.contract.hashing_encoder import HashingEncoder


def make(path: Path, text: str = "words") -> None:
    with Index.create(path, encoder=HashingEncoder()) as index:
        index.add([Document("one", text)])


def held(holdings: Holdings) -> list[str]:
    return [Path(index["path"]).name for index in holdings.facts()["indexes"]]


def test_one_object_serves_all_who_ask(tmp_path: Path) -> None:
    make(tmp_path / "a")
    holdings = Holdings()
    with holdings.borrow(tmp_path / "a") as first, holdings.borrow(tmp_path / "a") as second:
        assert first is second
        assert [hit.path for hit in first.search("words", mode="lexical").hits] == ["one"]
    with holdings.borrow(tmp_path / "a") as third:
        assert third is first


def test_indexes_of_one_model_share_its_encoder(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with Index.create(tmp_path / name) as index:
            index.add([Document("one", f"words of {name}")])
    holdings = Holdings()
    with holdings.borrow(tmp_path / "a") as first, holdings.borrow(tmp_path / "b") as second:
        assert first.search("words").hits[0].passage.text == "words of a"
        assert second.search("words").hits[0].passage.text == "words of b"
        assert holdings.facts()["models"] == [first.settings.model]


def test_an_index_made_anew_is_opened_anew(tmp_path: Path) -> None:
    make(tmp_path / "a", "old words")
    holdings = Holdings()
    with holdings.borrow(tmp_path / "a") as old:
        shutil.rmtree(tmp_path / "a")
        with pytest.raises(IndexNotFound), holdings.borrow(tmp_path / "a"):
            pass
        make(tmp_path / "a", "new words")
        with holdings.borrow(tmp_path / "a") as new:
            assert new is not old
            assert new.search("new", mode="lexical").hits[0].passage.text == "new words"
    assert held(holdings) == ["a"]


def test_the_one_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    holdings = Holdings(most=2)
    for name in ("a", "b", "c"):
        make(tmp_path / name)
    for name in ("a", "b", "a", "c"):
        with holdings.borrow(tmp_path / name):
            pass
    assert sorted(held(holdings)) == ["a", "c"]


def test_what_nobody_uses_is_let_go_and_what_is_used_stays(tmp_path: Path) -> None:
    holdings = Holdings(unused_seconds=0)
    for name in ("a", "b", "c"):
        make(tmp_path / name)
    with holdings.borrow(tmp_path / "a"):
        with holdings.borrow(tmp_path / "b"):
            pass
        holdings.sweep()
        assert held(holdings) == ["a"]
    patient = Holdings()
    with patient.borrow(tmp_path / "c"):
        pass
    patient.sweep()
    assert held(patient) == ["c"]
    shutil.rmtree(tmp_path / "c")
    patient.sweep()
    assert held(patient) == []


def test_a_dropped_index_is_opened_anew(tmp_path: Path) -> None:
    make(tmp_path / "a")
    holdings = Holdings()
    with holdings.borrow(tmp_path / "a") as first:
        holdings.drop(tmp_path / "a")
        with holdings.borrow(tmp_path / "a") as second:
            assert second is not first
    assert held(holdings) == ["a"]


_OTHER_USER = """
import os, sys
from pathlib import Path
from semsearch.daemon.holdings import Holdings

def search(holdings, text):
    with holdings.borrow(Path(sys.argv[1])) as index:
        return index.search(text, mode="lexical", floor=False).hits

if os.geteuid() == 0:  # who may write everything; another user may not even read the modules
    early = Holdings()
    search(early, "words")
    early.close()
    os.setuid(12345)
holdings = Holdings()
for line in sys.stdin:
    sys.stdout.write(" ".join(hit.path for hit in search(holdings, line.strip())) + "\\n")
    sys.stdout.flush()
"""


def test_an_index_that_only_others_may_write_is_seen_as_it_becomes() -> None:
    with tempfile.TemporaryDirectory(prefix="sem-", dir="/tmp") as folder:
        path = Path(folder) / "a"
        make(path)
        _protect(Path(folder), 0o555, 0o444)
        reader = subprocess.Popen(
            [sys.executable, "-c", _OTHER_USER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert reader.stdin is not None
        assert reader.stdout is not None
        with reader:
            for number in range(3):
                reader.stdin.write("words\n")
                reader.stdin.flush()
                assert sorted(reader.stdout.readline().split()) == [*map(str, range(number)), "one"]
                _protect(Path(folder), 0o755, 0o644)
                with Index.open(path, encoder=HashingEncoder()) as index:
                    index.add([Document(str(number), f"words {number}")])
                _protect(Path(folder), 0o555, 0o444)
            reader.stdin.close()
        _protect(Path(folder), 0o755, 0o644)


def _protect(folder: Path, folders: int, files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(folders if path.is_dir() else files)
