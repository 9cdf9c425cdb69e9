"""What a daemon holds: one object for an index while it is used, another when another index lies there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from semsearch.api import Index
from semsearch.daemon.holdings import Holdings
from semsearch.errors import IndexNotFound
from semsearch.types import Document
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
