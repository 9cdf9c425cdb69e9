"""Searching for files by name or title: quoted, with their extension, in another spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch import Index
from tests.contract.hashing_encoder import HashingEncoder

FILES = {
    "Heat pump.md": "It hums at night, and stops when the sun comes up.\n",
    "kettle.md": "---\ntitle: Copper kettle\n---\n\nPolish it with vinegar and salt.\n",
    "page.html": "<html><head><title>Winter larder</title></head><body><p>Shelves for jars of plums.</p></body></html>",
    "Empty harvest.txt": "",
    "garden/Brinkmann.txt": "The neighbour lends his ladder on Sundays.\n",
    "links.md": "See Heat pump, Brinkmann, the copper pan and the kettle. A heat pump is a pump.\n" * 3,
    "invoice_2031-02-21.txt": "Forty roof tiles, delivered.\n",
    "renderCustomer.py": "def draw(customer):\n    return customer\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("names")
    for name, text in FILES.items():
        (folder / "docs" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "docs" / name).write_text(text)
    made = Index.create(folder / "index", encoder=HashingEncoder())
    made.index([folder / "docs"])
    return made


def found(index: Index, query: str) -> list[str]:
    return [Path(hit.path).name for hit in index.search(query).hits]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ('"heat pump"', "Heat pump.md"),
        ('"copper kettle"', "kettle.md"),
        ('"Winter Larder"', "page.html"),
        ('"empty harvest"', "Empty harvest.txt"),
        ('"Brinkmann"', "Brinkmann.txt"),
    ],
)
def test_a_quoted_phrase_may_occur_in_a_title_or_name_only(index: Index, query: str, name: str) -> None:
    assert name in found(index, query)


@pytest.mark.parametrize("query", ['"kettle polish"', '"larder shelves"', '"pump it"', '"garden brinkmann the"'])
def test_no_phrase_runs_from_a_title_or_a_name_into_the_text(index: Index, query: str) -> None:
    assert found(index, query) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("heat pump", "Heat pump.md"),
        ("Heat pump.md", "Heat pump.md"),
        ("heat-pump", "Heat pump.md"),
        ("brinkmann", "Brinkmann.txt"),
        ("Brinkmann.txt", "Brinkmann.txt"),
        ("empty harvest", "Empty harvest.txt"),
        ("invoice 2031-02-21", "invoice_2031-02-21.txt"),
        ("2031-02-21", "invoice_2031-02-21.txt"),
        ("renderCustomer", "renderCustomer.py"),
        ("render customer", "renderCustomer.py"),
    ],
)
def test_the_file_that_is_named_comes_first(index: Index, query: str, name: str) -> None:
    assert found(index, query)[:1] == [name]


@pytest.mark.parametrize("query", ["kettle with vinegar", "ladder on Sundays"])
def test_a_question_is_no_name(index: Index, query: str) -> None:
    assert found(index, query)[:1] == [{"kettle": "kettle.md", "ladder": "Brinkmann.txt"}[query.split()[0]]]
