"""Run files: written, read back, and read by another library."""

from __future__ import annotations

from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import SemsearchError
from semsearch.evaluate.trec import read_run, write_run

NAMES = st.text(min_size=1, max_size=12)
RUNS = st.dictionaries(
    NAMES, st.dictionaries(NAMES, st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4), max_size=4
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs") / "a.run"


@given(run=RUNS)
def test_round_trip(file: Path, run: dict[str, dict[str, float]]) -> None:
    write_run(run, file)
    assert read_run(file) == run


def test_the_lines(file: Path) -> None:
    write_run({"q 1": {"b": 0.5, "a": 2.0, "docs/my file.txt": 0.5}}, file, tag="my tag")
    assert file.read_text().splitlines() == [
        "q%201 Q0 a 1 2.0 my%20tag",
        "q%201 Q0 b 2 0.5 my%20tag",
        "q%201 Q0 docs/my%20file.txt 3 0.5 my%20tag",
    ]


def test_another_library_reads_it(file: Path) -> None:
    write_run({"q1": {"a": 2.0, "b": 1.5}}, file)
    read = [(d.query_id, d.doc_id, d.score) for d in ir_measures.read_trec_run(str(file))]
    assert read == [("q1", "a", 2.0), ("q1", "b", 1.5)]


@pytest.mark.parametrize("name", ["50%25", "%41", "a%20b c", "100 %"])
def test_a_percent_sign_stays_one(file: Path, name: str) -> None:
    write_run({name: {name: 1.0}}, file)
    assert read_run(file) == {name: {name: 1.0}}


def test_a_name_that_is_not_utf_8(file: Path) -> None:
    run = {"q": {"caf\udce9 au lait": 1.0}}
    write_run(run, file)
    assert read_run(file) == run


@pytest.mark.parametrize("line", ["q Q0 d 1 high tag", "q Q0 d 1 0.5", "too few"])
def test_malformed(file: Path, line: str) -> None:
    file.write_text(f"q Q0 d 1 0.5 tag\n\n{line}\n")
    with pytest.raises(SemsearchError, match=r"a\.run:3: not `query Q0"):
        read_run(file)


def test_no_such_place(tmp_path: Path) -> None:
    with pytest.raises(SemsearchError, match="cannot be written"):
        write_run({"q": {"d": 1.0}}, tmp_path / "no" / "folder.run")
    with pytest.raises(SemsearchError, match="cannot be read"):
        read_run(tmp_path / "no.run")
