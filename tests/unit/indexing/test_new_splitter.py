"""An index of an older splitter is split again by the next run, and searchable until then."""

from __future__ import annotations

from pathlib import Path

from semsearch.api.index import Index
from semsearch.settings import Settings
from tests.contract.hashing_encoder import HashingEncoder


def test_documents_of_an_older_splitter_are_split_again(tmp_path: Path) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text("# Kiln\n\nThe kiln is fired twice a year.\n")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.index([docs])
        with index._opened.writer() as writer:
            writer.set_meta("settings", writer.meta["settings"] | {"splitter": 0})
            writer.connection.execute("UPDATE documents SET splitter = splitter - 1")
            writer.commit()
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:
        assert index.settings.splitter == Settings().splitter
        assert index.search("kiln", floor=False).hits
        again = index.index()
        assert (again.changed, again.encoded) == (1, 0)
        assert index.index().unchanged == 1
