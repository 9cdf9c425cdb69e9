"""What a tester found: each of these was wrong once."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch import Document, Index
from tests.contract.hashing_encoder import HashingEncoder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("heron", "otter", "lynx"):
        (docs / f"{name}.txt").write_text(f"the {name} lives by the river and sleeps at noon\n")
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    made.index([docs])
    made.add([Document("own", "a document of the caller about the badger")])
    return made


def test_damage_is_named_in_the_results(index: Index) -> None:
    shutil.rmtree(index.path / "lexical-0")
    with Index.open(index.path, encoder=HashingEncoder()) as opened:
        for mode in ("hybrid", "lexical"):
            found = opened.search("otter river", mode=mode, floor=False)
            assert any("doctor --repair" in w for w in found.warnings), mode
        assert opened.search("otter river", floor=False).hits


def test_a_lost_catalogue_is_damage_not_an_empty_place(index: Index) -> None:
    index.close()
    (index.path / "catalog.sqlite").unlink()
    with pytest.raises(semsearch.IndexDamaged, match="missing"):
        Index.open(index.path, encoder=HashingEncoder())
    with pytest.raises(semsearch.SemsearchError):
        Index.create(index.path, encoder=HashingEncoder())
    diagnosis = semsearch.doctor(index.path, repair=True, encoder=HashingEncoder())
    assert diagnosis.ok
    with Index.open(index.path, encoder=HashingEncoder()) as opened:
        assert {Path(d.path).stem for d in opened.documents()} == {"heron", "otter", "lynx"}


def test_what_a_repair_could_not_keep_is_named(index: Index) -> None:
    import sqlite3

    index.close()
    connection = sqlite3.connect(index.path / "catalog.sqlite")
    connection.execute("UPDATE documents SET title = 'changed' WHERE path = 'own'")
    connection.commit()
    connection.close()
    diagnosis = semsearch.doctor(index.path, repair=True, encoder=HashingEncoder())
    assert any("own" in p.detail for p in diagnosis.problems)
    assert diagnosis.ok


def test_an_imported_index_is_sealed(index: Index, tmp_path: Path) -> None:
    index.export(tmp_path / "file")
    semsearch.import_index(tmp_path / "file", tmp_path / "copy").close()
    data = bytearray((tmp_path / "copy" / "catalog.sqlite").read_bytes())
    data[-5] ^= 1
    (tmp_path / "copy" / "catalog.sqlite").write_bytes(bytes(data))
    assert not semsearch.doctor(tmp_path / "copy").ok


def test_a_document_cannot_take_the_id_of_a_file(index: Index, tmp_path: Path) -> None:
    summary = index.add([Document(str(tmp_path / "docs" / "otter.txt"), "a shadow")])
    assert len(summary.skipped) == 1
    names = [d.id for d in index.documents()]
    assert len(names) == len(set(names))


def test_unlike_leaves_the_file_itself_out(index: Index, tmp_path: Path) -> None:
    otter = tmp_path / "docs" / "otter.txt"
    assert str(otter) not in [h.path for h in index.search("the otter by the river", unlike=[otter], floor=False).hits]


def test_one_path_or_filter_needs_no_list(index: Index, tmp_path: Path) -> None:
    docs = str(tmp_path / "docs")
    assert len(index.search("river", within=docs, floor=False).hits) == 3
    assert len(index.search("river", filters="type=txt", floor=False).hits) == 3
    assert index.index(docs).unchanged == 3
    assert index.remove(docs + "/lynx.txt") == 1


@pytest.mark.parametrize("scale", [7.0, float("nan")])
def test_vectors_that_are_none_are_refused(tmp_path: Path, scale: float) -> None:
    class Bad(HashingEncoder):
        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            return super().encode_passages(texts) * np.float32(scale)

    with (
        Index.create(tmp_path / "bad", encoder=Bad()) as index,
        pytest.raises(semsearch.ModelMismatch, match="unit length"),
    ):
        index.add([Document("a", "some text")])


def test_an_index_of_ones_own_encoder_says_so(index: Index) -> None:
    with Index.open(index.path) as opened:
        with pytest.raises(semsearch.ModelMismatch, match="encoder="):
            opened.search("otter")
        assert opened.search("otter", mode="lexical", floor=False).hits
