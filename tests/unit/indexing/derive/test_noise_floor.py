"""With a thread-safe encoder, the queries of the floor are encoded in parallel, and passages as token rows."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from semsearch.api.index import Index
from semsearch.indexing.derive.noise_floor import update_floor
from semsearch.types.models import Row, Tokenized, TokenizingOnce
from tests.contract.hashing_encoder import HashingEncoder

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings


class Once(HashingEncoder):
    """The hashing encoder with characters as tokens, so that rows can be read back, and its own counters."""

    joins = False

    def __init__(self) -> None:
        super().__init__()
        self.rows_encoded, self.threads = 0, list[str]()

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        self.threads.append(threading.current_thread().name)
        return super().encode_queries(texts)

    def tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        return [Tokenized(range(len(spans)), spans) for spans in self.token_spans(texts)]

    def row(self, ids: Sequence[int]) -> Row:
        raise AssertionError("its tokens do not join")

    def rows(self, texts: Sequence[str]) -> list[Row]:
        return [array("i", map(ord, text)) for text in texts]

    def encode_rows(self, rows: Sequence[Row]) -> Embeddings:
        self.rows_encoded += len(rows)
        return self.encode_passages(["".join(map(chr, row)) for row in rows])


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for i in range(80):
        (folder / f"{i}.md").write_text(f"# Note {i}\n\n" + f"The heron number {i} stands in the reeds. " * (i % 9 + 1))
    return folder


def vectors(index: Index) -> dict[str, Embeddings]:
    with index._opened.view() as view:
        return {d.id: view.vectors(view.passages_of(d.id)) for d in index.documents()}


def test_rows_make_the_same_index(docs: Path, tmp_path: Path) -> None:
    once = Once()
    assert isinstance(once, TokenizingOnce)
    with Index.create(tmp_path / "a", encoder=once) as a, Index.create(tmp_path / "b", encoder=HashingEncoder()) as b:
        assert a.index([docs]).encoded == b.index([docs]).encoded == once.rows_encoded
        first, second = vectors(a), vectors(b)
        assert len(first) == 80
        assert all(np.array_equal(first[d], second[d]) for d in second)


def test_a_first_run_has_the_floor_that_is_measured_afterwards(docs: Path, tmp_path: Path) -> None:
    once = Once()
    with Index.create(tmp_path / "index", encoder=once) as index:
        index.index([docs])
        assert [name.rstrip("_0123456789") for name in once.threads] == ["semsearch-floor"]
        with index._opened.writer() as writer:
            floor = writer.meta_value("floor")
            writer.set_meta("floor", None)
            writer.commit()
            assert update_floor(writer, lambda: once)
            assert writer.meta_value("floor") == floor
        index.index([docs])
        assert len(once.threads) == 2  # a floor that is there is not measured again


def test_errors_of_the_floor_are_raised(docs: Path, tmp_path: Path) -> None:
    class Failing(Once):
        def encode_queries(self, texts: Sequence[str]) -> Embeddings:
            raise OSError("the queries' runtime cannot be opened")

    with (
        Index.create(tmp_path / "index", encoder=Failing()) as index,
        pytest.raises(OSError, match="the queries' runtime"),
    ):
        index.index([docs])
