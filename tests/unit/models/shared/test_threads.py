from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.errors import InvalidQuery
from semsearch.models.encoder.onnx_encoder import batches
from semsearch.models.shared.threads import thread_count


def test_threads_are_at_most_the_processors_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEMSEARCH_THREADS", raising=False)
    assert 1 <= thread_count() <= (os.cpu_count() or 1)


def test_threads_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_THREADS", "7")
    assert thread_count() == 7


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_an_invalid_number_of_threads(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_THREADS", value)
    with pytest.raises(InvalidQuery, match="SEMSEARCH_THREADS is"):
        thread_count()


@given(st.lists(st.integers(0, 600), max_size=200), st.sampled_from([0, 1, 64, 512]))
def test_batches_contain_every_row_once_within_the_budget(lengths: list[int], budget: int) -> None:
    planned = list(batches(lengths, budget))
    assert sorted(row for batch in planned for row in batch) == list(range(len(lengths)))
    for batch in planned:
        longest = lengths[batch[0]]
        assert longest == max(lengths[row] for row in batch)
        assert len(batch) == 1 or max(1, longest) * len(batch) <= budget
    if budget == 0:
        assert all(len(batch) == 1 for batch in planned)
