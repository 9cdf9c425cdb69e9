"""Name records over the life of an index: written, changed by a rename, kept when the index is rewritten."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from semsearch import Document, Index, Mode, import_index
from semsearch.stores.local.catalog.schema import connect
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.records import NAMES
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_archives import zipped

TEXT = "A wren sings before sunrise.\n"
INDEXES = Path(__file__).parents[4] / "indexes"


class Wide(HashingEncoder):
    """Another model, to move to."""

    name = "hashing-96"

    def __init__(self) -> None:
        super().__init__(dim=96)


def put(path: Path, data: str | bytes = TEXT) -> Path:
    """Write a file old enough for its dates to be reliable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    past = time.time_ns() - 100 * 10**9
    os.utime(path, ns=(past, past))
    return path


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    put(folder / "garden" / "Dovecote.md")
    put(folder / "Empty Granary.txt", "")
    put(folder / "IMG_0001.txt", "Bees swarm in May.\n")
    return folder


@pytest.fixture
def index(tmp_path: Path, encoder: HashingEncoder, docs: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "index", encoder=encoder) as made:
        made.index([docs])
        yield made


def recorded(index: Index) -> list[list[str]]:
    """Return the headings of all name records."""
    with closing(connect(Layout(index.path), write=False)) as connection:
        query = "SELECT heading FROM passages WHERE ordinal < 0 ORDER BY heading"
        return [json.loads(heading) for (heading,) in connection.execute(query)]


def first(index: Index, query: str, mode: Mode = Mode.HYBRID) -> str:
    """Return the name of the first hit."""
    hits = index.search(query, mode=mode, floor=False).hits
    return Path(hits[0].path).name if hits else ""


def encoded(encoder: HashingEncoder) -> list[str]:
    return [text for side, texts in encoder.calls if side == "passages" for text in texts]


def test_a_document_with_a_meaningful_name_has_a_name_record(index: Index) -> None:
    assert recorded(index) == [["Empty Granary.txt"], ["garden", "Dovecote.md"]]
    for mode in Mode:
        assert first(index, "dovecote", mode) == "Dovecote.md"
        assert first(index, "empty granary", mode) == "Empty Granary.txt"
    assert index.search("garden", mode="lexical").hits[0].path.endswith("Dovecote.md")
    assert not index.search("IMG", mode="lexical").hits


def test_a_document_found_by_its_name_shows_its_first_passage(index: Index) -> None:
    (hit,) = index.search("dovecote", mode="lexical").hits
    assert hit.passage.text == TEXT.strip()
    (hit,) = index.search("granary", mode="lexical").hits
    assert (hit.passage.text, str(hit.passage.anchor)) == ("", "")


def test_name_records_are_not_counted_as_passages(index: Index, docs: Path, encoder: HashingEncoder) -> None:
    assert index.status().passages == 2
    assert {Path(d.path).name: d.passages for d in index.documents()} == {
        "Dovecote.md": 1,
        "Empty Granary.txt": 0,
        "IMG_0001.txt": 1,
    }
    assert index.passages(str(docs / "Empty Granary.txt")) == []
    again = index.index()
    assert (again.unchanged, again.passages, again.encoded, again.named) == (3, 0, 0, 0)


def test_a_plan_does_not_count_name_records(tmp_path: Path, docs: Path) -> None:
    with Index.create(tmp_path / "other", encoder=HashingEncoder()) as index:
        plan = index.plan([docs])
        assert (plan.files, plan.passages, plan.encoded, plan.skipped) == (3, 2, 2, 0)
        summary = index.index([docs])
        assert (summary.added, summary.passages, summary.encoded, summary.skipped) == (3, 2, 2, ())


def test_a_rename_encodes_no_passage(index: Index, docs: Path, encoder: HashingEncoder) -> None:
    before = [(p.id, p.text) for p in index.passages(str(docs / "garden" / "Dovecote.md"))]
    encoder.calls.clear()
    (docs / "garden" / "Dovecote.md").rename(put(docs / "garden" / "Belfry.md"))
    summary = index.index()
    assert (summary.moved, summary.passages, summary.encoded) == (1, 0, 0)
    assert encoded(encoder) == ["garden > Belfry.md"]
    assert [(p.id, p.text) for p in index.passages(str(docs / "garden" / "Belfry.md"))] == before
    assert recorded(index) == [["Empty Granary.txt"], ["garden", "Belfry.md"]]
    assert first(index, "belfry", Mode.LEXICAL) == "Belfry.md"
    assert not index.search("dovecote", mode="lexical").hits


def test_a_renamed_folder_and_a_meaningless_name(index: Index, docs: Path, encoder: HashingEncoder) -> None:
    encoder.calls.clear()
    (docs / "garden").rename(docs / "orchard")
    assert index.index().moved == 1
    assert encoded(encoder) == ["orchard > Dovecote.md"]
    (docs / "orchard" / "Dovecote.md").rename(docs / "orchard" / "0001.md")
    encoder.calls.clear()
    assert index.index().moved == 1
    assert encoded(encoder) == []
    assert recorded(index) == [["Empty Granary.txt"]]
    (docs / "orchard" / "0001.md").rename(docs / "orchard" / "Dovecote.md")
    index.index()
    assert recorded(index) == [["Empty Granary.txt"], ["orchard", "Dovecote.md"]]


def test_an_empty_file_appears_disappears_and_is_filled(index: Index, docs: Path) -> None:
    put(docs / "Empty Granary.txt", "Rye is stored here.\n")
    summary = index.index()
    assert (summary.changed, summary.passages) == (1, 1)
    assert index.search("granary", mode="lexical").hits[0].passage.text == "Rye is stored here."
    put(docs / "Empty Granary.txt", "")
    assert index.index().changed == 1
    assert index.search("granary", mode="lexical").hits[0].passage.text == ""
    assert not index.search("rye", mode="lexical").hits
    (docs / "Empty Granary.txt").unlink()
    assert index.index().removed == 1
    assert not index.search("granary", mode="lexical").hits


def test_an_empty_file_with_a_meaningless_name_is_skipped(index: Index, docs: Path) -> None:
    put(docs / "0042.txt", "")
    summary = index.index()
    assert [(Path(s.path).name, s.reason) for s in summary.skipped] == [("0042.txt", "empty")]
    (docs / "0042.txt").rename(docs / "Cider Press.txt")
    summary = index.index()
    assert (summary.added, summary.skipped) == (1, ())
    assert first(index, "cider press") == "Cider Press.txt"


def test_a_title_without_a_text_is_found(index: Index) -> None:
    index.add([Document("17", "", "On keeping geese"), Document("Water Mill", TEXT)])
    assert first(index, "keeping geese", Mode.LEXICAL) == "17"
    assert index.document("17").text == ""
    # What a program calls its documents are ids.
    assert ["Water Mill"] not in recorded(index)


def test_members_of_an_archive_have_names_and_a_renamed_archive_encodes_no_passage(
    index: Index, docs: Path, encoder: HashingEncoder
) -> None:
    put(docs / "estate.zip", zipped({"letters/To Vera.txt": "The hay is in.\n", "7.txt": "Oats are dear.\n"}))
    index.index()
    assert ["estate.zip", "letters", "To Vera.txt"] in recorded(index)
    assert index.search("vera", mode="lexical").hits[0].path.endswith("estate.zip!/letters/To Vera.txt")
    encoder.calls.clear()
    (docs / "estate.zip").rename(docs / "archive.zip")
    summary = index.index()
    assert (summary.passages, summary.encoded) == (2, 0)
    assert sorted(encoded(encoder)) == ["archive.zip", "archive.zip > letters > To Vera.txt"]


def test_table_rows_have_ids_and_no_name_records(index: Index, docs: Path) -> None:
    rows = "".join(
        f'{{"_id": "kestrel-{i}", "text": "The kestrel of row {i} hovers over the field."}}\n' for i in range(4)
    )
    put(docs / "birds.jsonl", rows)
    index.index()
    assert index.search("kestrel", mode="lexical").hits
    assert recorded(index) == [["Empty Granary.txt"], ["birds.jsonl"], ["garden", "Dovecote.md"]]


def test_an_absorbed_source_gets_the_names_of_its_folders(tmp_path: Path, encoder: HashingEncoder) -> None:
    put(tmp_path / "estate" / "garden" / "Dovecote.md")
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([tmp_path / "estate" / "garden"])
        assert recorded(index) == [["Dovecote.md"]]
        encoder.calls.clear()
        index.index([tmp_path / "estate"])
        assert recorded(index) == [["garden", "Dovecote.md"]]
        assert encoded(encoder) == ["garden > Dovecote.md"]


def test_a_single_file_is_found_by_its_name(tmp_path: Path, encoder: HashingEncoder) -> None:
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([put(tmp_path / "Dovecote.md")])
        assert first(index, "dovecote", Mode.LEXICAL) == "Dovecote.md"


def test_a_move_of_the_model_and_back_carries_names(index: Index, docs: Path) -> None:
    before = recorded(index)
    done = index.models.move_to(Wide())
    assert (done.passages, recorded(index)) == (2, before)
    assert first(index, "empty granary", Mode.DENSE) == "Empty Granary.txt"
    (docs / "garden" / "Dovecote.md").rename(docs / "garden" / "Belfry.md")
    index.index()
    index.models.rollback(encoder=HashingEncoder())
    assert recorded(index) == [["Empty Granary.txt"], ["garden", "Belfry.md"]]
    assert first(index, "belfry", Mode.DENSE) == "Belfry.md"
    assert not index.search("dovecote", mode="lexical").hits
    assert index.doctor().ok


def test_compaction_and_an_exported_index_have_the_names(index: Index, tmp_path: Path, docs: Path) -> None:
    (docs / "IMG_0001.txt").unlink()
    index.index()
    before = recorded(index)
    index.compact()
    assert (recorded(index), index.doctor().ok) == (before, True)
    assert first(index, "empty granary", Mode.LEXICAL) == "Empty Granary.txt"
    index.export(tmp_path / "index.ssx")
    with import_index(tmp_path / "index.ssx", tmp_path / "copy") as copy:
        assert recorded(copy) == before
        assert first(copy, "dovecote", Mode.LEXICAL) == "Dovecote.md"


def test_a_lost_name_record_is_rewritten(index: Index) -> None:
    before = recorded(index)
    index.close()
    with closing(connect(Layout(index.path), write=True)) as connection:
        connection.execute("DELETE FROM passages WHERE ordinal < 0 AND heading LIKE '%Dovecote%'")
    with Index.open(index.path, encoder=HashingEncoder()) as again:
        assert not again.doctor().ok
        assert again.doctor(repair=True).ok
        assert recorded(again) == before


def test_an_index_without_name_records_gets_only_those_encoded(index: Index, encoder: HashingEncoder) -> None:
    index.add([Document("Water Mill", TEXT)])
    before = recorded(index)
    with index._opened.writer() as writer:
        writer.connection.execute("BEGIN")
        writer.connection.execute("INSERT INTO tombstones SELECT row FROM passages WHERE ordinal < 0")
        writer.connection.execute("DELETE FROM passages WHERE ordinal < 0")
        writer.connection.execute("COMMIT")
        writer.set_meta(NAMES, 0)
        writer.commit()
    assert recorded(index) == []
    assert not index.search("dovecote", mode="lexical").hits
    encoder.calls.clear()
    summary = index.index()
    assert (summary.named, summary.unchanged, summary.passages, summary.encoded) == (2, 3, 0, 0)
    assert sorted(encoded(encoder)) == ["Empty Granary.txt", "garden > Dovecote.md"]
    assert recorded(index) == before
    assert index.doctor().ok
    assert index.index().named == 0


@pytest.mark.parametrize("frozen", ["format-1", "format-2"])
def test_an_index_of_an_older_format_gets_names_at_the_next_run(frozen: str, tmp_path: Path) -> None:
    copy = tmp_path / "indexes" / frozen
    shutil.copytree(INDEXES / frozen, copy)
    docs = tmp_path / "sample_corpus" / "docs" / "kitchen"
    shutil.copytree(INDEXES.parent / "sample_corpus" / "docs" / "kitchen", docs)
    with Index.open(copy) as index:
        assert recorded(index) == []
        passages = index.status().passages
        files = [d for d in index.documents() if d.path.startswith(str(docs))]
        index.index()
        assert sorted(name for *_, name in recorded(index)) == sorted(Path(d.path).name for d in files)
        assert (index.status().passages, index.index().named) == (passages, 0)
        assert index.search("starter-care.md").hits[0].path == str(docs / "starter-care.md")
