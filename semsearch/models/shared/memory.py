"""Out-of-memory errors of a model: how they are recognized, retried with smaller batches, and reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from semsearch.errors import SemsearchError

__all__ = ["halving", "out_of_memory", "rerank_memory"]

_SIGNS = (
    "bad_alloc", "bad allocation", "failed to allocate", "can't allocate memory", "not enough memory", "out of memory",
)  # fmt: skip
_Result = TypeVar("_Result")


def out_of_memory(error: BaseException) -> bool:
    """Return whether a model ran out of memory; each runtime reports that in its own words."""
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _SIGNS)


def halving(run: Callable[[int], _Result], batch: int, name: str) -> _Result:
    """Return `run(batch)`; when that does not fit into memory, retry with half of the batch, down to one row.

    Raises SemsearchError, for the reranker `name`, when one row does not fit.
    """
    while True:
        try:
            return run(batch)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            if batch == 1:
                raise rerank_memory(name) from error
        batch //= 2


def rerank_memory(name: str) -> SemsearchError:
    """Return the error for a pass of a single pair that did not fit into memory."""
    return SemsearchError(
        f"not enough memory to rerank with {name}: set SEMSEARCH_THREADS=1, take a smaller model, or do not rerank"
    )
