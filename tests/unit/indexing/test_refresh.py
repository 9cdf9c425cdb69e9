"""Incremental runs: only changes cost anything, moved files keep their vectors, nothing is lost."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from semsearch.api.index import Index
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from tests.contract.hashing_encoder import HashingEncoder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    for i in range(20):
        file = folder / f"part{i % 4}" / f"note{i}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            f"# Note {i}\n\nThe heron number {i} stands in the reeds.\n\n## More\n\nIt waits for fish {i}.\n"
        )
        age(file)
    return folder


def age(file: Path, seconds: int = 100) -> None:
    """Make a file old enough for its dates to be reliable."""
    past = time.time_ns() - seconds * 10**9
    os.utime(file, ns=(past, past))


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def index(tmp_path: Path, encoder: HashingEncoder, docs: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=encoder)
    made.index([docs])
    return made


def contents(index: Index) -> dict[str, list[tuple[int, int, int, str]]]:
    return {
        d.id: [(p.id, p.start, p.stop, p.text) for p in index.passages(d.id)] for d in index.documents()
    }  # fmt: skip


def test_nothing_changed_costs_nothing(index: Index, encoder: HashingEncoder) -> None:
    before, encoded = contents(index), encoder.encoded
    summary = index.index()
    assert (summary.unchanged, summary.added, summary.changed, summary.bytes_read) == (20, 0, 0, 0)
    assert encoder.encoded == encoded
    assert contents(index) == before


def test_one_changed_file_is_the_only_one_read(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    file = docs / "part1" / "note5.md"
    file.write_text("# Note 5\n\nNow an otter swims here.\n\n## More\n\nIt waits for fish 5.\n")
    before = contents(index)
    encoded = encoder.encoded
    summary = index.index()
    assert (summary.changed, summary.unchanged, summary.files) == (1, 19, 20)
    assert summary.bytes_read == file.stat().st_size
    assert summary.encoded == encoder.encoded - encoded <= 2
    after = contents(index)
    assert {k: v for k, v in after.items() if k != str(file)} == {k: v for k, v in before.items() if k != str(file)}
    assert any("otter" in p[3] for p in after[str(file)])
    assert index.search("otter", floor=False).hits[0].path == str(file)


def test_an_unchanged_passage_of_an_edited_file_keeps_its_id(index: Index, docs: Path, encoder: HashingEncoder) -> None:
    file = docs / "part0" / "long.md"
    sections = [f"## Part {i}\n\n" + f"The kestrel {i} hovers over field number {i}. " * 5 + "\n\n" for i in range(5)]
    file.write_text("# Long\n\n" + "".join(sections))
    index.index()
    before = {p.text: p.id for p in index.passages(str(file))}
    sections[0] = "## Part 0\n\n" + "Something else altogether stands here now, about marmots. " * 5 + "\n\n"
    file.write_text("# Long\n\n" + "".join(sections))
    index.index()
    after = {p.text: p.id for p in index.passages(str(file))}
    common = before.keys() & after.keys()
    assert len(common) >= 4
    assert all(before[text] == after[text] for text in common)
    document = index.document(str(file))
    assert all(document.text[p.start : p.stop] == p.text for p in index.passages(str(file)))


def test_moved_files_keep_ids_and_vectors(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    before = {p.id for d in index.documents() for p in index.passages(d.id)}
    (docs / "part1").rename(docs / "moved")
    (docs / "part0" / "note0.md").rename(docs / "renamed.md")
    encoded = encoder.encoded
    summary = index.index()
    assert (summary.moved, summary.added, summary.removed) == (6, 0, 0)
    assert encoder.encoded == encoded + summary.moved, "a name each, and no passage"
    assert {p.id for d in index.documents() for p in index.passages(d.id)} == before
    assert not any("part1" in d.path for d in index.documents())


def test_a_copied_file_is_not_encoded_again(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    shutil.copy(docs / "part1" / "note5.md", docs / "copy.md")
    encoded = encoder.encoded
    assert index.index().added == 1
    assert encoder.encoded == encoded
    assert len(index.search("heron number 5", floor=False, fold=False, k=2).hits) == 2


def test_removed_files_leave_the_index(index: Index, docs: Path) -> None:
    (docs / "part2" / "note6.md").unlink()
    assert index.index().removed == 1
    assert not any("note6" in d.path for d in index.documents())
    assert all("note6" not in h.path for h in index.search("heron number 6", floor=False, k=30).hits)


def test_generated_files_are_reported_and_removed_from_the_index(
    tmp_path: Path, encoder: HashingEncoder, docs: Path
) -> None:
    (docs / "part1" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    (docs / "part2" / "node_modules" / "x").mkdir(parents=True)
    (docs / "part2" / "node_modules" / "x" / "readme.md").write_text("# A package\n\nIts readme.\n")
    index = Index.create(tmp_path / "index", settings=Settings(ignore_files=False), encoder=encoder)
    assert index.index([docs]).added == 22
    index.configure(ignore_files=True)
    made = index.index()
    assert [(item.path, item.reason) for item in made.skipped] == [
        (f"{docs}/part1/", "made by a tool: a virtual environment with pyvenv.cfg")
    ]
    assert made.removed == 6
    (docs / "part2" / "package.json").write_text("{}")
    made = index.index()
    assert [item.path for item in made.skipped] == [f"{docs}/part1/", f"{docs}/part2/node_modules/"]
    assert (made.removed, made.added) == (1, 1)
    assert index.index([docs / "part2" / "node_modules" / "x"]).added == 1, "named, it is a source of its own"
    assert index.index().removed == 0


@pytest.mark.parametrize("how", ["renamed", "emptied"])
def test_a_vanished_root_deletes_nothing_without_prune(index: Index, docs: Path, how: str) -> None:
    if how == "renamed":
        docs.rename(docs.with_name("elsewhere"))
    else:
        shutil.rmtree(docs)
        docs.mkdir()
    summary = index.index()
    assert summary.missing_sources == (str(docs),)
    assert index.status().documents == 20
    index.index(prune=True)
    assert index.status().documents == 0


def test_a_file_changed_within_its_time_stamp_is_noticed(tmp_path: Path, encoder: HashingEncoder) -> None:
    file = tmp_path / "docs" / "a.txt"
    file.parent.mkdir()
    file.write_text("the first text\n")
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([file.parent])
        stamp = file.stat().st_mtime_ns
        file.write_text("the other text\n"[:15])
        os.utime(file, ns=(stamp, stamp))
        index.index()
        assert index.document(str(file)).text == "the other text\n"


def test_unreadable_files_are_named_once_and_retried_when_changed(tmp_path: Path, encoder: HashingEncoder) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "good.txt").write_text("a good text\n")
    (folder / "0001.txt").write_text("")
    (folder / "0002.txt").write_text("\u200b\ufeff \n\n")
    (folder / "binary.bin").write_bytes(bytes(range(256)) * 10)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    for file in folder.iterdir():
        age(file)
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        first = index.index([folder])
        assert (first.added, len(first.skipped)) == (1, 4)
        reasons = {Path(s.path).name: s.reason for s in first.skipped}
        assert reasons["0001.txt"] == "empty"
        assert "binary" in reasons["binary.bin"]
        second = index.index()
        assert {(s.path, s.reason) for s in second.skipped} == {(s.path, s.reason) for s in first.skipped}
        assert second.bytes_read == 0
        (folder / "0001.txt").write_text("no longer empty\n")
        assert index.index().added == 1


def test_a_document_that_becomes_unreadable_is_removed(index: Index, docs: Path) -> None:
    file = docs / "part0" / "note0.md"
    file.write_bytes(b"\0\1\2" * 1000)
    summary = index.index()
    assert summary.removed == 1
    assert not any(d.path == str(file) for d in index.documents())


def test_a_larger_root_absorbs_a_smaller_one(tmp_path: Path, encoder: HashingEncoder, docs: Path) -> None:
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([docs / "part1"])
        before = contents(index)
        assert index.index([docs]).encoded == 15
        assert [s.path for s in index.sources()] == [str(docs)]
        assert contents(index).items() >= before.items()


def test_a_part_of_a_root_is_refreshed_separately(index: Index, docs: Path) -> None:
    (docs / "part0" / "new.md").write_text("# New\n\nin part 0\n")
    (docs / "part1" / "new.md").write_text("# New\n\nin part 1\n")
    assert index.index([docs / "part0"]).added == 1
    assert [s.path for s in index.sources()] == [str(docs)]
    assert index.status().changed == {"new": 1, "changed": 0, "removed": 0}


def test_a_missing_path_is_an_error(index: Index, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreadable, match="does not exist"):
        index.index([tmp_path / "nowhere"])


def test_a_file_as_a_root(tmp_path: Path, encoder: HashingEncoder) -> None:
    file = tmp_path / "single.md"
    file.write_text("# Single\n\none file alone\n")
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.index([file])
        assert [d.path for d in index.documents()] == [str(file)]
        file.write_text("# Single\n\none file, changed\n")
        assert index.index().changed == 1


def test_other_settings_split_again_with_the_same_vectors_where_texts_are_the_same(
    index: Index, encoder: HashingEncoder
) -> None:
    encoded = encoder.encoded
    index.configure(language="de")
    summary = index.index()
    assert summary.changed == 20
    assert encoder.encoded == encoded
    assert {d.language for d in index.documents()} == {"de"}
    assert index.settings == Settings(language="de", model=index.settings.model)
    assert index.search("fish", mode="lexical", floor=False).hits


def test_an_interrupted_run_keeps_what_is_done_and_the_next_ends_the_same(tmp_path: Path, docs: Path) -> None:
    class Impatient(HashingEncoder):
        left = 2

        def encode_passages(self, texts):  # type: ignore[no-untyped-def]
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            return super().encode_passages(texts)

    for i in range(300):
        (docs / f"extra{i:03}.txt").write_text(f"extra text {i} about badgers and number {i}\n")
    with Index.create(tmp_path / "twin", encoder=HashingEncoder()) as twin:
        twin.index([docs])
        expected = contents(twin)
    with Index.create(tmp_path / "index", encoder=Impatient()) as index:
        impatient = index.index([docs])
        assert impatient.interrupted
        assert index.doctor().ok
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:
        assert not index.index().interrupted
        assert contents(index) == expected
        assert index.doctor().ok


def test_the_index_is_never_indexed(tmp_path: Path, encoder: HashingEncoder, docs: Path) -> None:
    with Index.create(docs / "inside", encoder=encoder) as index:
        index.index([docs])
        assert not any("inside" in d.path for d in index.documents())
        assert index.index().unchanged + index.index().changed == 20
