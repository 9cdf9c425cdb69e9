"""What a caller gives to `Index.add`: one bad item costs that item, and what fails keeps what came before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import UserDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semsearch import Document, Index
from tests.contract.hashing_encoder import HashingEncoder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as made:
        yield made


def test_a_bad_item_costs_that_item(index: Index) -> None:
    good = [Document(f"d{n}", f"Document {n} tells of boats.") for n in range(50)]
    bad: list[Any] = [
        Document("none", "text", "", None),  # type: ignore[arg-type]
        {"id": "x", "text": "y"},
        ("id", "text"),
        None,
        Document("", "text"),
        Document("list", "text", "", {"tags": [["nested"]]}),  # type: ignore[dict-item]
    ]
    summary = index.add([*good, *bad, Document("last", "The last one.")])
    assert summary.added == 51
    assert [s.position for s in summary.skipped] == [50, 51, 52, 53, 54, 55]
    told = [(s.path, s.reason) for s in summary.skipped]
    assert told[0] == ("none", "its metadata is of type NoneType, not a mapping of names to values")
    assert told[1] == ("documents[51]", "it is of type dict, not a Document")
    assert told[2][1] == "it is of type tuple, not a Document"
    assert told[4] == ("documents[54]", "it has no id (a non-empty string)")
    assert index.search("last one").hits


def test_metadata_that_raise_when_they_are_read_cost_their_document(index: Index) -> None:
    class ClosedRow(UserDict[str, Any]):
        def __iter__(self) -> Iterator[str]:
            raise RuntimeError("the session\nis closed")

    summary = index.add(
        [Document("a", "The hull."), Document("row", "The keel.", "", ClosedRow()), Document("b", "Oar.")]
    )
    assert summary.added == 2
    assert [(s.path, s.reason) for s in summary.skipped] == [
        ("row", "its metadata cannot be read: RuntimeError: the session is closed")
    ]


def test_a_generator_that_raises_keeps_what_came_before(index: Index) -> None:
    class Broken(Exception):
        pass

    def documents() -> Iterator[Document]:
        for n in range(300):
            yield Document(f"d{n}", f"Document {n} tells of boats.")
        raise Broken("the source ended")

    with pytest.raises(Broken, match="the source ended") as told:
        index.add(documents())
    assert told.value.__notes__ == ["semsearch: raised while getting documents[300]; the 300 before it are committed"]
    assert index.status().documents == 300
    again = index.add(Document(f"d{n}", f"Document {n} tells of boats.") for n in range(301))
    assert (again.unchanged, again.added) == (300, 1)


LOOP = """
import os, signal, sys
from semsearch import Document, Index
from tests.contract.hashing_encoder import HashingEncoder

def documents():
    for n in range(10_000):
        if n == 500:
            os.kill(os.getpid(), signal.SIGINT)
        yield Document(f"d{n}", f"Document {n} tells of boats.")

rounds = 0
try:
    with Index.create(sys.argv[1], encoder=HashingEncoder()) as index:
        while True:
            rounds += 1
            index.add(documents())
except KeyboardInterrupt:
    print("ended in round", rounds)
"""


def test_ctrl_c_ends_the_loop_of_the_caller_with_what_is_done_committed(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", LOOP, str(tmp_path / "index")],
        capture_output=True,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        timeout=120,
        check=False,
    )
    assert done.stdout == "ended in round 1\n", done.stderr
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:
        assert 0 < index.status().documents <= 501
