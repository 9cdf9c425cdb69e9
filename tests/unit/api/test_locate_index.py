"""Which index a command is about; nothing that this user did not make is opened unasked."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from semsearch import Index, SemsearchError, doctor, locate
from semsearch.api.trust import forget_index, trust_index, trusted, trusted_indexes
from semsearch.stores.local.files.layout import Layout
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
    assert not trusted(foreign)
    assert locate(str(foreign), cwd=tmp_path).path == foreign, "asked for by path it is opened"


def test_a_path_that_was_trusted_holds_another_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = make(tmp_path / "clone" / "indexes" / "default")
    assert trusted(mine)
    mine.rename(tmp_path / "away")
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "stranger"))
    make(mine)
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    assert not trusted(mine)


def test_a_name_goes_to_the_users_data(tmp_path: Path) -> None:
    assert locate("work", cwd=tmp_path).path == tmp_path / "data" / "indexes" / "work"


def test_a_file_is_not_an_index(tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(SemsearchError, match="is a file"):
        locate(str(tmp_path / "file.txt"))


def moved(project: Path, to: str) -> Path:
    return project.rename(project.with_name(to))


def catalogue_of(path: Path) -> Path:
    return Layout(path).catalog


def test_a_renamed_project_keeps_its_index(tmp_path: Path) -> None:
    make(tmp_path / "one" / "indexes" / "main")
    (tmp_path / "elsewhere").mkdir()
    two = (tmp_path / "one").rename(tmp_path / "elsewhere" / "two")
    assert locate(cwd=two).path == two / "indexes" / "main"
    three = moved(two, "three")
    assert locate("main", cwd=three).path == three / "indexes" / "main"
    assert trusted_indexes() == [three / "indexes" / "main"]


def test_a_copy_waits_for_a_word(tmp_path: Path) -> None:
    one = make(tmp_path / "one" / "indexes" / "main")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    copy = tmp_path / "copy" / "indexes" / "main"
    found = locate(cwd=tmp_path / "copy")
    assert (found.exists, found.passed_over) == (False, (copy,))
    assert trust_index(copy) == copy
    assert locate(cwd=tmp_path / "copy").path == copy
    assert locate(cwd=tmp_path / "one").path == one, "both are trusted"
    assert forget_index(copy)
    assert not forget_index(copy)
    assert not trusted(copy)
    assert trusted(one)


def test_a_copy_in_the_place_of_the_index_waits_for_a_word(tmp_path: Path) -> None:
    make(tmp_path / "one" / "indexes" / "main")
    shutil.copytree(tmp_path / "one", tmp_path / "copy")
    original = moved(tmp_path / "one", "away")
    moved(tmp_path / "copy", "one")
    assert not trusted(tmp_path / "one" / "indexes" / "main")
    assert trusted(original / "indexes" / "main")


def test_a_catalogue_that_was_exchanged_waits_for_a_word(tmp_path: Path) -> None:
    path = make(tmp_path / "one" / "indexes" / "main")
    shutil.copy(catalogue_of(path), tmp_path / "other")
    (tmp_path / "other").replace(catalogue_of(path))
    assert not trusted(path)


def test_a_catalogue_in_another_folder_waits_for_a_word(tmp_path: Path) -> None:
    path = make(tmp_path / "one" / "indexes" / "main")
    foreign = tmp_path / "clone" / "indexes" / "main"
    foreign.mkdir(parents=True)
    catalogue_of(foreign).hardlink_to(catalogue_of(path))
    assert not trusted(foreign)


def test_what_was_never_recorded_is_not_opened(tmp_path: Path) -> None:
    make(tmp_path / "one" / "indexes" / "main")
    foreign = tmp_path / "clone" / "indexes" / "default"
    foreign.mkdir(parents=True)
    catalogue_of(foreign).write_bytes(b"whatever harm is in here")
    opened: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "sqlite3.connect"):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    found = locate(cwd=tmp_path / "clone")
    assert found.passed_over == (foreign,)
    assert str(tmp_path / "data" / "trusted.json") in opened
    assert not [path for path in opened if str(foreign) in path]


def test_projects_that_change_names(tmp_path: Path) -> None:
    a, b = (make(tmp_path / name / "indexes" / "default") for name in "ab")
    ids = {path: catalogue_of(path).stat().st_ino for path in (a, b)}
    moved(tmp_path / "a", "c")
    moved(tmp_path / "b", "a")
    moved(tmp_path / "c", "b")
    for name, inode in (("a", ids[b]), ("b", ids[a])):
        assert catalogue_of(locate(cwd=tmp_path / name).path).stat().st_ino == inode


def test_a_moved_index_is_found_when_another_took_its_place(tmp_path: Path) -> None:
    make(tmp_path / "one" / "indexes" / "main")
    moved(tmp_path / "one", "two")
    make(tmp_path / "one" / "indexes" / "main")
    for name in ("one", "two"):
        assert locate(cwd=tmp_path / name).path == tmp_path / name / "indexes" / "main"


def test_devices_may_get_other_numbers_where_nothing_moved(tmp_path: Path, own_data: Path) -> None:
    path = make(tmp_path / "one" / "indexes" / "main")
    register = own_data / "trusted.json"
    stored = register.read_text()
    register.write_text(stored.replace(f'"device": {path.stat().st_dev}', '"device": 1'))
    assert trusted(path)
    assert register.read_text() == stored, "the number of today is recorded"
    register.write_text(stored.replace(f'"device": {path.stat().st_dev}', '"device": 1'))
    moved(tmp_path / "one", "two")
    assert not trusted(tmp_path / "two" / "indexes" / "main"), "another device's inode says nothing"


def test_a_register_of_an_older_version(tmp_path: Path, own_data: Path) -> None:
    path = make(tmp_path / "one" / "indexes" / "main")
    entry = json.loads((own_data / "trusted.json").read_text())["indexes"][0]
    old = {str(path): entry["id"], str(tmp_path / "gone"): "0" * 32}
    (own_data / "trusted.json").write_text(json.dumps(old))
    assert trusted(path), "its path and id decide"
    moved(tmp_path / "one", "two")
    assert trusted(tmp_path / "two" / "indexes" / "main"), "since then its place is known"
    assert tmp_path / "gone" in trusted_indexes()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "[" * 100_000,
        "\x00",
        '{"indexes": 3, "/a": 4}',
        '{"indexes": [null, {"path": 1, "id": "x"}]}',
        '{"indexes": [{"path": "/", "id": "x", "device": true, "folder": 1, "catalog": 1}]}',
    ],
)
def test_a_register_that_nobody_wrote_so(tmp_path: Path, own_data: Path, content: str) -> None:
    path = make(tmp_path / "one" / "indexes" / "main")
    (own_data / "trusted.json").write_text(content)
    assert not trusted(path)
    assert trusted_indexes() == []
    trust_index(path)
    assert trusted(path)


def test_entries_of_one_path_do_not_grow_without_bound(tmp_path: Path) -> None:
    path = tmp_path / "indexes" / "main"
    for number in range(20):
        make(path).rename(tmp_path / f"kept-{number}")
    assert trusted(tmp_path / "kept-19")
    assert not trusted(tmp_path / "kept-0")


def test_writing_to_an_index_is_a_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "stranger"))
    foreign = make(tmp_path / "clone" / "indexes" / "main")
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    with Index.open(foreign, encoder=HashingEncoder()) as index:
        assert list(index.documents()) == []
        assert not trusted(foreign), "reading is none"
        index.index()
    assert trusted(foreign)


def test_an_index_stays_trusted_through_repair_and_compaction(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("# A\n\nsome text\n")
    path = make(tmp_path / "one" / "indexes" / "main")
    with Index.open(path, encoder=HashingEncoder()) as index:
        index.index([tmp_path / "docs"])
        index.compact()
    assert trusted(path)
    before = catalogue_of(path).stat().st_ino
    catalogue_of(path).write_bytes(b"x" * 5000)
    assert trusted(path), "damaged, and in its place"
    doctor(path, repair=True, encoder=HashingEncoder())
    assert catalogue_of(path).stat().st_ino != before
    assert trusted(path)


def test_a_word_that_cannot_be_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "one" / "indexes" / "main")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "file" / "data"))
    with pytest.raises(SemsearchError, match="cannot be written"):
        trust_index(path)
    with pytest.raises(SemsearchError, match="no index"):
        trust_index(tmp_path)
    make(tmp_path / "two" / "indexes" / "main")  # is made all the same
