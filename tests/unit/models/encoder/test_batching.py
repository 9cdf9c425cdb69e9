from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from semsearch.models.encoder.batching import MOST_PADDING, Counted, batches, padded_length


@given(st.lists(st.integers(1, 300), max_size=200), st.integers(0, 3000))
def test_every_row_is_in_one_batch_within_the_budget_and_with_little_padding(lengths: list[int], budget: int) -> None:
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
    counted.add(lengths, lengths, list(batches(lengths, 512)))
    assert (counted.tokens, counted.padding) == (210, 2)
    counted.add([99, 9], [104, 10], [[0], [1]])
    assert (counted.tokens, counted.padding) == (324, 8)


def test_a_row_is_padded_to_one_of_few_lengths_within_the_limit() -> None:
    padded = [padded_length(length, 256) for length in range(1, 257)]
    assert all(length <= longer <= length + 7 for length, longer in enumerate(padded, 1))
    assert len(set(padded)) < 50
    assert sum(padded) <= 1.03 * sum(range(1, 257))
    assert [padded_length(length, 77) for length in (70, 73, 77)] == [72, 77, 77]
