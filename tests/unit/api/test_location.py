"""Which index a command is about; nothing that this user did not make is opened unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch import Index, SemsearchError, locate
from semsearch.api.location import trusted
from semsearch.index.layout import Layout
from tests.contract.hashing_encoder import HashingEncoder


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("SEMSEARCH_INDEX", raising=False)
    return tmp_path / "data"


def make(path: Path) -> Path:
    Index.create(path, encoder=HashingEncoder()).close()
    return path


def test_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    (project / "deep" / "er").mkdir(parents=True)
    here = project / "deep" / "er"
    assert locate(cwd=here).path == tmp_path / "data" / "indexes" / "default"
    assert not locate(cwd=here).exists
    near = make(project / "indexes" / "mine")
    assert locate(cwd=here).path == near
    make(project / "indexes" / "second")
    assert locate(cwd=here).path == tmp_path / "data" / "indexes" / "default"
    usual = make(project / "indexes" / "default")
    assert locate(cwd=here).path == usual
    other = make(tmp_path / "other")
    monkeypatch.setenv("SEMSEARCH_INDEX", str(other))
    assert locate(cwd=here).path == other
    assert locate("mine", cwd=here).path == near
    assert locate(str(usual), cwd=here).path == usual
    assert "SEMSEARCH_INDEX" in locate(cwd=here).why


def test_an_index_that_came_with_a_repository_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "stranger"))
    foreign = make(tmp_path / "clone" / "indexes" / "default")
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    found = locate(cwd=tmp_path / "clone")
    assert found.path != foreign
    assert not trusted(Layout(foreign))
    assert locate(str(foreign), cwd=tmp_path).path == foreign, "asked for by path it is opened"


def test_a_path_that_was_trusted_holds_another_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = make(tmp_path / "clone" / "indexes" / "default")
    assert trusted(Layout(mine))
    mine.rename(tmp_path / "away")
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "stranger"))
    make(mine)
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    assert not trusted(Layout(mine))


def test_a_name_goes_to_the_users_data(tmp_path: Path) -> None:
    assert locate("work", cwd=tmp_path).path == tmp_path / "data" / "indexes" / "work"


def test_a_file_is_not_an_index(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(SemsearchError, match="is a file"):
        locate(str(tmp_path / "file.txt"))
