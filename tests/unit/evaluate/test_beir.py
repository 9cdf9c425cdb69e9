"""A collection in BEIR format, and every way in which it can be malformed."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import SemsearchError
from semsearch.evaluate.beir import load

CORPUS = (
    '{"_id": "d1", "title": "One", "text": "first", "metadata": {"year": 2020, "odd": [1]}}\n\n'
    '{"_id": 2, "text": "é"}\n'
)
QUERIES = (
    '{"_id": "q1", "text": "what"}\n{"_id": "unjudged", "text": "x"}\n{"_id": "q0", "text": "why", "metadata": {}}\n'
)
QRELS = "query-id\tcorpus-id\tscore\nq0\td1\t2\nq1\t2\t1\nq1\td1\t0\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "corpus.jsonl").write_text(CORPUS, encoding="utf-8")
    (tmp_path / "queries.jsonl").write_text(QUERIES, encoding="utf-8")
    (tmp_path / "qrels" / "test.tsv").write_text(QRELS, encoding="utf-8")
    return tmp_path


def test_the_contents(folder: Path) -> None:
    collection = load(folder)
    assert list(collection.queries.items()) == [("q1", "what"), ("q0", "why")]
    assert collection.qrels == {"q0": {"d1": 2}, "q1": {"2": 1, "d1": 0}}
    one, two = collection.documents()
    assert (one.id, one.title, one.text, one.metadata) == ("d1", "One", "first", {"year": 2020, "odd": (1,)})
    assert (two.id, two.title, two.text) == ("2", "", "é")


def test_qrels_without_a_header_and_a_byte_order_mark(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q0\td1\t1\n", encoding="utf-8-sig")
    assert load(folder).qrels == {"q0": {"d1": 1}}


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_file_that_is_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(SemsearchError, match=f"{name} is missing"):
        load(folder)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{oops\n', "corpus.jsonl:2: not JSON"),
        ("corpus.jsonl", "[1]\n", "corpus.jsonl:1: not a JSON object"),
        ("corpus.jsonl", '{"text": "x"}\n', "corpus.jsonl:1: `_id` must be a string"),
        ("corpus.jsonl", '{"_id": "", "text": "x"}\n', "corpus.jsonl:1: `_id` must be a string"),
        ("corpus.jsonl", '\n{"_id": "a"}\n', "corpus.jsonl:2: `text` must be a string"),
        ("corpus.jsonl", '{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n', "corpus.jsonl:2: duplicate"),
        ("queries.jsonl", '{"_id": "q0"}\n', "queries.jsonl:1: `text` must be a string"),
        ("queries.jsonl", '{"_id": "q0", "text": "x"}\n', "queries.jsonl: no query 'q1'"),
        ("qrels/test.tsv", "q0 d1 1\n", "test.tsv:1: not `query-id<TAB>"),
        ("qrels/test.tsv", QRELS + "q0\td1\thigh\n", "test.tsv:5: not `query-id<TAB>"),
        ("qrels/test.tsv", "query-id\tcorpus-id\tscore\n", "has no judgements"),
    ],
)
def test_malformed(folder: Path, name: str, text: str, message: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(SemsearchError, match=message) as caught:
        list(load(folder).documents())
    assert "\n" not in str(caught.value)


def test_not_utf_8(folder: Path) -> None:
    (folder / "queries.jsonl").write_bytes(b'{"_id": "q0", "text": "caf\xe9"}\n')
    with pytest.raises(SemsearchError, match="not UTF-8"):
        load(folder)
