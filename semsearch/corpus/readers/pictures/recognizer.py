"""The interface of text recognizers for pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]
    """(height, width, 3), red, green and blue."""

__all__ = ["Recognizer", "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of a line in a picture: its text, its confidence from 0 to 1, and its box in pixels from the top."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


class Recognizer(Protocol):
    """Recognizes the text in a picture."""

    def __call__(self, pixels: Pixels) -> Sequence[Written]:
        """Return the recognized pieces of lines, confident or not, in any order."""
