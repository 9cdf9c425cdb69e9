"""Lists that files say of themselves: tags of front matter, authors of references; matched by any, kept as they are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch import Index, import_index
from tests.contract.hashing_encoder import HashingEncoder

NOTE = "---\ntags: [wells, 'deep, old']\nyears: [1913, 2031]\nauthors:\n  - Holm, Ida\n---\n\nPumps rust.\n"
BIBTEX = """
@book{knuth68, author = {Knuth, Donald E. and Holm, Ida}, title = {Wells}, keywords = {order; lists}, year = 1968}
@book{one, author = {Holm, Ida}, title = {Pumps}, year = 1970}
"""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "note.md").write_text(NOTE)
    (folder / "books.bib").write_text(BIBTEX)
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as made:
        made.index([folder])
        yield made


def found(index: Index, *filters: str) -> set[str]:
    return {Path(document.id).name for document in index.documents(filters=filters)}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ("tags=wells", {"note.md"}),
        ("tags=deep, old", {"note.md"}),
        ("tags=lists", {"knuth68"}),
        ("years>2000", {"note.md"}),
        ("years<1900", set()),
        ("authors=Holm, Ida", {"note.md"}),
        ("author=Ida Holm", {"knuth68", "one"}),
        ("author=Donald*", {"knuth68"}),
        ("author!=Donald*", {"note.md", "one", "books.bib"}),
        ("author=Donald E. Knuth, Ida Holm", {"knuth68"}),
    ],
)
def test_any_of_them_matches(index: Index, filters: str, names: set[str]) -> None:
    assert found(index, filters) == names


def test_they_are_kept_as_lists_in_exports_too(index: Index, tmp_path: Path) -> None:
    index.export(tmp_path / "copy.semsearch")
    import_index(tmp_path / "copy.semsearch", tmp_path / "copy")
    copy = Index.open(tmp_path / "copy", encoder=HashingEncoder())
    for one in (index, copy):
        note = next(d for d in one.documents(filters=["type=md"]))
        assert note.metadata["tags"] == ("wells", "deep, old")
        assert note.metadata["years"] == (1913, 2031)
        assert {"wells", "deep, old"} <= set(one.fields()["tags"].examples)
    copy.close()
