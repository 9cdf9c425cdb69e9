"""Numbers looked up in SQL and, in a state searched repeatedly, in memory are the same."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.state import Numbers
from semsearch.stores.local.writer import Writer
from tests.crash.build import ENCODER, new_index, number_of, put, text_of


def test_cached_numbers_equal_those_of_the_catalogue(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for i in range(8):
            put(writer, f"d{i}", text_of(i))
        writer.commit()
        writer.delete([number_of(writer, "d3")])
        put(writer, "d5", text_of(5) + "one more line about the wolverine\n")
        writer.commit()
    reader = Reader(layout)
    with reader.view() as view:
        ids = np.array([*range(1, 30), 1000])
        rows = np.arange(view.state.rows)
        cold = [view._mapped("id", "row", ids), view._mapped("id", "document", ids), view._mapped("row", "id", rows)]
        assert (cold[0] == -1).any()
        assert (cold[2] == -1).any()
        numbers = Numbers(view.connection, view.state.rows)
        warm = [
            numbers.look_up("id", "row", ids),
            numbers.look_up("id", "document", ids),
            numbers.look_up("row", "id", rows),
        ]
        for one, other in zip(cold, warm, strict=True):
            assert one.tolist() == other.tolist()
    reader.close()


@pytest.mark.parametrize("ids", [[], [7], [1, 2, 3, 9], [5, 90_000], [3, 40_000_000]])
def test_numbers_of_few_and_of_sparse_passages(ids: list[int]) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE passages (id INTEGER, row INTEGER, document INTEGER)")
    connection.executemany("INSERT INTO passages VALUES (?, ?, ?)", [(i, n, 10 * n) for n, i in enumerate(ids)])
    numbers = Numbers(connection, len(ids))
    connection.close()
    asked = np.array([*ids, *(i + 1 for i in ids), 0, -1, -5, 2**40])
    known = {i: n for n, i in enumerate(ids)}
    assert numbers.look_up("id", "row", asked).tolist() == [known.get(i, -1) for i in asked.tolist()]
    assert numbers.look_up("id", "document", asked).tolist() == [10 * known.get(i, -0.1) for i in asked.tolist()]
    assert numbers.look_up("row", "id", np.arange(len(ids))).tolist() == ids


def test_a_search_is_the_same_cold_and_warm(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for i in range(30):
            put(writer, f"d{i}", text_of(i))
        writer.commit()
    reader = Reader(layout)
    vector = ENCODER.encode_queries(["line tells of the otter"])[0]
    seen = []
    for _ in range(40):
        with reader.view() as view:
            seen.append((view.dense(vector, 20).ids.tolist(), view.lexical("otter line", 20).ranking.ids.tolist()))
    assert all(one == seen[0] for one in seen)
    assert reader._state is not None
    assert reader._state._numbers is not None
    reader.close()


def test_a_writer_reuses_the_rows_of_its_own_commits(tmp_path: Path) -> None:
    """Vectors committed just before are reused, not encoded again."""
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for i in range(3):
            put(writer, f"d{i}", text_of(i))
            writer.commit()
            hashes = [h for (h,) in writer.connection.execute("SELECT hash FROM passages")]
            assert writer.known_rows(hashes).keys() == set(hashes), f"after commit {i}"
