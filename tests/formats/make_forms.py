"""PDF forms, text boxes, comments and attachments, made with pypdf."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

HIDDEN, NO_VIEW, PRINT = 2, 32, 4
PASSWORD, MULTILINE, COMBO = 1 << 13, 1 << 12, 1 << 17
Box = tuple[float, float, float, float]


class Form:
    """One page of 400 by 500 points with printed words, to which fields and comments are added; `bytes` is the file."""

    def __init__(self, *printed: tuple[float, float, str]) -> None:
        self.writer = PdfWriter()
        self.page = self.writer.add_blank_page(400, 500)
        self.annotations, self.fields = ArrayObject(), ArrayObject()
        self.needed = self.dynamic = False
        font = {"Type": _name("Font"), "Subtype": _name("Type1"), "BaseFont": _name("Helvetica")}
        fonts = DictionaryObject({_name("F"): self.writer._add_object(_dictionary(font))})
        self.resources = DictionaryObject({_name("Font"): fonts})
        words = "\n".join(f"BT /F 12 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in printed)
        self.page[_name("Contents")] = self._stream(words)
        self.page[_name("Resources")] = self.resources

    def _stream(self, content: str, **more: PdfObject) -> PdfObject:
        stream = DecodedStreamObject()
        stream.set_data(content.encode("latin-1"))
        stream.update({_name(key): value for key, value in more.items()})
        return self.writer._add_object(stream)

    def appearance(self, text: str, box: Box) -> DictionaryObject:
        """What is drawn in the place of a field or a box."""
        bounds = _array(0, 0, box[2] - box[0], box[3] - box[1])
        facts = {"Type": _name("XObject"), "Subtype": _name("Form"), "BBox": bounds, "Resources": self.resources}
        return DictionaryObject({_name("N"): self._stream(f"BT /F 12 Tf 2 3 Td ({text}) Tj ET", **facts)})

    def field(self, box: Box, value: str = "", *, seen: str | None = None, kind: str = "Tx", **more: Any) -> None:
        """Add a field; without `seen` it has no appearance of its own."""
        facts: dict[str, Any] = {"T": f"field{len(self.fields)}", "FT": _name(kind), "DA": "/F 12 Tf 0 g", "F": PRINT}
        facts |= {"V": value} if value else {}
        facts |= {"AP": self.appearance(seen, box)} if seen is not None else {}
        self.fields.append(self._annotation("Widget", box, **(facts | more)))

    def check(self, box: Box, state: str, **more: Any) -> None:
        """Add a box that is checked with this value, or `Off`."""
        facts = {"T": f"field{len(self.fields)}", "FT": _name("Btn"), "V": _name(state), "AS": _name(state), "F": PRINT}
        self.fields.append(self._annotation("Widget", box, **(facts | more)))

    def annotate(self, kind: str, box: Box, text: str = "", *, seen: str | None = None, **more: Any) -> PdfObject:
        """Add a comment, a text box, a stamp, ..."""
        facts: dict[str, Any] = {"Contents": text} if text else {}
        facts |= {"AP": self.appearance(seen, box)} if seen is not None else {}
        return self._annotation(kind, box, **(facts | more))

    def attach(self, name: str, content: bytes, box: Box) -> None:
        """Attach a file to a place on the page."""
        stream = DecodedStreamObject()
        stream.set_data(content)
        file = self.writer._add_object(stream.flate_encode())
        spec = _dictionary({"Type": _name("Filespec"), "F": name, "UF": name, "EF": _dictionary({"F": file})})
        self._annotation("FileAttachment", box, FS=self.writer._add_object(spec))

    def _annotation(self, kind: str, box: Box, **facts: Any) -> PdfObject:
        found = _dictionary({"Type": _name("Annot"), "Subtype": _name(kind), "Rect": _array(*box), **facts})
        made = self.writer._add_object(found)
        self.annotations.append(made)
        return made

    @property
    def bytes(self) -> bytes:
        self.page[_name("Annots")] = self.annotations
        if self.fields:
            form = {"Fields": self.fields, "DR": self.resources, "DA": "/F 12 Tf 0 g"}
            form |= {"NeedAppearances": BooleanObject(True)} if self.needed else {}
            form |= {"XFA": self._stream("<xdp:xdp/>")} if self.dynamic else {}
            if self.dynamic:
                self.writer._root_object[_name("NeedsRendering")] = BooleanObject(True)
            self.writer._root_object[_name("AcroForm")] = self.writer._add_object(_dictionary(form))
        out = BytesIO()
        self.writer.write(out)
        return out.getvalue()


def _name(text: str) -> NameObject:
    return NameObject(f"/{text}")


def _array(*numbers: float) -> ArrayObject:
    return ArrayObject([FloatObject(number) for number in numbers])


def _dictionary(facts: dict[str, Any]) -> DictionaryObject:
    return DictionaryObject({_name(key): _object(value) for key, value in facts.items()})


def _object(value: Any) -> PdfObject:
    if isinstance(value, PdfObject):
        return value
    return NumberObject(value) if isinstance(value, int) else TextStringObject(value)
