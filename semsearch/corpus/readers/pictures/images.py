"""Pictures: their text as paragraphs, and their metadata.

The declared size is checked before anything is decoded. Only the first frame of an animation is read, but every page of
a TIFF.
"""

from __future__ import annotations

import struct
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers.dates import iso_date
from semsearch.corpus.readers.nested import Limited
from semsearch.corpus.readers.pdf.pages import named_pages
from semsearch.corpus.readers.pdf.reader import paragraphs
from semsearch.corpus.readers.pictures.ocr import recognizer
from semsearch.corpus.readers.pictures.ocr_lines import picture_lines
from semsearch.corpus.readers.pictures.recognizer import Recognizer
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.corpus.text.decode import clean
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Parsed, Value

if TYPE_CHECKING:
    from PIL.Image import Image

    from semsearch.corpus.readers.pictures.recognizer import Pixels

__all__ = ["read", "read_picture"]

_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, TypeError, LookupError, ArithmeticError, struct.error)
"""Errors that Pillow raises for damaged files."""
_LONG = 4
"""Ratio of the sides above which a picture is not scaled down: it is read piece by piece."""
_BRIGHT = 128
"""Mean brightness above which the letters of a transparent picture are assumed to be white."""
_LARGEST = 2600
"""Most pixels of the longer side: letters are not read at a higher resolution."""
_TITLE, _DATE, _AUTHOR, _PLACE_OF_MORE, _TAKEN = 270, 306, 315, 0x8769, 36867
"""Numbers of Exif fields."""


def read(data: bytes, *, max_pages: int, max_pixels: int, seconds: float) -> Parsed:
    """Read a picture by OCR; see `read_picture`."""
    return read_picture(data, recognizer(), max_pages=max_pages, max_pixels=max_pixels, seconds=seconds)


def read_picture(data: bytes, recognize: Recognizer, *, max_pages: int, max_pixels: int, seconds: float) -> Parsed:
    """Read a picture; anchors are its pages if it has several, else paragraphs.

    No page is begun after `seconds`; the remark says what is left out. Raises SourceUnreadable: "no text found",
    "broken picture: ...", and Limited for a picture of more pixels than `max_pixels`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about damaged headers, and sizes that are checked here
        return _read(data, recognize, max_pages, max_pixels, time.monotonic() + seconds)


def _read(data: bytes, recognize: Recognizer, max_pages: int, max_pixels: int, until: float) -> Parsed:
    image = _open(data, max_pixels)
    fields = _fields(image)
    count = _count(image) if image.format == "TIFF" else 1
    builder = TextBuilder()
    done = 0
    for number in range(1, min(count, max_pages) + 1):
        if number > 1 and time.monotonic() > until:
            break
        _add(builder, _pixels(image, number, max_pixels), recognize, number if count > 1 else 0)
        done = number
    if not builder.blocks:
        raise SourceUnreadable("no text found")
    if count > 1:
        fields["pages"] = count
    left = f"{named_pages(range(done + 1, count + 1))} left out: too many, or too slow to read" if done < count else ""
    title = str(fields.pop("title", ""))
    parsed = builder.parsed(title, fields)
    return Parsed(parsed.text, parsed.blocks, title, fields, remark=left)


def _add(builder: TextBuilder, pixels: Pixels, recognize: Recognizer, page: int) -> None:
    for group in picture_lines(pixels, recognize):
        for paragraph in paragraphs(group, {}):
            number = page or len(builder.blocks) + 1
            anchor = Anchor(AnchorKind.PAGE if page else AnchorKind.PARAGRAPH, number, number)
            builder.add("\n".join(line.text for line in paragraph), anchor)


def _open(data: bytes, max_pixels: int) -> Image:
    """Open a picture, reading only its header."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError:
        raise SourceUnreadable("broken picture: unknown format") from None
    except Image.DecompressionBombError:
        raise Limited(f"too many pixels (more than {max_pixels / 1e6:g} million)") from None
    except _DAMAGE as error:
        raise _broken(error) from error
    _check(image, max_pixels)
    return image


def _count(image: Image) -> int:
    try:
        return int(getattr(image, "n_frames", 1))
    except _DAMAGE as error:
        raise _broken(error) from error


def _check(image: Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise Limited(f"too many pixels ({image.width:,} x {image.height:,} > {max_pixels / 1e6:g} million)")


def _broken(error: Exception) -> SourceUnreadable:
    return SourceUnreadable(f"broken picture: {' '.join(str(error).split())[:80] or type(error).__name__}")


def _pixels(image: Image, page: int, max_pixels: int) -> Pixels:
    """Decode one page, upright and no larger than useful."""
    import numpy as np
    from PIL import ImageOps

    try:
        if page > 1:
            image.seek(page - 1)
            _check(image, max_pixels)
        image.draft("RGB", (_LARGEST, _LARGEST))  # JPEG only: decode at half, a fourth or an eighth
        image.load()
        if max(image.size) > _LARGEST and max(image.size) < _LONG * min(image.size):
            image.thumbnail((_LARGEST, _LARGEST))  # in place, to free memory for OCR
        ImageOps.exif_transpose(image, in_place=True)
        return np.asarray(_as_rgb(image), dtype=np.uint8)
    except _DAMAGE as error:
        raise _broken(error) from error


def _as_rgb(image: Image) -> Image:
    """Return a picture as RGB, whatever its mode: 16 bits, CMYK, palette or transparent."""
    if image.mode.startswith(("I", "F")):
        image = _as_8_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _on_background(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _as_8_bits(image: Image) -> Image:
    """Scale the used range of a picture of more than 8 bits to 8 bits."""
    import numpy as np
    from PIL import Image

    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(1e-6, high - low))).astype(np.uint8))


def _on_background(image: Image) -> Image:
    """Put a transparent picture on a background that contrasts with its letters."""
    from PIL import Image, ImageStat

    opaque = image.getchannel("A").point(lambda value: 255 if value > 64 else 0)
    bright = ImageStat.Stat(image.convert("L"), opaque).mean[0] if opaque.getbbox() else 0
    background = Image.new("RGBA", image.size, "black" if bright >= _BRIGHT else "white")
    background.alpha_composite(image)
    return background.convert("RGB")


def _fields(image: Image) -> dict[str, Value]:
    """Return the metadata in the header: size, and title, author and date if present."""
    fields: dict[str, Value] = {"width": image.width, "height": image.height}
    exif: Mapping[int, Any] = {}
    taken: object = ""
    with suppress(Exception):  # damaged Exif data does not affect the picture
        exif = image.getexif()
        taken = exif.get_ifd(_PLACE_OF_MORE).get(_TAKEN, "")
    texts = {
        "title": exif.get(_TITLE) or image.info.get("Title"),
        "author": exif.get(_AUTHOR) or image.info.get("Author"),
    }
    fields |= {name: words for name, value in texts.items() if (words := _words(value))}
    if date := iso_date(_words(taken or exif.get(_DATE, "")).replace(":", "-", 2)):
        fields["date"] = date
    return fields


def _words(value: object) -> str:
    return " ".join(clean(value.replace("\0", " ")).split()) if isinstance(value, str) else ""
