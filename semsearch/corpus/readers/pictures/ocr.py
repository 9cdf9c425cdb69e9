"""Selection of the OCR recognizer; its library is the extra `ocr`.

Nothing is loaded before the first picture, and no model is downloaded.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from typing import TYPE_CHECKING

from semsearch.corpus.readers.pictures.recognizer import Recognizer

if TYPE_CHECKING:
    from semsearch.settings import Settings

__all__ = ["INSTALL", "PICTURES", "installed", "recognizer", "switched_on", "why_not"]

PICTURES = frozenset(("png", "jpg", "tif", "webp", "bmp", "gif"))
"""Types of files that are read by OCR."""
INSTALL = 'pip install "semsearch[ocr]"'


def installed() -> bool:
    """Return whether the extra is installed; nothing is imported."""
    try:
        return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "PIL"))
    except (ImportError, ValueError):
        return False


def switched_on(settings: Settings) -> bool:
    """Return whether OCR is enabled and installed."""
    return settings.ocr and installed()


def why_not(settings: Settings) -> str:
    """Return why pictures are not read; empty when they are."""
    if not settings.ocr:
        return "a picture, and OCR is off: index --ocr"
    return "" if installed() else f"a picture: {INSTALL} makes its text searchable"


@cache
def recognizer() -> Recognizer:
    """Return the recognizer of this process; its models are loaded by the first picture."""
    from semsearch.corpus.readers.pictures.rapidocr import RapidRecognizer

    return RapidRecognizer()
