"""RapidOCR as a recognizer: PP-OCRv6 small detects and reads lines, run by ONNX Runtime on one thread.

The weights are part of the library's wheel and are passed by path, so that nothing is downloaded.
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
"""Pixels that the detector sees: half would miss small letters on a screen; a million take 280 MB and 1.5 s."""
_SIDE = 2600
"""Pixels of the longer side at which letters are read."""
_NO_MEMORY = ("memory", "alloc", "map segment")
"""Words in the libraries' out-of-memory errors; none of them raises MemoryError."""


class RapidRecognizer:
    """RapidOCR, loaded at the first call; one picture at a time."""

    def __init__(self) -> None:
        """Load nothing yet."""
        self._engine: Any = None

    def __call__(self, pixels: Pixels) -> Sequence[Written]:
        """Return the recognized text. Raises MemoryError, and SourceUnreadable when the library has no models."""
        try:
            return self._recognize(pixels)
        except (SourceUnreadable, MemoryError):
            raise
        except Exception as error:
            if any(word in str(error).lower() for word in _NO_MEMORY):
                raise MemoryError from error
            raise

    def _recognize(self, pixels: Pixels) -> list[Written]:
        height, width = pixels.shape[:2]
        side = min(_SIDE, round(max(height, width) * min(1.0, sqrt(_AREA / (height * width)))))
        if self._engine is None:
            self._engine = _load(side)
        elif self._engine.text_det is not None:
            self._engine.text_det.limit_side_len = side
        result = self._engine(pixels[:, :, ::-1])  # BGR, as in OpenCV
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


def _load(side: int) -> Any:
    if "numpy" not in sys.modules:
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # idle threads would still take memory
    import cv2

    with _no_requests():
        import rapidocr

        engine = rapidocr.RapidOCR  # loads the rest of the package

    cv2.setNumThreads(1)
    folder = Path(rapidocr.__file__).parent / "models"
    return engine(
        params={
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Global.use_cls": False,  # it would rotate long vertical lines
            "Global.max_side_len": _SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": _model(folder, "det"),
            "Det.thresh": 0.2,
            "Det.box_thresh": 0.3,  # finds isolated text on large screens; the confidence excludes what is not text
            "Det.limit_type": "max",
            "Det.limit_side_len": side,
            "Rec.model_path": _model(folder, "rec"),
            "Rec.rec_batch_num": 1,  # larger batches take twice the memory and no less time
        }
    )


@contextmanager
def _no_requests() -> Iterator[None]:
    """Block the import of requests, which rapidocr would use to download models, and whose import opens a socket.

    rapidocr keeps the stub, and fails if it would download anything.
    """
    stub = ModuleType("requests")
    stub.Response = object  # type: ignore[attr-defined]
    known = sys.modules.get("requests")
    sys.modules["requests"] = stub
    try:
        yield
    finally:
        del sys.modules["requests"]
        if known is not None:
            sys.modules["requests"] = known


def _model(folder: Path, kind: str) -> str:
    found = sorted(folder.glob(f"*_{kind}_*.onnx"))
    if not found:
        raise SourceUnreadable(f"a picture: the package rapidocr contains no models ({kind})")
    return str(found[-1])
