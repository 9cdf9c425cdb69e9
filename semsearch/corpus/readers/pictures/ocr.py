"""What recognizes letters in pictures: an interface, and the one library behind it, which is the extra `ocr`.

Nothing here is loaded before there is a picture to read, and nothing asks a network for a model.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from semsearch.settings import Settings

    Pixels: TypeAlias = NDArray[np.uint8]
    """(height, width, 3), red, green and blue."""

__all__ = ["INSTALL", "PICTURES", "Recognizer", "Written", "installed", "recognizer", "switched_on", "why_not"]

PICTURES = frozenset(("png", "jpg", "tif", "webp", "bmp", "gif"))
"""Types of files that are looked at for text."""
INSTALL = 'pip install "semsearch[ocr]"'


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


def installed() -> bool:
    """Tell whether the extra is here; nothing is imported."""
    try:
        return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "PIL"))
    except (ImportError, ValueError):
        return False


def switched_on(settings: Settings) -> bool:
    """Tell whether text in pictures is read."""
    return settings.ocr and installed()


def why_not(settings: Settings) -> str:
    """Return why pictures are not read; empty when they are."""
    if not settings.ocr:
        return "a picture, and reading pictures is switched off: index --ocr"
    return "" if installed() else f"a picture: {INSTALL} makes its text searchable"


@cache
def recognizer() -> Recognizer:
    """Return the recognizer of this process; its models are loaded by the first picture."""
    from semsearch.corpus.readers.pictures.rapidocr import RapidRecognizer

    return RapidRecognizer()
