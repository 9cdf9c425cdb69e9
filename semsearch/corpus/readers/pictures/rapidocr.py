"""RapidOCR as a recognizer: PP-OCRv6 small finds lines and reads each of them, run by ONNX Runtime on one thread.

The weights lie in the library's wheel and are named by their paths, so that it has nothing to fetch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import sqrt
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers.pictures.recognizer import Written
from semsearch.errors import SourceUnreadable

if TYPE_CHECKING:
    from semsearch.corpus.readers.pictures.recognizer import Pixels

__all__ = ["RapidRecognizer"]

_AREA = 1_000_000
"""Pixels that the detector sees: with half it misses small letters of a screen; a million take 280 MB and 1.5 s."""
_SIDE = 2600
"""Pixels of the longer side that letters are read at."""
_NO_MEMORY = ("memory", "alloc", "map segment")
"""Words of what the libraries raise when there is no more memory; none of them raises MemoryError."""


class RapidRecognizer:
    """RapidOCR, loaded when it is first called; one picture at a time."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._engine: Any = None

    def __call__(self, pixels: Pixels) -> Sequence[Written]:
        """Return what is found. Raises MemoryError, and SourceUnreadable where the library has no models."""
        try:
            return self._found(pixels)
        except (SourceUnreadable, MemoryError):
            raise
        except Exception as error:
            if any(word in str(error).lower() for word in _NO_MEMORY):
                raise MemoryError from error
            raise

    def _found(self, pixels: Pixels) -> list[Written]:
        height, width = pixels.shape[:2]
        side = min(_SIDE, round(max(height, width) * min(1.0, sqrt(_AREA / (height * width)))))
        if self._engine is None:
            self._engine = _loaded(side)
        elif self._engine.text_det is not None:
            self._engine.text_det.limit_side_len = side
        result = self._engine(pixels[:, :, ::-1])  # as OpenCV has it: blue first
        if result.boxes is None or not result.txts:
            return []
        return [
            Written(
                text,
                float(confidence),
                float(corners[:, 0].min()),
                float(corners[:, 1].min()),
                float(corners[:, 0].max()),
                float(corners[:, 1].max()),
            )
            for text, confidence, corners in zip(result.txts, result.scores, result.boxes, strict=True)
        ]


def _loaded(side: int) -> Any:
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # its threads take memory for work that they do not get
    import cv2

    with _no_requests():
        import rapidocr

        engine = rapidocr.RapidOCR  # which loads the rest of the package

    cv2.setNumThreads(1)
    folder = Path(rapidocr.__file__).parent / "models"
    return engine(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Global.use_cls": False,  # it turns long lines that stand upright
            "Global.max_side_len": _SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": _model(folder, "det"),
            "Det.thresh": 0.2,
            "Det.box_thresh": 0.3,  # finds what stands alone on a large screen; its reader rejects what is not text
            "Det.limit_type": "max",
            "Det.limit_side_len": side,
            "Rec.model_path": _model(folder, "rec"),
            "Rec.rec_batch_num": 1,  # several lines of one length at once take twice the memory and no less time
        }
    )


@contextmanager
def _no_requests() -> Iterator[None]:
    """Let nothing import requests, with which rapidocr would fetch models, and which opens a socket to be imported.

    rapidocr keeps what stands for it here, and fails where it would fetch anything.
    """
    standing = ModuleType("requests")
    standing.Response = object  # type: ignore[attr-defined]
    known = sys.modules.get("requests")
    sys.modules["requests"] = standing
    try:
        yield
    finally:
        del sys.modules["requests"]
        if known is not None:
            sys.modules["requests"] = known


def _model(folder: Path, kind: str) -> str:
    found = sorted(folder.glob(f"*_{kind}_*.onnx"))
    if not found:
        raise SourceUnreadable(f"a picture: the package rapidocr has no models in it ({kind})")
    return str(found[-1])
