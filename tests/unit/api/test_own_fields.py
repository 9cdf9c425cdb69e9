"""A document's own fields and its file's facts: which of them a name means, and that all can be filtered by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semsearch import Document, Index
from semsearch.types.documents import Value
from tests.contract.hashing_encoder import HashingEncoder

OWN: dict[str, Value] = {
    "type": "ticket",
    "language": "tlh",
    "size": "XL",
    "modified": "2031-02-03",
    "name": "Kowalski",
    "path": "room/4",
    "title": "Own title",
    "my key": 1,
    "a=b": "x<y",
    'with "quotes"': "yes",
    "back\\slash": True,
    "(open": "o",
    "größe": 3.5,
    "not": "no",
    "tags": ("red wine", "white, dry"),
    "years": (1999, 2024),
}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.md").write_text(
        "---\ntype: minutes\nname: Weekly\nmodified: 1999-01-01\nauthor: Ada\n---\n\nBees hum.\n"
    )
    (folder / "b.txt").write_text("Rivers flow.")
    made.index([folder])
    made.add([Document("own", "A text of one's own.", title="Given title", metadata=OWN), Document("bare", "Nothing.")])
    return made


def found(index: Index, *filters: str) -> set[str]:
    return {Path(info.id).name for info in index.documents(filters=filters)}


def test_nothing_of_an_added_document_is_lost_or_hidden(index: Index) -> None:
    fields = index.document("own").metadata
    assert {name: fields[name] for name in OWN} == OWN
    (hit,) = index.search("text of one's own", filters=["type=ticket"], mode="lexical").hits
    assert {name: hit.metadata[name] for name in OWN} == OWN
    info = next(info for info in index.documents() if info.id == "own")
    assert info.metadata == OWN
    assert (info.type, info.language, info.size, info.modified, info.title) == (
        "document", "en", len("A text of one's own."), "", "Given title",
    )  # fmt: skip


@pytest.mark.parametrize("name", list(OWN))
def test_every_field_of_an_added_document_can_be_filtered_by(index: Index, name: str) -> None:
    written = index.fields().get(name) or index.fields()["own." + name]
    value = OWN[name][0] if isinstance(OWN[name], tuple) else OWN[name]  # type: ignore[index]
    assert "own" in found(index, f'{written.written}="{value}"')


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("type=md", {"a.md"}),
        ("type=ticket", {"own"}),
        ("type=minutes", set()),
        ("own.type=minutes", {"a.md"}),
        ("own.type=ticket", {"own"}),
        ("file.type=document", {"own", "bare"}),
        ("type=document", {"bare"}),
        ("language=tlh", {"own"}),
        ("file.language=tlh", set()),
        ("size=XL", {"own"}),
        ("size>0", {"a.md", "b.txt", "bare"}),
        ("file.size>0", {"a.md", "b.txt", "bare", "own"}),
        ("modified>=2030", {"own"}),
        ("file.modified>=2030", set()),
        ("modified<2000", set()),
        ("own.modified<2000", {"a.md"}),
        ("name=Kowalski", {"own"}),
        ("name=own", set()),
        ("file.name=own", {"own"}),
        ("name=a.md", {"a.md"}),
        ("own.name=Weekly", {"a.md"}),
        ("path=room/*", {"own"}),
        ("file.path=own", {"own"}),
        ("title=Own*", {"own"}),
        ("file.title=Given*", {"own"}),
        ("own.author=Ada", {"a.md"}),
        ("author=Ada", {"a.md"}),
        ("tags=red*", {"own"}),
        ("tags!=red*", {"a.md", "b.txt", "bare"}),
        ('tags="white, dry"', {"own"}),
        ("tags=", {"a.md", "b.txt", "bare"}),
        ("years>2000", {"own"}),
        ("years<2000", {"own"}),
        ("years=1999", {"own"}),
        ("years>2024", set()),
        ("type=md or type=ticket", {"a.md", "own"}),
        ("not type=md and not (type=ticket or name=b.*)", {"bare"}),
        ('"my key"=1 or "a=b"=x*', {"own"}),
    ],
)
def test_what_a_name_means(index: Index, text: str, names: set[str]) -> None:
    assert found(index, text) == names


def test_what_a_file_says_under_the_name_of_a_fact_is_shown_beside_it(index: Index) -> None:
    info = next(info for info in index.documents(filters=["type=md"]))
    fields = index.document(info.id).metadata
    assert (fields["type"], fields["own.type"], fields["own.name"]) == ("md", "minutes", "Weekly")
    assert (fields["modified"], fields["own.modified"]) == (info.modified, "1999-01-01")
    assert info.metadata == {"own.type": "minutes", "own.name": "Weekly", "own.modified": "1999-01-01", "author": "Ada"}


def test_fields_count_what_a_filter_finds(index: Index) -> None:
    found = index.fields()
    for info in found.values():
        assert sum(1 for _ in index.documents(filters=[f"{info.written}!="])) == info.documents, info
    assert found["tags"].types == ("text",)
    assert found["years"].types == ("number",)
    assert set(found["years"].examples) == {"1999", "2024"}
    assert found["own.type"].origin == "metadata"
    assert "ticket" in found["type"].examples


def test_fields_survive_a_backup(index: Index, tmp_path: Path) -> None:
    from semsearch import import_index

    index.export(tmp_path / "copy.semsearch")
    import_index(tmp_path / "copy.semsearch", tmp_path / "copy")
    copy = Index.open(tmp_path / "copy", encoder=HashingEncoder())
    assert copy.document("own").metadata == index.document("own").metadata
    assert found(copy, "tags=red*") == {"own"}


def test_lists_come_as_lists_or_tuples(index: Index) -> None:
    assert index.add([Document("listed", "Text.", metadata={"tags": ["a", 1]})]).added == 1  # type: ignore[dict-item]
    assert index.add([Document("listed", "Text.", metadata={"tags": ("a", 1)})]).unchanged == 1
    assert index.document("listed").metadata["tags"] == ("a", 1)
    hash(index.document("listed").metadata["tags"])


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"file.size": 3}, "begins with file. or own."),
        ({"own.x": 3}, "begins with file. or own."),
        ({"": 3}, "has no name"),
        ({3: 3}, "has no name"),
        ({"x": [1, None]}, "neither text, number"),
        ({"x": [True]}, "neither text, number"),
        ({"x": {"a": 1}}, "neither text, number"),
        ({"x": [1.0, float("inf")]}, "not a finite number"),
        ({"x": 10**400}, "not a finite number"),
        ({"x": "a\0b"}, "NUL"),
        ({"a\0": "b"}, "NUL"),
    ],
)
def test_what_is_refused_is_told(index: Index, metadata: Any, reason: str) -> None:
    summary = index.add([Document("bad", "Text.", metadata=metadata), Document("good", "Text.")])
    assert summary.added == 1
    (skipped,) = summary.skipped
    assert skipped.path == "bad"
    assert reason in skipped.reason


def test_a_saved_query_keeps_joined_conditions_readable(index: Index) -> None:
    from semsearch.search.parse_filter import parse_filter

    condition = parse_filter('type=md or "my key"=1')
    saved = index.saved_queries.save("both", "bees", filters=[condition, "not type=txt"], mode="lexical")
    assert saved.options["filters"] == ['type=md or "my key"=1', "not type=txt"]
    assert index.saved_queries.diff("both").changes == ()
