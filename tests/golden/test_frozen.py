"""Indexes of every on-disk format that was ever released, opened as they lie in the repository."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from semsearch import Index, Mode
from semsearch.stores.local.files.layout import FORMAT

INDEXES = Path(__file__).parents[2] / "indexes"
FORMATS = sorted(INDEXES.glob("format-*"))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def test_every_format_has_its_frozen_index() -> None:
    assert [p.name for p in FORMATS] == [f"format-{n}" for n in range(1, FORMAT + 1)]


@pytest.mark.parametrize("frozen", FORMATS, ids=lambda p: p.name)
def test_a_frozen_index_is_read_and_not_changed(frozen: Path, tmp_path: Path) -> None:
    copy = tmp_path / "indexes" / frozen.name
    shutil.copytree(frozen, copy)
    before = digests(copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        with Index.open(copy) as index:
            assert index.status().documents == 16
            assert {d.id for d in index.documents()} >= {"note", "de"}
            for mode in Mode:
                assert index.search("lighthouse keeper", mode=mode).hits[0].passage.document_id == "note"
            found = index.search("reviving a forgotten wild yeast culture", filters=["type=md"])
            assert found.hits[0].path.endswith("sample_corpus/docs/kitchen/starter-care.md")
            corrected = index.search("the lighthuose keeprr", mode="lexical")
            assert dict(corrected.corrected) == {"lighthuose": "lighthouse", "keeprr": "keeper"}
            assert corrected.hits[0].passage.document_id == "note"
            assert index.search("lighthuose", mode="lexical", fuzzy=False).corrected == ()
            assert index.search("Felsen", mode="lexical").hits[0].metadata["language"] == "de"
            assert index.search("note", filters=["year=1913"]).hits[0].metadata["author"] == "Ada"
            if index.status().format > 1:
                assert index.search("lighthouse", filters=["room=tower"]).hits[0].metadata["room"] == "tower"
                assert [info.field for info in index.labels.all()] == ["room"]
            assert index.document("note").text == "The lighthouse keeper writes a note."
            assert index.doctor().ok
    finally:
        for path in [copy, *copy.rglob("*")]:
            path.chmod(0o700 if path.is_dir() else 0o600)
    assert digests(copy) == before


@pytest.mark.parametrize("frozen", FORMATS, ids=lambda p: p.name)
def test_a_frozen_index_goes_on_from_where_it_was(frozen: Path, tmp_path: Path) -> None:
    copy = tmp_path / "indexes" / frozen.name
    shutil.copytree(frozen, copy)
    docs = tmp_path / "sample_corpus" / "docs" / "kitchen"
    shutil.copytree(INDEXES.parent / "sample_corpus" / "docs" / "kitchen", docs)
    with Index.open(copy) as index:
        old = index.status().format < 3
        summary = index.index()
        assert summary.removed == 0
        assert summary.analyzed == old, "words are analyzed anew"
        assert index.status().format == FORMAT
        assert not index.index().analyzed
        assert index.doctor().ok
        assert index.search("starter-care.md").hits[0].path.endswith("/starter-care.md")
        assert index.search("leuchttuerme", mode="lexical", floor=False).hits[0].passage.document_id == "de"
        assert index.search("reviving a forgotten wild yeast culture").hits[0].path.startswith(str(docs))
