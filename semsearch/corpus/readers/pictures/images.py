"""Pictures: the text in them as paragraphs, what the file tells of itself as metadata.

What the file says of its size is looked at before anything is decoded. Of an animation the first picture is read, of a
TIFF every page.
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
"""What Pillow raises for damaged files."""
_LONG = 4
"""Longer to shorter side from which on it is left as it is: it is read piece by piece."""
_BRIGHT = 128
"""From which mean brightness on the letters of a picture without paper are taken for white ones."""
_LARGEST = 2600
"""Pixels of the longer side that is kept: letters are read at no more."""
_TITLE, _DATE, _AUTHOR, _PLACE_OF_MORE, _TAKEN = 270, 306, 315, 0x8769, 36867
"""Numbers of Exif's fields."""


def read(data: bytes, *, max_pages: int, max_pixels: int, seconds: float) -> Parsed:
    """Read a picture by OCR; see `read_picture`."""
    return read_picture(data, recognizer(), max_pages=max_pages, max_pixels=max_pixels, seconds=seconds)


def read_picture(data: bytes, recognize: Recognizer, *, max_pages: int, max_pixels: int, seconds: float) -> Parsed:
    """Read a picture; anchors are its pages where it has several, else paragraphs.

    No page is begun after so many seconds; the remark tells what is left out. Raises SourceUnreadable: "no text found",
    "broken picture: ...", and Limited for a picture of more pixels than `max_pixels`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged heads, and of sizes that are looked at here
        return _read(data, recognize, max_pages, max_pixels, time.monotonic() + seconds)


def _read(data: bytes, recognize: Recognizer, max_pages: int, max_pixels: int, until: float) -> Parsed:
    image = _opened(data, max_pixels)
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


def _opened(data: bytes, max_pixels: int) -> Image:
    """Read no more than the head of a file."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError:
        raise SourceUnreadable("broken picture: none of the known kinds") from None
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
    """Decode one page, the right way up and no larger than is of use."""
    import numpy as np
    from PIL import ImageOps

    try:
        if page > 1:
            image.seek(page - 1)
            _check(image, max_pixels)
        image.draft("RGB", (_LARGEST, _LARGEST))  # JPEG alone: decoded at half, a fourth or an eighth
        image.load()
        if max(image.size) > _LARGEST and max(image.size) < _LONG * min(image.size):
            image.thumbnail((_LARGEST, _LARGEST))  # in its place: what it took is free for what reads it
        ImageOps.exif_transpose(image, in_place=True)
        return np.asarray(_in_colours(image), dtype=np.uint8)
    except _DAMAGE as error:
        raise _broken(error) from error


def _in_colours(image: Image) -> Image:
    """Return a picture of red, green and blue, whatever it was: of 16 bits, for print, with an index or a hole."""
    if image.mode.startswith(("I", "F")):
        image = _in_8_bits(image)
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return _on_paper(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_8_bits(image: Image) -> Image:
    """Stretch what a picture of more than 8 bits uses of them over all brightness that there is."""
    import numpy as np
    from PIL import Image

    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255 / max(1e-6, high - low))).astype(np.uint8))


def _on_paper(image: Image) -> Image:
    """Lay a picture with holes on paper that its letters stand out from."""
    from PIL import Image, ImageStat

    opaque = image.getchannel("A").point(lambda value: 255 if value > 64 else 0)
    bright = ImageStat.Stat(image.convert("L"), opaque).mean[0] if opaque.getbbox() else 0
    paper = Image.new("RGBA", image.size, "black" if bright >= _BRIGHT else "white")
    paper.alpha_composite(image)
    return paper.convert("RGB")


def _fields(image: Image) -> dict[str, Value]:
    """Return what the head of the file tells: its size, and title, author and date where it has them."""
    fields: dict[str, Value] = {"width": image.width, "height": image.height}
    exif: Mapping[int, Any] = {}
    taken: object = ""
    with suppress(Exception):  # whatever is wrong with it, the picture can be read
        exif = image.getexif()
        taken = exif.get_ifd(_PLACE_OF_MORE).get(_TAKEN, "")
    reported = {
        "title": exif.get(_TITLE) or image.info.get("Title"),
        "author": exif.get(_AUTHOR) or image.info.get("Author"),
    }
    fields |= {name: words for name, value in reported.items() if (words := _words(value))}
    if date := iso_date(_words(taken or exif.get(_DATE, "")).replace(":", "-", 2)):
        fields["date"] = date
    return fields


def _words(value: object) -> str:
    return " ".join(clean(value.replace("\0", " ")).split()) if isinstance(value, str) else ""
