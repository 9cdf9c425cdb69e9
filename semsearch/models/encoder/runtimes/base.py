"""The interface of a runtime, and the names by which one is asked for. Nothing heavy is imported here."""

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
        """To which of the two precisions of an index its vectors belong."""
        return Precision.INT8 if self in (RuntimeName.ONNX_INT8, RuntimeName.OPENVINO_INT8) else Precision.FLOAT32


class Runtime(Protocol):
    """A compiled graph that is open. Many threads may call it at once; each call is one thread's work."""

    @property
    def name(self) -> RuntimeName:
        """Which one it is."""

    @property
    def batch_tokens(self) -> int:
        """Tokens of a batch that it is fastest with, padding included."""

    @property
    def most_padding(self) -> float:
        """Padding of a batch as a share of its real tokens, at most."""

    @property
    def few_lengths(self) -> bool:
        """Whether it wants rows of few different lengths: see `batching.padded_length`."""

    def run(self, output: str, ids: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
        """Return one output of the graph, float32, for (rows, length) int64 token ids and their mask."""


def asked_runtime() -> RuntimeName | None:
    """Return what SEMSEARCH_RUNTIME asks for, if it does. Raises InvalidQuery for a name that is none."""
    asked = os.environ.get(SETTING, "")
    if not asked:
        return None
    try:
        return RuntimeName(asked)
    except ValueError:
        names = ", ".join(RuntimeName)
        raise InvalidQuery(f"{SETTING} is {asked!r}: choose one of {names}, or unset it") from None
