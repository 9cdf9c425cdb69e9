"""Pictures for tests: text in Pillow's own font, in whatever format and mode Pillow can write."""

from __future__ import annotations

import importlib.abc
import struct
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from types import ModuleType

import pytest
from PIL import Image, ImageDraw, ImageFont

__all__ = ["encoded", "giant_png", "no_recognizer", "paged_tiff", "pictured_pdf", "written"]


class _Hidden(importlib.abc.MetaPathFinder):
    """Makes the package look as if it were not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name.partition(".")[0] == "rapidocr":
            raise ModuleNotFoundError(name)


@contextmanager
def no_recognizer() -> Iterator[None]:
    """Be without the extra for a while."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in sys.modules if name.partition(".")[0] == "rapidocr"]:
            patch.delitem(sys.modules, name)
        patch.setattr(sys, "meta_path", [_Hidden(), *sys.meta_path])
        yield


def written(
    *lines: str, size: int = 28, at: tuple[int, int] = (40, 30), paper: object = "white", ink: object = "black",
    width: int = 900, height: int = 0, mode: str = "RGB",
) -> Image.Image:  # fmt: skip
    """Return a picture with lines of text."""
    picture = Image.new(mode, (width, height or at[1] * 2 + len(lines) * size * 3 // 2), paper)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(lines):
        draw.text((at[0], at[1] + number * size * 3 // 2), line, fill=ink, font=ImageFont.load_default(size))
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """Return the bytes of a file."""
    file = BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def paged_tiff(pages: Sequence[Image.Image]) -> bytes:
    return encoded(pages[0], "TIFF", save_all=True, append_images=list(pages[1:]))


def pictured_pdf(pages: Sequence[Image.Image]) -> bytes:
    """Return a PDF whose pages are pictures, 100 pixels an inch."""
    return encoded(pages[0], "PDF", save_all=True, append_images=list(pages[1:]), resolution=100)


def giant_png(width: int, height: int) -> bytes:
    """Return a PNG of a few hundred bytes that says it has so many pixels."""
    parts = [b"\x89PNG\r\n\x1a\n"]
    for name, data in (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(100_000))),
        (b"IEND", b""),
    ):
        parts += [struct.pack(">I", len(data)), name, data, struct.pack(">I", zlib.crc32(name + data))]
    return b"".join(parts)
