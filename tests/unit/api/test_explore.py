"""Stored vectors, near-duplicates, measures of one's own index, and what came nearest where nothing was relevant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch import Document, Index, InvalidFilter, InvalidQuery, Mode, NotInIndex
from semsearch.cli.terminal.json_records import results_record
from tests.contract.hashing_encoder import HashingEncoder

POND = "The heron stands in the shallow water. It waits for a fish to pass, and it is never in any hurry at all."
SHED = "A broken hinge of the garden shed was replaced in March with two new ones made of brass."


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "shed.txt").write_text(SHED)
    made.index([tmp_path / "files"])
    made.add(
        [
            Document("pond", POND),
            Document("copy", POND),
            Document("edited", POND.replace("shallow", "deep")),
            Document(
                "longer",
                POND + "\n\n" + " ".join(f"Another sentence is numbered {n}." for n in range(60)),
                title="Ponds",
            ),
            *(Document(f"t{n}", f"Ticket {n}: the printer of room {n * 7} prints blank pages.") for n in range(30)),
        ]
    )
    return made


def test_vectors_are_those_of_the_passages(index: Index) -> None:
    passages = [*index.passages("longer"), *index.passages("pond")]
    ids = [passage.id for passage in reversed(passages)]
    vectors = index.vectors([*ids, ids[0]])
    assert (vectors.shape, vectors.dtype) == ((len(ids) + 1, 64), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)
    assert np.array_equal(vectors[0], vectors[-1])
    assert np.allclose(vectors[0], index.vectors(np.array(ids[:1]))[0])  # type: ignore[arg-type]
    hit = index.search("heron fish", mode="dense", floor=False, k=1).hits[0]
    query = HashingEncoder().encode_queries(["heron fish"])[0]
    assert float(index.vectors([hit.passage.id])[0] @ query) == pytest.approx(hit.scores["dense"], abs=1e-5)
    assert index.vectors([]).shape == (0, 64)


@pytest.mark.parametrize("ids", [[999_999], [-1], [2**70]])
def test_an_unknown_passage_is_named(index: Index, ids: list[int]) -> None:
    with pytest.raises(NotInIndex, match=f"id {ids[0]};"):
        index.vectors(ids)


@pytest.mark.parametrize("ids", ["pond", ["pond"], [1.0], [True], None, 7, [None]])
def test_what_is_no_id_of_a_passage(index: Index, ids: Any) -> None:
    with pytest.raises(InvalidQuery, match="by the ids of passages"):
        index.vectors(ids)


def test_a_document_has_the_direction_of_its_passages(index: Index, tmp_path: Path) -> None:
    vectors = index.document_vectors(["longer", tmp_path / "files" / "shed.txt"])
    mean = index.vectors([p.id for p in index.passages("longer")]).mean(axis=0)
    assert np.allclose(vectors[0], mean / np.linalg.norm(mean), atol=1e-5)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    with pytest.raises(NotInIndex, match="nowhere"):
        index.document_vectors(["nowhere"])


def test_near_duplicates(index: Index) -> None:
    found = index.near_duplicates("pond")
    assert [one.document_id for one in found] == ["copy", "edited"]
    assert (found[0].similarity, found[0].copied) == (pytest.approx(1, abs=1e-3), 1.0)
    assert found[1].similarity < 0.99
    assert found[1].copied < 0.5
    assert "longer" not in {one.document_id for one in index.near_duplicates("pond", 0.8)}
    assert len(index.near_duplicates("pond", -1, k=3)) == 3
    assert index.near_duplicates("pond", 0.995, k=1)[0].path == "copy"


@pytest.mark.parametrize("wrong", [{"threshold": 7.0}, {"threshold": float("nan")}, {"k": 0}])
def test_near_duplicates_of_nothing(index: Index, wrong: dict[str, Any]) -> None:
    with pytest.raises(NotInIndex):
        index.near_duplicates("nowhere")
    with pytest.raises(InvalidQuery):
        index.near_duplicates("pond", **wrong)


def test_measures_of_an_index(index: Index, tmp_path: Path) -> None:
    shed = str(tmp_path / "files" / "shed.txt")
    queries = {"q1": "broken hinge of the garden shed", "q2": "printer of room 49", "unjudged": "heron"}
    qrels = {"q1": {shed: 1}, "q2": {"t7": 2, "t8": 0, "gone": 1}}
    found = index.evaluate(queries, qrels)
    assert set(found.modes) == {mode.value for mode in Mode}
    assert (found.queries, found.missing, found.documents) == (2, 1, 35)
    assert found.modes["lexical"]["R@10"] == 0.75
    assert found.intervals["lexical"]["R@10"][0] <= 0.75
    only = index.evaluate(queries, {"q1": {shed: 1}}, modes="lexical", measures=["RR@1", "R@500"])
    assert only.modes == {"lexical": {"RR@1": 1.0, "R@500": 1.0}}


@pytest.mark.parametrize(
    ("queries", "qrels", "options", "told"),
    [
        ({"q": "x"}, {"other": {"t1": 1}}, {}, "'other' is judged"),
        ({"q": "x"}, {}, {}, "no judgement"),
        ({"q": "x"}, {"q": {}}, {}, "no judgement"),
        ({"q": " "}, {"q": {"t1": 1}}, {}, "has no text"),
        ("q", {"q": {"t1": 1}}, {}, "`queries` is"),
        ({"q": "x"}, {"q": ["t1"]}, {}, "`qrels` is"),
        ({"q": "x"}, {"q": {"t1": "1"}}, {}, "`qrels` is"),
        ({"q": "x"}, {"q": {"t1": 1}}, {"measures": ["nonsense"]}, "unknown measure"),
        ({"q": "x"}, {"q": {"t1": 1}}, {"modes": ["slow"]}, "no mode 'slow'"),
    ],
)
def test_what_is_no_collection(index: Index, queries: Any, qrels: Any, options: Any, told: str) -> None:
    with pytest.raises(InvalidQuery, match=told):
        index.evaluate(queries, qrels, **options)


def test_near_misses_of_an_empty_result(index: Index) -> None:
    index.add([Document(f"more{n}", f"Ticket {n}: the scanner of hall {n} hums.") for n in range(100)])
    found = index.search("quantum chromodynamics lattice")
    assert (found.hits, found.relevant) == ((), False)
    assert 1 <= len(found.near_misses) <= 3
    shown = index.search("quantum chromodynamics lattice", floor=False, k=3).hits
    assert [hit.passage.id for hit in found.near_misses] == [hit.passage.id for hit in shown]
    record = results_record(found, "index")
    assert [hit["rank"] for hit in record["near_misses"]] == [hit.rank for hit in found.near_misses]
    full = index.search("heron fish", floor=False)
    assert full.near_misses == ()
    assert index.search("quantum", filters=["type=pdf"]).near_misses == ()


def test_a_folder_that_is_not_there_is_told(index: Index, tmp_path: Path) -> None:
    gone, empty, files = tmp_path / "gone", tmp_path / "empty", tmp_path / "files"
    empty.mkdir()
    found = index.search("hinge", within=[gone, empty, files], floor=False)
    assert [hit.path for hit in found.hits] == [str(files / "shed.txt")]
    assert found.warnings == (
        f"{gone}: not there, and the index holds nothing below it",
        f"{empty}: the index holds nothing below it",
    )
    assert index.search("hinge", within=files, floor=False).warnings == ()
    assert index.search("printer", within=["t1"], floor=False, mode="lexical").warnings == ()
    with pytest.raises(NotInIndex, match="gone is not there"):
        list(index.documents(within=[gone]))
    assert list(index.documents(within=[empty])) == []


@pytest.mark.parametrize("text", ["title>5", "name<2025-01-01", "type>=1 or type=txt", "modified>7"])
def test_an_order_that_no_value_has_is_told(index: Index, text: str) -> None:
    with pytest.raises(InvalidFilter, match=r"compares with a (number|date), and `\w+` is never one: it is `"):
        index.search("hinge", filters=[text])
    with pytest.raises(InvalidFilter):
        list(index.documents(filters=[text]))


def test_a_field_of_a_joined_condition_that_no_document_has_is_told(index: Index) -> None:
    with pytest.raises(InvalidFilter, match="no document has a field `colour`"):
        index.search("hinge", filters=["type=txt or not colour=red"])
