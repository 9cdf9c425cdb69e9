"""The lines of a PDF page with their positions and font sizes, from PDFium's characters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ctypes import byref, c_ushort
from dataclasses import dataclass, field
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

__all__ = ["LEADER", "Line", "PageText", "cleaned", "join_hyphens", "joined"]

HYPHEN = "\x02"
"""PDFium's mark of a hyphen at the end of a line that it joins to the next."""
_CLEAN = {
    **dict.fromkeys([*range(0, 2), *range(3, 9), *range(0x0B, 0x20), 0x7F, 0xFFFE, 0xFFFF], " "),
    **{0xFB00 + at: text for at, text in enumerate(("ff", "fi", "fl", "ffi", "ffl", "st", "st"))},
    **dict.fromkeys((0xF0B7, 0xF0A7, 0xF076, 0xF0D8), "•"),  # bullets of the Symbol and Wingdings fonts
    0x00A0: " ",
    0x00AD: None,
}
_UNCLEAN = re.compile(
    "[\0\1\x03-\x09\x0b\x0c\x0e-\x1f\x7f\xa0\xad↵\ud800-\udfff\ue000-\uf8ff\ufb00-\ufb06\ufffe\uffff]|\r(?!\n)|  "
)
_ODD = re.compile("[\ud800-\udfff\ue000-\uf8ff]")
_FF_OF_TEX = re.compile(r"(?<=[A-Za-z])↵")
_FFI_OF_TEX = re.compile(r"(?<=[a-z])\0(?=[a-z])")
_HYPHENATED = re.compile(rf"(\w+){HYPHEN}(\w+)")
_CELL = 32
_LINES_OF_A_CELL = 6
"""Limits of characters and lines of table cells, when a row continues further up: text columns exceed them."""
_TYPEWRITER = (0.585, 0.615)
_SPARSE = 0.56
"""Average character width, relative to the font size, above which a line may have wide gaps.

All characters of a monospaced font have .6, blanks as well.
"""
LEADER = re.compile(r"\s*(?:\.\s?){5,}\s*")
"""Dots that lead from a heading in a table of contents to its page."""
_COMPOUND = re.compile(r"\w+-\w+")
_RAISED = 0.85
"""Largest size of a raised footnote number, relative to the letter before it."""
_UNMAPPED = "\ufffe"
"""In PDFium's text of a page: a hyphen that it marked, or a character without a meaning."""


@dataclass(slots=True)
class Line:
    """One line of a page, in points from the page's lower left corner; `size` is the font's, 0 for vertical text.

    `left` and `start` are of its first character and `right`, `bottom` and `top` of its last one, which is on a lower
    line where a hyphenated word joins two. `spans` are the positions of its pieces in the page's text, [first, last].
    """

    text: str
    left: float
    start: float
    right: float
    bottom: float
    top: float
    size: float
    spans: list[tuple[int, int]] = field(default_factory=list)
    table: int = 0
    """The number of the page's table that it belongs to as a row, from 1."""
    wraps: bool = False
    """Whether it is continued by a cell of a row above."""

    def scale(self, factor: float) -> None:
        """Convert it to another unit."""
        self.left, self.start, self.right = self.left * factor, self.start * factor, self.right * factor
        self.bottom, self.top, self.size = self.bottom * factor, self.top * factor, self.size * factor

    @property
    def sparse(self) -> bool:
        """Whether it may have wide gaps between its words, by its width alone."""
        if self.size <= 0 or " " not in self.text:
            return False
        width = (self.right - self.left) / (self.size * len(self.text))
        if _TYPEWRITER[0] < width < _TYPEWRITER[1]:
            return "  " in self.text
        return width > _SPARSE


class PageText:
    """The text of a page and the positions of its characters; close to PDFium, since each call of it is slow."""

    __slots__ = (
        *("_box", "_end", "_handle", "_matrix", "_raw", "_same"),
        *("_to_box", "_to_end", "_to_matrix", "_white", "text"),
    )

    def __init__(self, textpage: PdfTextPage) -> None:
        """Take the text; `textpage` must stay open while this is used."""
        from pypdfium2 import raw

        self._raw, self._handle = raw, textpage.raw
        self._box, self._end, self._matrix = raw.FS_RECTF(), raw.FS_RECTF(), raw.FS_MATRIX()
        self._to_box, self._to_end, self._to_matrix = byref(self._box), byref(self._end), byref(self._matrix)
        self._white: dict[tuple[tuple[int, int], ...], list[tuple[float, float, int]]] = {}
        self.text, self._same = self._whole(textpage.count_chars())
        if _UNMAPPED in self.text:
            self.text = re.sub(_UNMAPPED, self._original, self.text)

    def _whole(self, count: int) -> tuple[str, bool]:
        """Return the text, and whether its indices equal PDFium's character indices.

        All at once is ten times faster than character by character, but omits characters beyond 16 bits.
        """
        raw, handle = self._raw, self._handle
        first, last, size = 0, count - 1, 0
        while first < count and raw.FPDFText_GetTextIndexFromCharIndex(handle, first) < 0:
            first += 1
        while last >= first and (size := raw.FPDFText_GetTextIndexFromCharIndex(handle, last) + 1) <= 0:
            last -= 1
        if last < first:
            return "", True
        units = (c_ushort * (size + 1))()
        if raw.FPDFText_GetText(handle, first, last + 1 - first, units) == size + 1:
            text = bytes(units)[: 2 * size].decode("utf-16-le", "surrogatepass")
            if len(text) == size:
                return text, size == count
        return "".join(map(chr, [raw.FPDFText_GetUnicode(handle, at) for at in range(count)])), True

    def _original(self, match: re.Match[str]) -> str:
        return chr(self._raw.FPDFText_GetUnicode(self._handle, self._place(match.start())))

    def _place(self, at: int) -> int:
        """Return PDFium's index of a character."""
        return at if self._same else int(self._raw.FPDFText_GetCharIndexFromTextIndex(self._handle, at))

    def lines(self, stop: int | None = None) -> list[Line]:
        """Return the pieces that PDFium puts on separate lines, in the order of the page's content.

        With `stop` only those of the first `stop` characters.
        """
        lines: list[Line] = []
        start = 0
        for piece in self.text[:stop].split("\n"):
            if body := piece.strip():
                lines.append(self.line(start + len(piece) - len(piece.lstrip()), body))
            start += len(piece) + 1
        return lines

    def line(self, first: int, body: str) -> Line:
        """Return the line whose text `body` begins at `first`."""
        last = first + len(body) - 1
        raw, handle, box, end = self._raw, self._handle, self._box, self._end
        at = self._place(first)
        raw.FPDFText_GetLooseCharBox(handle, at, self._to_box)
        raw.FPDFText_GetLooseCharBox(handle, self._place(last), self._to_end)
        return Line(body, box.left, box.bottom, end.right, end.bottom, end.top, self._size(at), [(first, last)])

    def _size(self, at: int) -> float:
        matrix = self._matrix
        size = float(self._raw.FPDFText_GetFontSize(self._handle, at))
        if self._raw.FPDFText_GetMatrix(self._handle, at, self._to_matrix):
            size *= 0.0 if abs(matrix.b) > abs(matrix.a) else hypot(matrix.b, matrix.d)
        return size

    def gaps(self, line: Line, least: float) -> list[tuple[float, float, int]]:
        """Return the gaps between words of at least this width: (left, right, where the text continues)."""
        key = tuple(line.spans)
        if key not in self._white:  # columns and tables examine the same lines
            self._white[key] = list(self._measured(line.spans))
        return [gap for gap in self._white[key] if gap[1] - gap[0] >= least]

    def _measured(self, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[float, float, int]]:
        before = None
        for first, last in spans:
            if before is not None:
                yield self._edges(before)[1], self._edges(first)[0], first
            for blank in re.finditer(r"\s+", self.text[first : last + 1]):
                after = first + blank.end()
                yield self._edges(first + blank.start() - 1)[1], self._edges(after)[0], after
            before = last

    def _edges(self, at: int) -> tuple[float, float]:
        box = self._box
        self._raw.FPDFText_GetLooseCharBox(self._handle, at if self._same else self._place(at), self._to_box)
        return box.left, box.right

    def mark_notes(self, lines: list[Line], numbers: set[str]) -> None:
        """Put the small raised numbers of footnotes in brackets: `pump[1]` instead of `pump1`."""
        pattern = re.compile(rf"(?<=[^\W\d_]{{2}}[\w.,;:)”’\"]) ?({'|'.join(sorted(numbers))})(?!\w)")
        for line in lines:
            first = line.spans[0][0]
            for match in list(pattern.finditer(line.text))[::-1]:
                at = first + match.start()
                if self._size(self._place(first + match.start(1))) < _RAISED * self._size(self._place(at - 1)):
                    line.text = f"{line.text[: match.start()]}[{match[1]}]{line.text[match.end() :]}"


def joined(lines: Iterable[Line]) -> list[Line]:
    """Return lines after joining those side by side on one level: a table's cells, a raised figure."""
    out: list[Line] = []
    for line in lines:
        if out and (_continues(out[-1], line) or _goes_back(out, line)):
            continue
        out.append(line)
    return out


def _goes_back(out: list[Line], line: Line) -> bool:
    """Join a line to one further up that it continues: the next cell of a row, after one with several lines."""
    if line.bottom <= out[-1].top - 0.5 * out[-1].size or (len(line.text) > _CELL and not line.sparse):
        return False
    for at in range(len(out) - 2, max(-1, len(out) - _LINES_OF_A_CELL), -1):
        if len(out[at + 1].text) > _CELL:
            return False
        if _continues(out[at], line):
            for between in out[at + 1 :]:
                between.wraps = True
            return True
    return False


def _continues(before: Line, line: Line) -> bool:
    """Append a line to the previous one if it continues it on the same level."""
    gap = line.left - before.right
    height = min(before.top - before.bottom, line.top - line.bottom)
    if height <= 0 or gap < -0.2 * height:
        return False
    if min(before.top, line.top) - max(before.bottom, line.bottom) < 0.6 * height:
        return False
    before.text += (" " if gap > 0.12 * height else "") + line.text
    before.right = line.right
    before.spans += line.spans
    if HYPHEN in line.text:
        before.bottom, before.top = line.bottom, line.top
    return True


def cleaned(lines: list[Line], text: str) -> list[Line]:
    """Return lines with only meaningful characters; `text` is that of the page."""
    if _UNCLEAN.search(text):
        tex = bool(_FF_OF_TEX.search(text))  # its fonts may lack a character table
        for line in lines:
            if _UNCLEAN.search(line.text):
                line.text = _cleaned(_FFI_OF_TEX.sub("ffi", _FF_OF_TEX.sub("ff", line.text)) if tex else line.text)
    for line in lines:
        if ". . ." in line.text or "...." in line.text:
            line.text = LEADER.sub(" … ", line.text).strip()
    return [line for line in lines if line.text]


def _cleaned(text: str) -> str:
    if _ODD.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").translate(_CLEAN)
        text = _ODD.sub("", text)
    return " ".join(text.translate(_CLEAN).split())


def join_hyphens(pages: Iterable[list[Line]]) -> None:
    """Join words hyphenated at line ends, keeping the hyphen of those that have it elsewhere."""
    broken = [line for lines in pages for line in lines if HYPHEN in line.text]
    compounds: set[str] | None = None

    def join(match: re.Match[str]) -> str:
        left, right = match[1], match[2]
        kept = not right[0].islower() or not left[-1].isalpha() or f"{left}-{right}".lower() in (compounds or ())
        return f"{left}-{right}" if kept else left + right

    if broken:
        compounds = {
            word.lower()
            for lines in pages
            for line in lines
            if "-" in line.text
            for word in _COMPOUND.findall(line.text)
        }
    for line in broken:
        line.text = _HYPHENATED.sub(join, line.text).replace(HYPHEN, "-")
