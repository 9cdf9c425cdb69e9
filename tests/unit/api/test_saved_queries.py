"""Saved queries: what is kept, what has changed, what is new."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from semsearch import Cause, Document, HitChangeKind, Index, IndexDamaged, InvalidQuery, SavedQuery
from semsearch.stores.local.catalog.schema import connect
from semsearch.stores.local.files.layout import Layout
from tests.contract.hashing_encoder import HashingEncoder

TEXTS = {
    "heron": "The heron stands in the shallow water and waits for a fish to pass.",
    "otter": "Otters sleep in the water, holding hands so that the current does not part them.",
    "lynx": "A lynx has tufts on its ears and hunts alone at dusk.",
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    made.add(Document(name, text) for name, text in TEXTS.items())
    return made


def changed(index: Index, name: str, **options: bool) -> dict[str, str]:
    return {change.document_id: change.kind.value for change in index.saved_queries.diff(name, **options).changes}


def test_a_query_is_kept_with_its_options_and_hits(index: Index, tmp_path: Path) -> None:
    saved = index.saved_queries.save(
        "fishing", "water fish", mode="lexical", filters=["type=document"], k=5, floor=False
    )
    assert isinstance(saved, SavedQuery)
    assert [hit.document_id for hit in saved.hits] == [h.path for h in index.search("water fish", mode="lexical").hits]
    assert saved.hits[0].text == TEXTS["heron"]
    with Index.open(index.path, encoder=HashingEncoder()) as other:
        assert other.saved_queries.all() == [saved]
        assert changed(other, "fishing") == {}
    assert saved.options["filters"] == ["type=document"]
    index.saved_queries.save("fishing", "lynx", mode="lexical")
    assert [one.query for one in index.saved_queries.all()] == ["lynx"]
    index.saved_queries.remove("fishing")
    assert index.saved_queries.all() == []
    assert index.doctor().ok


def test_what_changes_in_the_hits(index: Index) -> None:
    index.saved_queries.save("water", "water", mode="lexical", floor=False)
    assert index.saved_queries.diff("water").changes == ()
    index.add([Document("newt", "A newt lives in water, water and water.")])
    index.add([Document("otter", "Otters play in the water all day long.")])
    index.remove(["heron"])
    found = {change.document_id: change for change in index.saved_queries.diff("water", keep=True).changes}
    assert {name: change.kind for name, change in found.items()} == {
        "newt": HitChangeKind.NEW,
        "otter": HitChangeKind.CHANGED,
        "heron": HitChangeKind.GONE,
    }
    assert "not in the index any more" in found["heron"].detail
    before, now = found["otter"].before, found["otter"].hit
    assert before is not None
    assert now is not None
    assert (before.text, now.passage.text) == (TEXTS["otter"], "Otters play in the water all day long.")
    assert changed(index, "water") == changed(index, "water", keep=True) | {n: c.kind.value for n, c in found.items()}
    assert changed(index, "water") == {}  # the look before has moved the mark


def test_a_hit_may_only_move(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("Water runs down the hill.")
    index.index([folder])
    index.saved_queries.save("water", "water", mode="lexical", floor=False)
    (folder / "a.txt").rename(folder / "b.txt")
    index.index()
    (change,) = index.saved_queries.diff("water").changes
    assert (change.kind, change.document_id) == (HitChangeKind.MOVED, str(folder / "b.txt"))
    assert str(folder / "a.txt") in change.detail


def test_a_hit_that_another_pushes_out(index: Index) -> None:
    index.saved_queries.save("first", "water", mode="lexical", k=1, floor=False)
    (first,) = index.search("water", mode="lexical", k=1, floor=False).hits
    index.add([Document("newt", "Water water water.")])
    kinds = changed(index, "first")
    assert kinds == {"newt": "new", first.path: "gone"}


def test_paths_mean_the_same_from_everywhere(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("Water runs down the hill.")
    index.index([folder])
    monkeypatch.chdir(folder)
    saved = index.saved_queries.save("here", "water", within=["."], like=["otter"], floor=False)
    assert saved.options["within"] == [str(folder)]
    assert saved.options["like"] == ["otter"]
    assert [hit.document_id for hit in saved.hits] == [str(folder / "a.txt")]
    monkeypatch.chdir(tmp_path)
    assert changed(index, "here") == {}


@pytest.mark.parametrize("name", ["", " x", "a/b", "a\nb", "x" * 101, "-x"])
def test_names_that_are_none(index: Index, name: str) -> None:
    with pytest.raises(InvalidQuery, match="cannot name"):
        index.saved_queries.save(name, "water")


def test_what_cannot_be_kept(index: Index) -> None:
    with pytest.raises(InvalidQuery, match="1000 hits"):
        index.saved_queries.save("all", "water", k=5000)
    with pytest.raises(InvalidQuery, match="there is no saved query 'other'; `semsearch query"):
        index.saved_queries.diff("other")
    index.saved_queries.save("one", "water")
    with pytest.raises(InvalidQuery, match="saved are one"):
        index.saved_queries.remove("other")
    with pytest.raises(InvalidQuery, match="saved are one"):
        next(index.watch(alerts=["other"], once=True))


def names(index: Index, name: str, since: int | None = None) -> set[str]:
    return {alert.passage.document_id for alert in index.saved_queries.new_matches(name, since)[0]}


def test_new_passages_that_match(index: Index) -> None:
    index.saved_queries.save("water", "shallow water", mode="lexical")
    assert names(index, "water") == set()
    index.add([Document("newt", "A newt lives in shallow water."), Document("owl", "An owl turns its head.")])
    assert names(index, "water") == {"newt"}
    assert names(index, "water") == {"newt"}  # until it is kept that they were seen
    _, mark = index.saved_queries.new_matches("water")
    assert names(index, "water", mark) == set()
    index.saved_queries.mark_seen("water", mark)
    assert names(index, "water") == set()
    assert changed(index, "water")["newt"] == "new"  # diff has a mark of its own


def test_an_edit_is_new_only_where_it_is(index: Index, tmp_path: Path) -> None:
    parts = [f"# Part {n}\n\n" + f"Shallow water number {n} is where herons stand. " * 6 for n in range(6)]
    file = tmp_path / "long.md"
    file.write_text("\n\n".join(parts))
    index.index([file])
    index.saved_queries.save("water", "shallow water herons", mode="lexical")
    parts[3] = "# Part 3\n\n" + "Shallow water is now where otters swim. " * 6
    file.write_text("\n\n".join(parts))
    index.index([file])
    alerts, _ = index.saved_queries.new_matches("water")
    assert {alert.passage.text for alert in alerts}
    assert all("otters swim" in alert.passage.text for alert in alerts)


def test_what_only_resembles_a_query_below_the_floor_is_no_alert(index: Index) -> None:
    index.saved_queries.save("water", "shallow water")
    texts = {"newt": "Shallow water.", "owl": "An owl turns its head.", "choir": "The choir sings on Thursdays."}
    index.add(Document(name, text) for name, text in texts.items())
    found = index.search("shallow water", within=list(texts), fold=False)
    assert {hit.path for hit in found.hits} > {"newt"}  # the others are hits, of a score below .5
    assert names(index, "water") == {"newt"}


def test_alerts_look_where_the_query_looks(index: Index, tmp_path: Path) -> None:
    for name in ("in", "out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "old.txt").write_text("Nothing of interest.")
    index.index([tmp_path / "in", tmp_path / "out"])
    index.saved_queries.save("water", "shallow water", mode="lexical", within=[tmp_path / "in"], filters=["type=txt"])
    for name in ("in", "out"):
        (tmp_path / name / "new.txt").write_text("The heron stands in shallow water.")
    (tmp_path / "in" / "new.md").write_text("The heron stands in shallow water.")
    index.index()
    assert names(index, "water") == {str(tmp_path / "in" / "new.txt")}


def test_watching_tells_alerts_once(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("Nothing of interest.")
    index.index([folder])
    index.saved_queries.save("water", "shallow water", mode="lexical")
    (folder / "b.txt").write_text("The newt likes shallow water.")
    (first,) = index.watch(once=True, alerts=["water"])
    assert [alert.passage.document_id for alert in first.alerts] == [str(folder / "b.txt")]
    (again,) = index.watch(once=True, alerts=["water"])
    assert again.alerts == ()
    stop = threading.Event()
    for told in index.watch(alerts=["water"], stop=stop):
        if told.cause is Cause.START:
            assert told.alerts == ()
            (folder / "c.txt").write_text("A frog likes shallow water.")
        elif told.alerts and told.summary is not None:
            assert [alert.hit.path for alert in told.alerts] == [str(folder / "c.txt")]
            index.add([Document("by another", "A toad likes shallow water.")])
        elif told.alerts:
            assert [alert.hit.path for alert in told.alerts] == ["by another"]
            stop.set()
    (again,) = index.watch(once=True, alerts=["water"])
    assert again.alerts == ()


def test_an_alert_that_cannot_be_asked_ends_nothing(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "pattern.txt").write_text("The newt likes shallow water.")
    index.index([folder])
    index.saved_queries.save("like", like=[folder / "pattern.txt"], floor=False)
    index.saved_queries.save("water", "shallow water", mode="lexical")
    (folder / "pattern.txt").rename(tmp_path / "away.txt")
    (folder / "b.txt").write_text("A frog likes shallow water.")
    first, fault = index.watch(once=True, alerts=["like", "water"])
    assert {alert.name for alert in first.alerts} == {"water"}
    assert (fault.cause, fault.summary) == (Cause.FAULT, None)
    assert fault.detail.startswith("like: ")
    stop = threading.Event()
    faults = []
    for told in index.watch(alerts=["like", "water"], stop=stop):
        faults += [told] if told.cause is Cause.FAULT else []
        if told.cause is Cause.FAULT:
            (folder / "c.txt").write_text("A toad likes shallow water.")
        elif told.cause is Cause.CHANGES and not (folder / "pattern.txt").exists():
            (tmp_path / "away.txt").rename(folder / "pattern.txt")
        elif any(alert.name == "like" for alert in told.alerts):
            stop.set()
    assert len(faults) == 1
    index.saved_queries.remove("like")
    assert index.saved_queries.diff("water").changes


def test_an_index_that_has_moved_has_nothing_new(index: Index) -> None:
    index.saved_queries.save("water", "shallow water", mode="lexical")
    index.models.move_to(HashingEncoder(dim=32))
    index.add([Document("newt", "A newt lives in shallow water.")])
    assert names(index, "water") == set()
    index.add([Document("frog", "A frog lives in shallow water.")])
    assert names(index, "water") == {"frog"}


def test_damage_is_found_and_costs_that_query(index: Index) -> None:
    index.saved_queries.save("good", "water")
    index.saved_queries.save("bad", "lynx")
    index.close()
    with closing(sqlite3.connect(index.path / "catalog.sqlite")) as connection:
        connection.execute("UPDATE saved_queries SET record = replace(record, 'lynx', 'linx') WHERE name = 'bad'")
        connection.commit()
    with Index.open(index.path, encoder=HashingEncoder()) as other:
        with pytest.raises(IndexDamaged, match="saved query 'bad'"):
            other.saved_queries.diff("bad")
        assert not other.doctor().ok
        assert other.doctor(repair=True).ok
    with Index.open(index.path, encoder=HashingEncoder()) as other:
        assert [one.name for one in other.saved_queries.all()] == ["good"]


def test_a_lost_catalogue_keeps_what_can_be_read(index: Index) -> None:
    index.saved_queries.save("water", "water")
    index.close()
    with closing(sqlite3.connect(index.path / "catalog.sqlite")) as connection:
        connection.execute("UPDATE meta SET value = '7' WHERE key = 'dim'")
        connection.commit()
    with Index.open(index.path) as other:
        assert not other.doctor().ok
    import semsearch

    assert semsearch.doctor(index.path, repair=True, encoder=HashingEncoder()).ok
    with Index.open(index.path, encoder=HashingEncoder()) as other:
        assert [one.name for one in other.saved_queries.all()] == ["water"]


def test_an_index_without_any_is_as_before(index: Index) -> None:
    with closing(connect(Layout(index.path), write=False)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "saved_queries" not in tables
    assert index.saved_queries.all() == []
    assert json.dumps([one.name for one in index.saved_queries.all()]) == "[]"
