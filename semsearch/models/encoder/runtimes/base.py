"""The interface of a runtime, and the names to select one by. Nothing heavy is imported here."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from semsearch.errors import InvalidQuery
from semsearch.types.models import Precision

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["SETTING", "Runtime", "RuntimeName", "asked_runtime"]

SETTING = "SEMSEARCH_RUNTIME"


class RuntimeName(StrEnum):
    """A library and the precision it computes in."""

    ONNX_FP32 = "onnx-fp32"
    ONNX_INT8 = "onnx-int8"
    """Weights in 8 bits, activations with one scale a token."""
    OPENVINO_F32 = "openvino-f32"
    OPENVINO_BF16 = "openvino-bf16"
    OPENVINO_INT8 = "openvino-int8"
    """The same weights in 8 bits, activations with one scale for 128 values of a token."""
    TORCH = "torch"
    """sentence-transformers itself: also what runs a model that does not export."""

    @property
    def precision(self) -> Precision:
        """The precision of an index that its vectors belong to."""
        return Precision.INT8 if self in (RuntimeName.ONNX_INT8, RuntimeName.OPENVINO_INT8) else Precision.FLOAT32


class Runtime(Protocol):
    """An open compiled graph. Many threads may call it at once; each call runs on one thread."""

    @property
    def name(self) -> RuntimeName:
        """The runtime's name."""

    @property
    def batch_tokens(self) -> int:
        """The fastest batch size in tokens, padding included."""

    @property
    def most_padding(self) -> float:
        """Largest padding of a batch, as a share of its real tokens."""

    @property
    def few_lengths(self) -> bool:
        """Whether it needs rows of few different lengths: see `batching.padded_length`."""

    def run(self, output: str, ids: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
        """Return one output of the graph, float32, for (rows, length) int64 token ids and their mask."""


def asked_runtime() -> RuntimeName | None:
    """Return the runtime that SEMSEARCH_RUNTIME names, if any. Raises InvalidQuery for an unknown name."""
    asked = os.environ.get(SETTING, "")
    if not asked:
        return None
    try:
        return RuntimeName(asked)
    except ValueError:
        names = ", ".join(RuntimeName)
        raise InvalidQuery(f"{SETTING} is {asked!r}: choose one of {names}, or unset it") from None
