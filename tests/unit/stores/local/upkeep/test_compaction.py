"""Compaction frees unused pages of the catalogue, also while it is being read."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from semsearch.api import Index
from semsearch.stores.local.files.layout import Layout
from semsearch.types.documents import Document
from tests.contract.hashing_encoder import HashingEncoder


def _pages(path: Path) -> tuple[int, int]:
    connection = sqlite3.connect(f"{Layout(path).catalog.as_uri()}?mode=ro", uri=True)
    try:
        (count,), (free,) = (
            connection.execute(f"PRAGMA {what}").fetchone() for what in ("page_count", "freelist_count")
        )
        return count, free
    finally:
        connection.close()


def test_compaction_leaves_no_free_page_in_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "index"
    with Index.create(path, encoder=HashingEncoder()) as index:
        index.add(Document(f"d{n}", " ".join(f"word{n}x{i}" for i in range(200))) for n in range(200))
        index.remove([f"d{n}" for n in range(1, 200)])
    before, empty = _pages(path)
    assert empty > before / 2
    with Index.open(path, encoder=HashingEncoder()) as reader, Index.open(path, encoder=HashingEncoder()) as writer:
        ids = [hit.passage.id for hit in reader.search("word0x3", floor=False).hits]
        writer.compact()
        assert [hit.passage.id for hit in reader.search("word0x3", floor=False).hits] == ids
        assert writer.doctor().ok
    after, empty = _pages(path)
    assert empty == 0
    assert after < before / 2
