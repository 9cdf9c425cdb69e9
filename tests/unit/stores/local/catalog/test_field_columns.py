"""Filters on columns and on the path index give the same results as testing every document."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from semsearch.conditions import Filter, Operator
from semsearch.errors import InvalidFilter
from semsearch.filters import matches
from semsearch.stores.local.catalog.select import RowSet, matching_documents
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.view import View
from semsearch.stores.local.writer import Writer
from semsearch.types.documents import Value
from tests.crash.build import ENCODER, new_index, record

VALUES: list[Value] = [3, 1, True, False, None, 2.5, "10", "b, c", "2024-05-01", -7, 1e9, "", "2024", 1]
NOTHING: Mapping[str, Value] = {}
ASKED = ["1", "2.5", "true", "b", "2024", "10k", "", "-7", "zebra"]


def put(writer: Writer, name: str, metadata: Mapping[str, Value] = NOTHING, source: int = 0) -> None:
    made, embedded = record(name, f"the line of {name.encode(errors='replace').decode()}\n")
    vectors = dict(enumerate(ENCODER.encode_passages(embedded)))
    writer.put(made._replace(metadata=metadata, source=source), embedded, vectors, {})


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    layout = new_index(tmp_path_factory.mktemp("columns") / "index")
    with Writer(layout) as writer:
        for number, value in enumerate(VALUES):
            put(writer, f"d{number}", {"mixed": value})
        writer.commit()
    return layout


@pytest.mark.parametrize("operator", list(Operator))
@pytest.mark.parametrize("asked", ASKED)
def test_a_column_passes_what_single_tests_pass(layout: Layout, operator: Operator, asked: str) -> None:
    wanted = [n + 1 for n, value in enumerate(VALUES) if matches(Filter("mixed", operator, asked), value)]
    reader = Reader(layout)
    with reader.view() as view:
        for _ in range(2):  # the second time from memory
            found = matching_documents(
                view.connection, view.sources, [Filter("mixed", operator, asked)], (), view.state.columns
            )
            assert found.tolist() == wanted
    reader.close()


def test_an_unknown_field_is_named(layout: Layout) -> None:
    reader = Reader(layout)
    with reader.view() as view, pytest.raises(InvalidFilter, match=r"`colour`.*mixed"):
        view.select([Filter("colour", Operator.EQ, "red")])
    reader.close()


def below(view: View, prefix: str) -> set[str]:
    numbers = matching_documents(view.connection, view.sources, (), (prefix,)).tolist()
    rows = view.rows("SELECT id, path FROM documents")
    return {os.fsdecode(path) for number, path in rows if number in numbers}


def test_paths_below_a_prefix(tmp_path: Path) -> None:
    odd = os.fsdecode(b"a/\xff/x")
    names = ["a/b", "a/b/c", "a/b-c", "a", "ab/c", "a/b0", odd, "/top/x", "ä/ö", "a/%_"]
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for name in names:
            put(writer, name)
        writer.commit()
    reader = Reader(layout)
    with reader.view() as view:
        for prefix in ["a", "a/", "a/b", os.fsdecode(b"a/\xff"), "/top", "/", "ä", "a/%_", "zz", odd]:
            short = prefix.rstrip("/")
            wanted = {n for n in names if n == short or n.startswith(short + "/")}
            assert below(view, prefix) == wanted, prefix
    reader.close()


def test_a_root_and_its_parents(tmp_path: Path) -> None:
    layout = new_index(tmp_path / "project" / "index")
    with Writer(layout) as writer:
        source = writer.add_source(tmp_path / "project" / "docs")
        for name in ("x/one", "xy/two"):
            put(writer, name, source=source)
        writer.commit()
    reader = Reader(layout)
    with reader.view() as view:
        root = str(tmp_path / "project" / "docs")
        assert below(view, root) == below(view, str(tmp_path)) == {"x/one", "xy/two"}
        assert below(view, f"{root}/x") == {"x/one"}
        assert below(view, f"{root}x") == set()
        keep = view.select([], [f"{root}/x"])
        assert isinstance(keep, RowSet)
        assert np.array_equal(keep.rows, [0])
    reader.close()
