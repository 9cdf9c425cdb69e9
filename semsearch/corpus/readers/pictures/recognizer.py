"""What recognizes letters in a picture, as an interface."""

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
    """A piece of a line as it stands in a picture: how sure its text is, 0 to 1, and its box in pixels from above."""

    text: str
    confidence: float
    left: float
    top: float
    right: float
    bottom: float


class Recognizer(Protocol):
    """Finds what is written in a picture."""

    def __call__(self, pixels: Pixels) -> Sequence[Written]:
        """Return the pieces of lines that are found, sure or not, in any order."""
