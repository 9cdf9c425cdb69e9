from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semsearch.models.batching import MOST_PADDING, Counted, batches


@given(st.lists(st.integers(1, 300), max_size=200), st.integers(0, 3000))
def test_every_row_is_in_one_batch_that_keeps_to_the_budget_and_is_hardly_padded(
    lengths: list[int], budget: int
) -> None:
    planned = list(batches(lengths, budget))
    assert sorted(number for batch in planned for number in batch) == list(range(len(lengths)))
    for batch in planned:
        longest = max(lengths[number] for number in batch)
        assert lengths[batch[0]] == longest
        assert len(batch) == 1 or len(batch) * longest <= budget
        real = sum(lengths[number] for number in batch)
        assert len(batch) * longest - real <= MOST_PADDING * real


def test_rows_of_one_length_fill_the_budget() -> None:
    assert [len(batch) for batch in batches([100] * 12, 512)] == [5, 5, 2]


def test_padding_is_counted() -> None:
    counted = Counted()
    lengths = [100, 98, 10]
    counted.add(lengths, list(batches(lengths, 512)))
    assert (counted.tokens, counted.padding) == (210, 2)
