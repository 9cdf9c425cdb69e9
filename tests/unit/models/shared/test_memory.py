"""Out-of-memory errors are recognized in every runtime, and the batch is halved."""

from __future__ import annotations

import pytest

from semsearch.errors import SemsearchError
from semsearch.models.shared.memory import halving, out_of_memory


def test_out_of_memory_errors_are_recognized() -> None:
    import torch

    with pytest.raises(RuntimeError) as failed:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert out_of_memory(failed.value)
    assert out_of_memory(MemoryError())
    assert out_of_memory(RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : std::bad_alloc"))
    assert not out_of_memory(RuntimeError("shapes do not fit"))


def test_a_batch_is_halved_until_it_fits() -> None:
    tried: list[int] = []

    def run(batch: int) -> str:
        tried.append(batch)
        if batch > 2:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory")
        return f"in {batch}"

    assert halving(run, 8, "it") == "in 2"
    assert tried == [8, 4, 2]


def test_one_row_that_does_not_fit_gives_one_clear_line_and_other_errors_pass() -> None:
    def memory(batch: int) -> str:
        raise MemoryError

    def fault(batch: int) -> str:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(SemsearchError, match=r"^not enough memory to rerank with it: "):
        halving(memory, 8, "it")
    with pytest.raises(RuntimeError, match=r"shapes"):
        halving(fault, 8, "it")
