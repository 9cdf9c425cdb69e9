"""Which texts go through a model together: long ones first, as many as a budget of tokens allows, little padding."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

__all__ = ["MOST_PADDING", "Counted", "batches"]

MOST_PADDING = 0.05
"""Padding of a batch as a share of its real tokens, at most."""


@dataclass(slots=True)
class Counted:
    """Tokens that went through an encoder since it was made, and those of them that were padding."""

    tokens: int = 0
    padding: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def add(self, lengths: Sequence[int], planned: Sequence[Sequence[int]]) -> None:
        """Count batches of rows with these lengths."""
        real = sum(lengths)
        whole = sum(len(batch) * lengths[batch[0]] for batch in planned)
        with self._guard:
            self.tokens += whole
            self.padding += whole - real


def batches(lengths: Sequence[int], budget: int, most_padding: float = MOST_PADDING) -> Iterator[list[int]]:
    """Yield the numbers of all rows, longest first: `budget` tokens with their padding, or one row, in each batch.

    A batch ends where one more row would make more than `most_padding` (a share of its real tokens) of padding.
    """
    order = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    batch: list[int] = []
    real = 0
    for number in order:
        whole = (len(batch) + 1) * max(1, lengths[batch[0] if batch else number])
        wasteful = whole - real - lengths[number] > most_padding * (real + lengths[number])
        if batch and (whole > budget or wasteful):
            yield batch
            batch, real = [], 0
        batch.append(number)
        real += lengths[number]
    if batch:
        yield batch
