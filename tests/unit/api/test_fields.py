"""What filters may name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch import Document, FieldInfo, Index, InvalidFilter
from tests.contract.hashing_encoder import HashingEncoder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text("---\ntitle: Bees\nauthor: Ada\ndate: 2025-03-01\ntags: [x, y]\n---\n\nBees hum.\n")
    (folder / "b.txt").write_text("Rivers flow.")
    made.index([folder])
    made.add(
        [
            Document("one", "Text.", metadata={"year": 1843, "author": "Grace", "open": True, "mixed": 1}),
            Document("two", "Other.", title="Two", metadata={"year": 1906.5, "mixed": "many", "empty": None}),
        ]
    )
    return made


def test_types_counts_and_examples(index: Index) -> None:
    found = index.fields()
    assert list(found)[:7] == ["path", "name", "type", "language", "size", "modified", "title"]
    assert list(found)[7:] == sorted(list(found)[7:])
    assert found["year"] == FieldInfo("year", ("number",), 2, ("1906.5", "1843"), "metadata") or set(
        found["year"].examples
    ) == {"1843", "1906.5"}
    assert (found["author"].documents, set(found["author"].examples)) == (2, {"Ada", "Grace"})
    assert (found["open"].types, found["open"].examples) == (("truth",), ("true",))
    assert set(found["mixed"].types) == {"number", "text"}
    assert found["mixed"].documents == 2
    assert "empty" not in found
    assert found["date"].types == ("date",)
    assert (found["path"].documents, found["path"].origin) == (4, "file")
    assert found["modified"].documents == 2
    assert found["title"].documents >= 2
    assert set(found["type"].examples) == {"document", "md", "txt"}


def test_every_field_can_be_filtered_by(index: Index) -> None:
    for name, info in index.fields().items():
        assert sum(1 for _ in index.documents(filters=[f"{name}!="])) == info.documents, name


def test_a_file_with_numbers_that_are_none_costs_no_filter(index: Index, tmp_path: Path) -> None:
    record = {"text": "The heron stands in the shallow water and waits.", "score": float("nan"), "big": 10**30}
    (tmp_path / "files" / "a.jsonl").write_text("\n".join(json.dumps({"id": n, **record}) for n in range(3)))
    index.index()
    assert "score" not in index.fields()
    assert index.fields()["big"].documents == 3
    assert sum(1 for _ in index.documents(filters=["big>7"])) == 3
    with pytest.raises(InvalidFilter, match="no document has a field `score`"):
        list(index.documents(filters=["score>0"]))


def test_an_error_names_some_fields_only(index: Index) -> None:
    index.add([Document("many", "Text.", metadata={f"field {n}": n for n in range(500)})])
    with pytest.raises(InvalidFilter, match=r'the fields here are author, .*, "field 1", .* and 4\d\d more$') as caught:
        list(index.documents(filters=["nothing=1"]))
    assert len(str(caught.value)) < 1000


def test_an_empty_index(tmp_path: Path) -> None:
    found = Index.create(tmp_path / "index", encoder=HashingEncoder()).fields()
    assert {info.documents for info in found.values()} == {0}
    assert all(info.examples == () for info in found.values())
