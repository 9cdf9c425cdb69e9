"""What a plan reads of large files: a part if the type allows it, and nothing of skipped files."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from pathlib import Path

import pytest

from semsearch.api.index import Index
from semsearch.api.planning import plan_index
from semsearch.errors import InvalidQuery
from semsearch.indexing.plan.sample import PART, closed
from semsearch.settings import Settings
from semsearch.types.reports import Plan
from tests.contract.hashing_encoder import HashingEncoder

LINE = "The kestrel hovers over field {n} and looks for mice number {n} in the grass. "


class CountingEncoder(HashingEncoder):
    """Records how much text it received."""

    characters = 0

    def encode_passages(self, texts):  # type: ignore[no-untyped-def]
        self.characters += sum(map(len, texts))
        return super().encode_passages(texts)


def lines(size: int) -> str:
    return "\n".join(LINE.format(n=number) for number in range(size // len(LINE)))


def read_by(process: int = os.getpid()) -> int:
    """Return the bytes that this process has read so far, from any file."""
    found = Path(f"/proc/{process}/io").read_text(encoding="ascii")
    return int(found.split("rchar:")[1].split()[0])


def ratio(plan: Plan, tmp_path: Path, folder: Path) -> float:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        return plan.passages / index.index([folder]).passages


@pytest.mark.parametrize("name", ["huge.txt", "huge.pdf", "huge.zip", "huge.json", "huge.csv", "huge.mp3"])
def test_a_file_beyond_the_limit_is_named_and_not_read(tmp_path: Path, name: str) -> None:
    huge = tmp_path / "docs" / name
    huge.parent.mkdir()
    huge.write_bytes(b"%PDF-" if name.endswith("pdf") else b"some text\n")
    os.truncate(huge, 3_000_000_000)
    (tmp_path / "docs" / "small.txt").write_text("A heron stands in the reeds.")
    before = read_by()
    plan = plan_index([tmp_path / "docs"], encoder=HashingEncoder())
    assert read_by() - before < 20_000_000
    limit = "2 GB" if name.endswith("mp3") else "50 MB"
    reason = f"too large (3 GB, the limit is {limit})"
    assert [(item.path, item.reason) for item in plan.left_out] == [(str(huge), reason)]
    assert (plan.skipped, plan.passages, plan.files) == (1, 1, 2)
    assert plan.bytes < 100


def test_the_memory_limit_excludes_files_as_well(tmp_path: Path) -> None:
    (tmp_path / "big.txt").write_text(lines(45_000_000))
    with pytest.raises(InvalidQuery, match=r"the minimum is \d+M") as caught:
        plan_index([tmp_path], encoder=HashingEncoder(), max_memory=1_000_000)
    least = int(str(caught.value).rpartition(" ")[2].rstrip("M")) * 1_000_000
    plan = plan_index([tmp_path], encoder=HashingEncoder(), max_memory=least + 50_000_000)
    assert "too large for --max-memory" in plan.left_out[0].reason


@pytest.mark.parametrize("kind", ["txt", "csv", "json", "html"])
def test_a_part_of_a_large_file_represents_it(tmp_path: Path, kind: str) -> None:
    text = lines(2_200_000)
    made = {
        "csv": "number,text,note\n" + "\n".join(f'{n},"{line}",x' for n, line in enumerate(text.split("\n"))),
        "json": json.dumps({"rows": [{"id": n, "text": line} for n, line in enumerate(text.split("\n"))]}),
        "html": "<html><body>" + "".join(f"<p>{line}</p>\n" for line in text.split("\n")) + "</body></html>",
    }
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / f"large.{kind}").write_text(made.get(kind, text))
    plan = plan_index([folder], encoder=HashingEncoder())
    assert (plan.left_out, plan.partial) == ((), ())
    assert 0.9 < ratio(plan, tmp_path, folder) < 1.12


def test_no_more_than_a_part_is_read_however_large_a_file_may_be(tmp_path: Path) -> None:
    huge = tmp_path / "huge.txt"
    huge.write_text(lines(2 * PART))
    with huge.open("r+b") as file:
        for place in range(1, 4):
            file.seek(place * 800_000_000 - 100_000)
            file.write(lines(PART).encode())
    assert huge.stat().st_size > 2_000_000_000
    encoder = CountingEncoder()
    before = read_by()
    plan = plan_index([huge], encoder=encoder, settings=Settings(max_file_bytes=10**10))
    assert read_by() - before < 20_000_000
    assert encoder.characters < 4 * PART
    assert plan.left_out == ()
    assert plan.passages > 10_000, "as much as a document may have"


def test_too_many_records_are_rows_of_one_document(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    records = (json.dumps({"id": n, "text": f"record {n} tells of mice"}) for n in range(110_000))
    (folder / "many.jsonl").write_text("\n".join(records))
    plan = plan_index([folder], encoder=HashingEncoder())
    assert 1_000 < plan.passages < 60_000, "not one for each record"


def test_text_beyond_the_limit_is_not_counted(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "long.txt").write_text(lines(2_200_000))
    settings = Settings(max_text=1_100_000)
    plan = plan_index([folder], encoder=HashingEncoder(), settings=settings)
    with Index.create(tmp_path / "index", settings=settings, encoder=HashingEncoder()) as index:
        assert 0.9 < plan.passages / index.index([folder]).passages < 1.1


def test_an_archive_is_counted_by_its_directory(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    with zipfile.ZipFile(folder / "notes.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(24):
            archive.writestr(f"{number}.txt", f"{number} " + lines(200_000))
    plan = plan_index([folder], encoder=HashingEncoder())
    (tmp_path / "one.txt").write_text(lines(200_000))
    one = plan_index([tmp_path / "one.txt"], encoder=HashingEncoder())
    assert 0.85 < plan.passages / (24 * one.passages) < 1.2


def test_partly_counted_files_are_named(tmp_path: Path) -> None:
    packed = tmp_path / "notes.txt.gz"
    packed.write_bytes(gzip.compress(lines(4_000_000).encode()))
    plan = plan_index([packed], encoder=HashingEncoder())
    assert plan.partial == (str(packed),)
    assert plan.left_out == ()


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ('[{"a": 1}, {"a": "x', [{"a": 1}]),
        ('{"rows": [{"a": "],}"}, {"b": [1, 2', {"rows": [{"a": "],}"}, {"b": [1]}]}),
        ('{"a": 1, "b": "\\', {"a": 1}),
        ("[[1, 2], [3", [[1, 2]]),
    ],
)
def test_a_json_text_is_cut_after_a_complete_element(cut: str, whole: object) -> None:
    assert json.loads(closed(cut.encode())) == whole


@pytest.mark.parametrize("text", ["", "{", '"', "]]]", "[1", "no json, at all"])
def test_json_that_cannot_be_completed_does_no_harm(text: str) -> None:
    assert isinstance(closed(text.encode()), bytes)
