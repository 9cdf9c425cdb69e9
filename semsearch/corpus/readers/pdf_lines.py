"""The lines of a PDF page, with where they stand and how large they are, from PDFium's characters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

__all__ = ["Line", "join_hyphens", "page_lines"]

HYPHEN = "\x02"
"""How PDFium marks a hyphen at the end of a line, where it joins the next line to it."""
_CLEAN = {
    **dict.fromkeys([*range(0, 2), *range(3, 9), *range(0x0B, 0x20), 0x7F, 0xFFFE, 0xFFFF], " "),
    **{0xFB00 + at: text for at, text in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))},
    **dict.fromkeys((0xF0B7, 0xF0A7, 0xF076, 0xF0D8), "•"),  # bullets of the Symbol and Wingdings fonts
    0x00A0: " ",
    0x00AD: None,
}
_ODD = re.compile("[\ud800-\udfff\ue000-\uf8ff]")
_FF_OF_TEX = re.compile(r"(?<=[A-Za-z])↵")
_FFI_OF_TEX = re.compile(r"(?<=[a-z])\0(?=[a-z])")
_HYPHENATED = re.compile(rf"(\w+){HYPHEN}(\w+)")
_COMPOUND = re.compile(r"\w+-\w+")


@dataclass(slots=True)
class Line:
    """One line of a page, in points from the page's lower left corner; `size` is the font's, 0 when it runs upwards.

    `left` and `start` are of its first character and `right`, `bottom` and `top` of its last one, which is on a lower
    line where a broken word joins two.
    """

    text: str
    left: float
    start: float
    right: float
    bottom: float
    top: float
    size: float


def page_lines(page: PdfPage) -> list[Line]:
    """Return the lines of a page in the order of its content, pieces on one level side by side joined."""
    from pypdfium2 import raw

    textpage = page.get_textpage()
    try:
        handle = textpage.raw
        unicode_of = raw.FPDFText_GetUnicode
        text = "".join(map(chr, [unicode_of(handle, at) for at in range(textpage.count_chars())]))
        lines: list[Line] = []
        start = 0
        for piece in text.split("\n"):
            line = _line(handle, piece, start)
            start += len(piece) + 1
            if line is not None and not (lines and _joined(lines[-1], line)):
                lines.append(line)
        tex = bool(_FF_OF_TEX.search(text))  # its fonts may come without a table of their characters
        for line in lines:
            line.text = _cleaned(_FFI_OF_TEX.sub("ffi", _FF_OF_TEX.sub("ff", line.text)) if tex else line.text)
        return [line for line in lines if line.text]
    finally:
        textpage.close()


def _line(handle: object, piece: str, start: int) -> Line | None:
    from pypdfium2 import raw

    body = piece.strip()
    if not body:
        return None
    first = start + piece.index(body[0])
    last = first + len(body) - 1
    box, end, matrix = raw.FS_RECTF(), raw.FS_RECTF(), raw.FS_MATRIX()
    raw.FPDFText_GetLooseCharBox(handle, first, box)
    raw.FPDFText_GetLooseCharBox(handle, last, end)
    size = raw.FPDFText_GetFontSize(handle, first)
    if raw.FPDFText_GetMatrix(handle, first, matrix):
        size *= 0.0 if abs(matrix.b) > abs(matrix.a) else hypot(matrix.b, matrix.d)
    return Line(body, box.left, box.bottom, end.right, end.bottom, end.top, size)


def _joined(before: Line, line: Line) -> bool:
    """Append a line to the one before when it continues it on the same level: a table's cell, a raised figure."""
    lowest, highest = max(before.bottom, line.bottom), min(before.top, line.top)
    height = min(before.top - before.bottom, line.top - line.bottom)
    gap = line.left - before.right
    if height <= 0 or highest - lowest < 0.6 * height or gap < -0.2 * height:
        return False
    before.text += (" " if gap > 0.12 * height else "") + line.text
    before.right = line.right
    if HYPHEN in line.text:
        before.bottom, before.top = line.bottom, line.top
    return True


def _cleaned(text: str) -> str:
    if _ODD.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").translate(_CLEAN)
        text = _ODD.sub("", text)
    return " ".join(text.translate(_CLEAN).split())


def join_hyphens(pages: list[list[Line]]) -> list[list[Line]]:
    """Join words that were broken at a line's end, keeping the hyphen of those that have it elsewhere as well."""
    compounds = {found.lower() for lines in pages for line in lines for found in _COMPOUND.findall(line.text)}

    def join(found: re.Match[str]) -> str:
        left, right = found[1], found[2]
        kept = not right[0].islower() or not left[-1].isalpha() or f"{left}-{right}".lower() in compounds
        return f"{left}-{right}" if kept else left + right

    for lines in pages:
        for line in lines:
            if HYPHEN in line.text:
                line.text = _HYPHENATED.sub(join, line.text).replace(HYPHEN, "-")
    return pages
