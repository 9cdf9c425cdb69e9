"""Damage beside the serving state: searches never see it, doctor names it, a repair drops it, no damage is copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch import Index, IndexDamaged, SemsearchError
from semsearch.stores.local.files.layout import Layout
from tests.crash.test_moves import NEW, OLD, documents, encoder, state
from tests.unit.indexing.test_moving import stopping


def flip(path: Path, at: int = 1000) -> None:
    """Flip a bit in place: a file that is mapped must not be cut short under its reader."""
    with path.open("r+b") as handle:
        place = at % path.stat().st_size
        handle.seek(place)
        byte = handle.read(1)[0] ^ 64
        handle.seek(place)
        handle.write(bytes([byte]))


def lexical_file(path: Path) -> Path:
    return next(p for p in sorted(Layout(path).lexical(0).iterdir()) if p.suffix == ".term")


@pytest.fixture
def moved(tmp_path: Path) -> Path:
    """An index that has moved: generation 1 serves, generation 0 is kept."""
    with Index.create(tmp_path / "index", encoder=encoder(OLD)) as index:
        index.add(documents(0, 40))
        index.models.move_to(encoder(NEW))
    return tmp_path / "index"


@pytest.fixture
def unfinished(tmp_path: Path) -> Path:
    """An index whose move has stopped half way: generation 0 serves, generation 1 grows."""
    with Index.create(tmp_path / "index", encoder=encoder(OLD)) as index:
        index.add(documents(0, 100))
        assert index.models.move_to(encoder(NEW), progress=stopping(60)).interrupted  # type: ignore[arg-type]
    return tmp_path / "index"


@pytest.mark.parametrize("what", ["vectors", "vectors-missing", "lexical", "lexical-missing", "lock", "row"])
def test_damage_of_what_a_rollback_needs(moved: Path, what: str) -> None:
    layout, before = Layout(moved), state(moved)
    if what == "vectors":
        flip(layout.vectors(0))
    elif what == "vectors-missing":
        layout.vectors(0).unlink()
    elif what == "lexical":
        flip(lexical_file(moved))
    elif what == "lexical-missing":
        lexical_file(moved).unlink()
    elif what == "lock":
        layout.generation_lock(0).unlink()
    else:
        sql(moved, "UPDATE kept_rows SET passage = passage + 1 WHERE row = 3")
    with Index.open(moved, encoder=encoder(NEW)) as index:
        named = index.doctor()
        assert [p.part for p in named.problems] == ["move"]
        assert "rollback" in named.problems[0].detail
        assert index.search("otter", floor=False).hits
        assert not index.search("otter", floor=False).warnings
        if what not in ("vectors", "vectors-missing"):
            with pytest.raises(IndexDamaged, match="doctor --repair"):
                index.models.rollback(encoder=encoder(OLD))
        mended = index.doctor(repair=True)
        assert mended.ok
        assert mended.problems[0].repaired
        with pytest.raises(SemsearchError, match="no state to roll back"):
            index.models.rollback()
    assert state(moved) == before
    assert sorted(layout.generations()) == [1]


def test_damaged_vectors_are_encoded_again_by_a_rollback(moved: Path, tmp_path: Path) -> None:
    flip(Layout(moved).vectors(0))
    with Index.open(moved, encoder=encoder(NEW)) as index:
        back = index.models.rollback(encoder=encoder(OLD))
        assert back.encoded == 40
        assert index.doctor().ok
    with Index.create(tmp_path / "twin", encoder=encoder(OLD)) as twin:
        twin.add(documents(0, 40))
    assert state(moved)[1] == state(tmp_path / "twin")[1]


def test_a_damaged_unfinished_move_goes_on_without_what_is_lost(unfinished: Path) -> None:
    layout, before = Layout(unfinished), state(unfinished)
    flip(layout.vectors(1))
    with Index.open(unfinished, encoder=encoder(OLD)) as index:
        assert [p.part for p in index.doctor().problems] == ["move"]
        assert index.search("otter", floor=False).hits
        done = index.models.move_to(encoder(NEW))
        assert done.encoded == done.passages == 100
        assert index.doctor().ok
    assert state(unfinished) != before


def test_a_repair_drops_a_damaged_unfinished_move(unfinished: Path) -> None:
    layout, before = Layout(unfinished), state(unfinished)
    layout.vectors(1).unlink()
    with Index.open(unfinished, encoder=encoder(OLD)) as index:
        assert index.doctor(repair=True).ok
        assert index.status().move is None
    assert state(unfinished) == before
    assert sorted(layout.generations()) == [0]


@pytest.mark.parametrize("state_of", ["moved", "unfinished"])
def test_a_damaged_serving_state_is_mended_beside_it(state_of: str, request: pytest.FixtureRequest) -> None:
    path: Path = request.getfixturevalue(state_of)
    generation, kind = (1, NEW) if state_of == "moved" else (0, OLD)
    before = state(path)
    flip(Layout(path).vectors(generation))
    with Index.open(path, encoder=encoder(kind)) as index:
        assert [p.part for p in index.doctor().problems] == ["vectors"]
        assert index.doctor(repair=True).ok
        status = index.status()
        assert status.rollback or status.move
    assert state(path) == before


def test_a_lost_catalogue_leaves_nothing_behind(moved: Path) -> None:
    layout = Layout(moved)
    layout.catalog.write_bytes(b"not a database at all" * 100)
    with pytest.raises(IndexDamaged):
        Index.open(moved, encoder=encoder(NEW))
    from semsearch import doctor

    assert doctor(moved, repair=True, encoder=encoder(NEW)).ok
    with Index.open(moved, encoder=encoder(NEW)) as index:
        index.add(documents(0, 3))
        assert index.doctor().ok
        assert index.models.move_to(encoder(OLD)).encoded == 3
        assert index.doctor().ok


def sql(path: Path, statement: str) -> None:
    """Change a row as a flipped bit would, and fold it into the catalogue."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(Layout(path).catalog)) as connection:
        connection.execute(statement)
        connection.commit()
    Layout(path).catalog_sum.unlink()
