"""Labels of an index: learned, filled in for new documents, asked for by filters, kept through everything."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import semsearch
from semsearch import Document, Index
from semsearch.api.open_index import OpenIndex
from semsearch.stores.local.catalog.schema import crc, meta_crc, put_meta
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import WriterLock
from semsearch.stores.open import open_store
from semsearch.types.models import BiEncoder
from tests.contract.hashing_encoder import HashingEncoder

WORDS = {
    "bread": "knead the dough and bake the loaf with flour and yeast in a hot oven",
    "boats": "hoist the sail and steer the hull past the harbour buoy at high tide",
    "trees": "prune the branch and graft the apple onto the trunk before the sap rises",
}


def document(topic: str, number: int) -> Document:
    words = WORDS[topic].split()
    return Document(f"{topic}-{number}", " ".join(words[number % 3 :] + words[: number % 3]) + f" note {number}")


EXAMPLES = {f"{topic}-{number}": topic for topic in WORDS for number in range(4)}
SIZES = {f"{topic}-{number}": 10 * place for place, topic in enumerate(WORDS) for number in range(4)}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index without labels, and one with the label `topic`."""
    root = tmp_path_factory.mktemp("labels")
    with Index.create(root / "plain", encoder=HashingEncoder()) as made:
        made.add(document(topic, number) for topic in WORDS for number in range(12))
        shutil.copytree(root / "plain", root / "labelled")
    with Index.open(root / "labelled", encoder=HashingEncoder()) as made:
        made.labels.learn("topic", EXAMPLES)
    return root


@pytest.fixture
def plain(folders: Path, tmp_path: Path) -> Index:
    shutil.copytree(folders / "plain", tmp_path / "index")
    return Index.open(tmp_path / "index", encoder=HashingEncoder())


@pytest.fixture
def index(folders: Path, tmp_path: Path) -> Index:
    shutil.copytree(folders / "labelled", tmp_path / "index")
    return Index.open(tmp_path / "index", encoder=HashingEncoder())


@contextmanager
def tampered(index: Index) -> Iterator[sqlite3.Connection]:
    """The catalogue of a closed index, changed by another hand that keeps the settings' checksum right."""
    index.close()
    with closing(sqlite3.connect(index.path / "catalog.sqlite")) as catalog:
        yield catalog
        catalog.execute("UPDATE meta SET value = value + 1 WHERE key = 'state'")
        put_meta(catalog, "crc", meta_crc(catalog))
        catalog.commit()


def give_head_to(catalog: sqlite3.Connection, fingerprint: str) -> None:
    """Make the head one that was learned on the vectors of another encoder."""
    (head,) = catalog.execute("SELECT head FROM heads").fetchone()
    other = head.replace('"hashing-64-64"', f'"{fingerprint}"')
    assert other != head
    catalog.execute("UPDATE heads SET head = ?, crc = ?", (other, crc(("topic", other))))


def labelled(index: Index, condition: str) -> list[str]:
    return [d.id for d in index.documents(filters=[condition])]


def labels(index: Index) -> dict[str, object]:
    return {d.id: d.metadata.get("topic") for d in index.documents()}


def test_a_field_is_filled_for_every_document(plain: Index) -> None:
    info = plain.labels.learn("topic", EXAMPLES)
    assert (info.kind, info.metric, info.examples, info.documents) == ("category", "accuracy", 12, 36)
    assert info.value > 0.9
    assert info.interval[0] > info.baseline == pytest.approx(1 / 3)
    assert info.better
    assert labels(plain) == {f"{t}-{n}": t for t in WORDS for n in range(12)}
    assert labelled(plain, "topic=boats") == [f"boats-{n}" for n in range(12)]
    assert set(plain.fields()["topic"].examples) <= set(WORDS)
    assert plain.fields()["topic"].origin == "label"
    hits = plain.search("note", filters=["topic=trees"], floor=False, k=20).hits
    assert {hit.metadata["topic"] for hit in hits} == {"trees"}
    assert hits[0].metadata["topic.confidence"] > 0.5
    assert plain.doctor().ok


def test_given_labels_stay_as_they_were_given(plain: Index) -> None:
    wrong = EXAMPLES | {"boats-0": "bread"}
    plain.labels.learn("topic", wrong)
    (given,) = plain.documents(filters=["path=boats-0"])
    assert given.metadata["topic"] == "bread"
    assert given.metadata["topic.confidence"] == 1.0
    assert given.labels == ("topic", "topic.confidence")
    plain.add([Document("boats-0", "the sail and the hull and the tide, written anew")])
    assert labels(plain)["boats-0"] == "bread"


def test_numbers_can_be_ordered_by(plain: Index) -> None:
    info = plain.labels.learn("grade", SIZES)
    assert (info.kind, info.metric) == ("number", "r2")
    assert info.value > 0.8
    assert set(labelled(plain, "grade>=15")) == {f"trees-{n}" for n in range(12)}
    assert set(labelled(plain, "grade<5")) == {f"bread-{n}" for n in range(12)}
    assert set(labelled(plain, "grade.error=0")) == set(SIZES)
    as_category = plain.labels.learn("grade", SIZES, kind="category")
    assert as_category.kind == "category"
    assert set(labelled(plain, "grade=20")) == {f"trees-{n}" for n in range(12)}


def test_new_and_changed_documents_get_their_label(index: Index, tmp_path: Path) -> None:
    index.add([document("boats", 50), Document("trees-9", WORDS["bread"])])
    assert labels(index)["boats-50"] == "boats"
    assert labels(index)["trees-9"] == "bread"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text(WORDS["trees"])
    index.index([tmp_path / "docs"])
    assert labels(index)[str(tmp_path / "docs" / "a.txt")] == "trees"
    index.remove(["boats-50"])
    with closing(sqlite3.connect(index.path / "catalog.sqlite")) as catalog:
        (count,) = catalog.execute("SELECT count(*) FROM labels").fetchone()
    assert count == 37
    assert index.doctor().ok


def test_a_document_of_its_own_field_keeps_it(index: Index) -> None:
    index.add([Document("own", WORDS["boats"], metadata={"topic": "mine"})])
    assert labels(index)["own"] == "mine"
    assert labelled(index, "topic=mine") == ["own"]
    assert "own" not in labelled(index, "topic=boats")
    assert index.labels.apply() == 0


@pytest.mark.parametrize("field", ["file.size", "own.topic"])
def test_a_label_takes_no_name_that_filters_use(index: Index, field: str) -> None:
    with pytest.raises(semsearch.InvalidQuery, match=r"names that begin with file\. or own\."):
        index.labels.learn(field, SIZES)


def test_labels_are_listed_applied_and_removed(index: Index) -> None:
    index.labels.learn("grade", SIZES)
    assert [info.field for info in index.labels.all()] == ["grade", "topic"]
    assert index.labels.apply() == 0
    index.labels.remove("topic")
    assert [info.field for info in index.labels.all()] == ["grade"]
    with pytest.raises(semsearch.InvalidFilter, match="no document has a field `topic`"):
        labelled(index, "topic=boats")
    with pytest.raises(semsearch.InvalidQuery, match="there is no label 'topic'; the labels here are grade"):
        index.labels.remove("topic")


def test_labels_stay_through_compaction_export_and_import(index: Index, tmp_path: Path) -> None:
    (info,) = index.labels.all()
    before = labels(index)
    index.remove(["bread-11"])
    index.compact()
    del before["bread-11"]
    assert labels(index) == before
    index.export(tmp_path / "all.semsearch")
    copy = semsearch.import_index(tmp_path / "all.semsearch", tmp_path / "copy")
    with Index.open(copy.path, encoder=HashingEncoder()) as imported:
        assert labels(imported) == before
        assert imported.labels.all()[0].value == info.value
        imported.add([document("trees", 70)])
        assert labels(imported)["trees-70"] == "trees"


def test_a_head_of_another_model_is_learned_again_from_its_examples(index: Index) -> None:
    with tampered(index) as catalog:
        give_head_to(catalog, "hashing-of-old")
        catalog.execute("DELETE FROM labels WHERE document = 1")
    with Index.open(index.path, encoder=HashingEncoder()) as moved:
        assert moved.labels.all()[0].stale
        assert labels(moved)["bread-1"] == "bread"
        moved.remove(["boats-3"])
        assert moved.labels.apply() == 35
        (again,) = moved.labels.all()
        assert not again.stale
        assert again.examples == 11
        assert labels(moved)["bread-0"] == "bread"


def test_a_head_that_cannot_be_learned_again_keeps_what_it_said(index: Index) -> None:
    index.remove([name for name in EXAMPLES if not name.startswith("boats")])
    with tampered(index) as catalog:
        give_head_to(catalog, "other")
    with Index.open(index.path, encoder=HashingEncoder()) as moved:
        moved.add([document("boats", 80)])
        assert moved.labels.all()[0].stale
        assert labels(moved)["boats-80"] is None
        assert labels(moved)["boats-11"] == "boats"


def test_unknown_documents_are_named_or_left_out(plain: Index) -> None:
    more = EXAMPLES | {f"gone-{n}": "bread" for n in range(5)}
    with pytest.raises(semsearch.InvalidQuery, match=r"5 labelled documents are not in the index: gone-0, .* \.\.\.;"):
        plain.labels.learn("topic", more)
    assert plain.labels.all() == []
    info = plain.labels.learn("topic", more, skip_unknown=True)
    assert (info.skipped, info.examples) == (5, 12)
    with pytest.raises(semsearch.InvalidQuery, match="none of the labelled documents is in the index"):
        plain.labels.learn("other", {"gone": "a", "away": "b"}, skip_unknown=True)


def test_paths_are_resolved_and_one_document_has_one_label(plain: Index, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    docs = tmp_path / "docs"
    docs.mkdir()
    for topic in WORDS:
        for number in range(3):
            (docs / f"{topic}-{number}.txt").write_text(document(topic, number).text)
    plain.index([docs])
    monkeypatch.chdir(docs)
    info = plain.labels.learn("topic", {f"{topic}-{number}.txt": topic for topic in WORDS for number in range(2)})
    assert info.examples == 6
    with pytest.raises(semsearch.InvalidQuery, match="two labels"):
        plain.labels.learn(
            "topic", {"bread-0.txt": "bread", str(docs / "bread-0.txt"): "boats", "boats-0.txt": "boats"}
        )


@pytest.mark.parametrize("field", ["title", "path", "name", "type", "size", "language", "modified", "author"])
def test_a_field_that_documents_have_is_refused(plain: Index, field: str) -> None:
    plain.add([Document("with-author", "a text", metadata={"author": "Ada"})])
    with pytest.raises(semsearch.InvalidQuery, match="of their own"):
        plain.labels.learn(field, EXAMPLES)


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ({}, "no labelled document"),
        ({"bread-0": "a", "boats-0": "a"}, "only one category"),
        ({"bread-0": "a", "boats-0": "b"}, "no category has two"),
        ({"bread-0": 1, "boats-0": 2}, "too few for a number"),
        ({"bread-0": 1.0, "boats-0": float("nan")}, "boats-0: 'nan' is not a finite number within 1e30"),
    ],
)
def test_what_cannot_be_learned_changes_nothing(index: Index, examples: dict[str, str | float], message: str) -> None:
    before = labels(index)
    with pytest.raises(semsearch.InvalidQuery, match=message):
        index.labels.learn("topic", examples)
    assert labels(index) == before
    with pytest.raises(semsearch.InvalidQuery, match="choose category, number"):
        index.labels.learn("topic", EXAMPLES, kind="colour")


def test_an_index_without_documents(tmp_path: Path) -> None:
    with (
        Index.create(tmp_path / "empty", encoder=HashingEncoder()) as empty,
        pytest.raises(semsearch.InvalidQuery, match="not in the index"),
    ):
        empty.labels.learn("topic", EXAMPLES)


def test_damage_is_found_and_taken_out(index: Index) -> None:
    index.labels.learn("grade", SIZES)
    with tampered(index) as catalog:
        catalog.execute("UPDATE heads SET head = replace(head, '0', '1') WHERE field = 'grade'")
        catalog.execute("INSERT INTO labels VALUES (9999, 'topic', 'bread', 1.0)")
    with Index.open(index.path, encoder=HashingEncoder()) as damaged:
        with pytest.raises(semsearch.IndexDamaged, match="model of the label 'grade' is damaged"):
            damaged.labels.all()
        found = damaged.doctor()
        assert {p.detail for p in found.problems} == {
            "the model of the label 'grade' does not match its checksum",
            "1 labels of no document or no head",
        }
        assert damaged.doctor(repair=True).ok
        assert [info.field for info in damaged.labels.all()] == ["topic"]
        assert labels(damaged)["boats-7"] == "boats"


def test_labels_outlive_a_lost_catalogue_page(index: Index) -> None:
    before = labels(index)
    index.close()
    with closing(sqlite3.connect(index.path / "catalog.sqlite")) as catalog:
        catalog.execute("UPDATE meta SET value = '\"broken\"' WHERE key = 'crc'")
        catalog.commit()
    with Index.open(index.path, encoder=HashingEncoder()) as damaged:
        assert damaged.doctor(repair=True).ok
        assert labels(damaged) == before
        assert damaged.labels.all()[0].examples == 12


def test_an_index_of_format_1_has_no_labels_until_it_is_written(tmp_path: Path) -> None:
    frozen = Path(__file__).parents[3] / "indexes" / "format-1"
    shutil.copytree(frozen, tmp_path / "old")
    with Index.open(tmp_path / "old") as old:
        assert old.labels.all() == []
        assert "topic" not in old.fields()
        names = [d.id for d in old.documents()]
        assert all(d.labels == () for d in old.documents())
        info = old.labels.learn("half", {name: "ab"[place % 2] for place, name in enumerate(names)})
        assert info.documents == len(names)
        assert not info.better
    with Index.open(tmp_path / "old") as new:
        assert len(new.labels.all()) == 1
        assert new.doctor().ok


def test_labels_follow_an_index_to_another_model_and_back(index: Index) -> None:
    before = labels(index)
    index.models.move_to(HashingEncoder(dim=96))
    (head,) = index.labels.all()
    assert not head.stale
    assert labels(index)["bread-7"] == "bread"
    index.add([document("boats", 90)])
    assert labels(index)["boats-90"] == "boats"
    index.models.rollback(encoder=HashingEncoder())
    assert not index.labels.all()[0].stale
    after = labels(index)
    assert after.pop("boats-90") == "boats"
    assert after == before


class Overtaken(OpenIndex):
    """Finds the lock taken by another writer as soon as a move is done."""

    def adopt(self, own: BiEncoder | None, loaded: BiEncoder | None) -> None:
        super().adopt(own, loaded)
        self.other = WriterLock(Layout(self.path), 0)
        self.other.acquire()


def test_a_move_is_done_even_when_another_process_writes_before_the_labels_are_learned(index: Index) -> None:
    index.close()
    moving = Index.open(index.path, encoder=HashingEncoder(), wait=0)
    overtaken = moving._opened = Overtaken(open_store(index.path), encoder=HashingEncoder(), wait=0)
    done = moving.models.move_to(HashingEncoder(dim=96))
    assert done.passages == done.encoded > 0
    assert moving.status().dim == 96
    assert moving.labels.all()[0].stale
    overtaken.other.release()
    moving.add([document("boats", 90)])
    assert not moving.labels.all()[0].stale
    assert labels(moving)["boats-90"] == "boats"
