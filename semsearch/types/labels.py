"""Label heads (linear models trained on the vectors of an index) and their training examples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Example", "Head", "HeadKind", "suffix_of"]


class HeadKind(StrEnum):
    """What a head predicts: one of its categories, or a number."""

    CATEGORY = "category"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document: its number in the catalogue, its place, and the value that a person gave it.

    `path` is relative to the root `source`, as in the catalogue, so an index and its files can move together.
    """

    number: int
    source: int
    path: str
    value: str | int | float


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear head over the mean vector of a document: `features @ weights.T + bias`, (n, outputs).

    A category head has an output for each of `classes` (softmax), a number head has one. `fingerprint` names the
    encoder whose vectors it was trained on; it cannot score vectors of another one.
    """

    field: str
    kind: HeadKind
    fingerprint: str
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    classes: tuple[str, ...]
    examples: tuple[Example, ...]
    error: float
    """For a number: the root mean squared error in cross-validation."""
    report: dict[str, Any]
    """The cross-validation results, for `label list`."""


def suffix_of(kind: HeadKind) -> str:
    """Return the suffix of the field that holds how certain a label is: its confidence, or its error."""
    return ".confidence" if kind is HeadKind.CATEGORY else ".error"
