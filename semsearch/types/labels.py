"""Heads that were learned on the vectors of an index, and the documents that taught them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Example", "Head", "HeadKind", "suffix_of"]


class HeadKind(StrEnum):
    """What a head tells: one of its categories, or a number."""

    CATEGORY = "category"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled document: its number in the catalogue, where it stood, and what a person said of it.

    `path` is below the root `source`, as the catalogue has it, so an index and its files can move together.
    """

    number: int
    source: int
    path: str
    value: str | int | float


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """A linear head over the mean vector of a document: `features @ weights.T + bias`, (n, outputs).

    A category head has an output for each of `classes` (softmax), a number head has one. `fingerprint` names the
    encoder whose vectors it was learned on; of other vectors it knows nothing.
    """

    field: str
    kind: HeadKind
    fingerprint: str
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    classes: tuple[str, ...]
    examples: tuple[Example, ...]
    error: float
    """Of a number: the root mean squared error of its cross-validation."""
    report: dict[str, Any]
    """What its cross-validation said, for `label list`."""


def suffix_of(kind: HeadKind) -> str:
    """Return what stands after the field's name to ask how sure its value is."""
    return ".confidence" if kind is HeadKind.CATEGORY else ".error"
