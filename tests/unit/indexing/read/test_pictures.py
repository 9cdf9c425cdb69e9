"""Pictures in an indexing run: skipped with a hint without the extra, indexed once installed, counted by a plan."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from semsearch import Index
from semsearch.types.reports import Summary
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_pictures import encoded, no_recognizer, written

HINT = 'a picture: pip install "semsearch[ocr]" makes its text searchable'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "sign.png").write_bytes(encoded(written("The heron stands in the reeds.")))
    (folder / "sky.jpg").write_bytes(encoded(Image.new("RGB", (200, 100), "skyblue"), "JPEG"))
    (folder / "note.md").write_text("# Note\n\nThe orchard bridge.\n")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.create(tmp_path / "index", encoder=HashingEncoder())


def reasons(summary: Summary) -> dict[str, str]:
    return {Path(s.path).name: s.reason for s in summary.skipped}


def test_pictures_are_indexed_once_the_extra_is_installed(index: Index, folder: Path) -> None:
    with no_recognizer():
        first = index.index([folder])
        assert reasons(first) == {"sign.png": HINT, "sky.jpg": HINT}
        assert index.plan([folder]).pictures == 0
    plan = index.plan([folder])
    assert (plan.pictures, plan.passages) == (2, 1)
    time.sleep(2.1)  # files as young as these are hashed again
    second = index.index([folder])
    assert (second.added, reasons(second)) == (1, {"sky.jpg": "no text found"})
    assert Path(index.search("heron reeds").hits[0].path).name == "sign.png"
    third = index.index([folder])
    assert (third.added, third.changed, third.bytes_read) == (0, 0, 0)


def test_switched_off_they_are_reported_and_their_text_is_removed(index: Index, folder: Path) -> None:
    assert index.index([folder]).added == 2
    index.configure(ocr=False)
    summary = index.index([folder])
    assert set(reasons(summary).values()) == {"a picture, and OCR is off: index --ocr"}
    assert [Path(d.path).name for d in index.documents()] == ["note.md"]
