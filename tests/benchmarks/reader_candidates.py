"""The libraries that could read a family of formats: each a function from a file's bytes and name to its text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeAlias

Read: TypeAlias = Callable[[bytes, str], str]


@dataclass(frozen=True)
class Candidate:
    """A reader of a family, what has to be installed for it, and what its text can be led back to."""

    read: Read
    needs: str
    anchors: str = "-"


def semsearch(data: bytes, name: str) -> str:
    from semsearch.corpus.parse.read import read_bytes
    from semsearch.settings import Settings

    parsed = read_bytes(Path(name), data, Settings())
    return parsed.text if parsed.title in parsed.text else f"{parsed.title}\n{parsed.text}"


def kreuzberg(data: bytes, name: str) -> str:
    from kreuzberg import ExtractionConfig, detect_mime_type_from_path, extract_bytes_sync

    with NamedTemporaryFile(suffix=Path(name).suffix) as file:
        kind = detect_mime_type_from_path(file.name)
    return extract_bytes_sync(data, kind, config=ExtractionConfig(use_cache=False, disable_ocr=True)).content


@cache
def _markitdown() -> Any:
    from markitdown import MarkItDown

    return MarkItDown(enable_plugins=False)


def markitdown(data: bytes, name: str) -> str:
    return _markitdown().convert_stream(BytesIO(data), file_extension=Path(name).suffix).text_content


def pdfium(data: bytes, name: str) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "\n")


def pdfplumber(data: bytes, name: str) -> str:
    import pdfplumber

    with pdfplumber.open(BytesIO(data)) as document:
        return "\n".join(page.extract_text() for page in document.pages)


def pdfminer(data: bytes, name: str) -> str:
    from pdfminer.high_level import extract_text

    return extract_text(BytesIO(data))


def pypdf(data: bytes, name: str) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def python_docx(data: bytes, name: str) -> str:
    from docx import Document
    from docx.table import Table

    return "\n".join(
        "\n".join(" | ".join(cell.text for cell in row.cells) for row in block.rows)
        if isinstance(block, Table)
        else block.text
        for block in Document(BytesIO(data)).iter_inner_content()
    )


def mammoth(data: bytes, name: str) -> str:
    from mammoth import convert_to_html

    return _tagged(convert_to_html(BytesIO(data), convert_image=lambda image: []).value)


def docx2python(data: bytes, name: str) -> str:
    from docx2python import docx2python

    with docx2python(BytesIO(data)) as content:
        return str(content.text)


def python_pptx(data: bytes, name: str) -> str:
    from pptx import Presentation

    lines: list[str] = []
    for slide in Presentation(BytesIO(data)).slides:
        lines += _shapes(slide.shapes)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            lines.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(lines)


def _shapes(shapes: Any) -> Iterator[str]:
    for shape in shapes:
        if getattr(shape, "has_table", False):
            yield from (" | ".join(cell.text for cell in row.cells) for row in shape.table.rows)
        elif shape.has_text_frame:
            yield shape.text_frame.text
        elif hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)


def calamine(data: bytes, name: str) -> str:
    from python_calamine import load_workbook

    lines: list[str] = []
    with load_workbook(BytesIO(data)) as book:
        for sheet in book.sheet_names:
            lines.append(sheet)
            lines += (" | ".join(filter(None, map(_shown, row))) for row in book.get_sheet_by_name(sheet).iter_rows())
    return "\n".join(filter(None, lines))


def openpyxl(data: bytes, name: str) -> str:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    lines: list[str] = []
    for sheet in book.worksheets:
        lines.append(sheet.title)
        lines += (" | ".join(filter(None, map(_shown, row))) for row in sheet.iter_rows(values_only=True))
    book.close()
    return "\n".join(filter(None, lines))


def _shown(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else " ".join(str(cell).split())


def odfdo(data: bytes, name: str) -> str:
    from odfdo import Document

    return Document(BytesIO(data)).get_formatted_text()


def odfpy(data: bytes, name: str) -> str:
    from odf import teletype
    from odf.opendocument import load

    kinds = {"text:p", "text:h"}
    lines, stack = [], [load(BytesIO(data)).body]
    while stack:
        element = stack.pop()
        if getattr(element, "tagName", "") in kinds:
            lines.append(teletype.extractText(element))
        else:
            stack += reversed(element.childNodes)
    return "\n".join(lines)


def striprtf(data: bytes, name: str) -> str:
    from striprtf.striprtf import rtf_to_text

    return rtf_to_text(data.decode("latin-1"), errors="replace")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.parts.append({"td": " | ", "th": " | ", "br": "\n", "p": "\n", "tr": "\n", "li": "\n"}.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        self.parts.append("\n" if tag in ("h1", "h2", "h3", "h4", "li", "ul", "ol", "table", "div") else "")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _tagged(html: str) -> str:
    """Return the text of HTML that a library made, a table's row on one line."""
    html = re.sub(r"(<t[dh][^>]*>)<p>", r"\1", html)
    parser = _Text()
    parser.feed(html)
    return "".join(parser.parts)


def trafilatura(data: bytes, name: str) -> str:
    from trafilatura import extract

    return extract(data, include_comments=False, favor_recall=True) or ""


def resiliparse(data: bytes, name: str) -> str:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse_from_bytes(data, detect_encoding(data))
    return extract_plain_text(tree, main_content=True, alt_texts=False)


def readability(data: bytes, name: str) -> str:
    from readability import Document

    return _tagged(Document(data).summary())


def justext(data: bytes, name: str) -> str:
    from justext import get_stoplist, justext

    return "\n".join(part.text for part in justext(data, get_stoplist("English")) if not part.is_boilerplate)


def oxmsg(data: bytes, name: str) -> str:
    from oxmsg import Message

    message = Message.load(BytesIO(data))
    return f"{message.subject}\n{message.body or message.html_body or ''}"


_WIDE = {
    "kreuzberg": Candidate(kreuzberg, "kreuzberg"),
    "markitdown": Candidate(markitdown, "markitdown"),
}
_OWN = {"semsearch": Candidate(semsearch, "semsearch", "by type")}
FAMILIES: dict[str, tuple[tuple[str, ...], dict[str, Candidate]]] = {
    "PDF": (
        (".pdf",),
        {
            **_OWN,
            "PDFium": Candidate(pdfium, "pypdfium2", "page"),
            "pdfminer.six": Candidate(pdfminer, "pdfminer", "page"),
            "pdfplumber": Candidate(pdfplumber, "pdfplumber", "page"),
            "pypdf": Candidate(pypdf, "pypdf", "page"),
            **_WIDE,
            "kreuzberg": Candidate(kreuzberg, "kreuzberg", "page"),
        },
    ),
    "DOCX": (
        (".docx",),
        {
            **_OWN,
            "python-docx": Candidate(python_docx, "docx", "paragraph"),
            "mammoth": Candidate(mammoth, "mammoth"),
            "docx2python": Candidate(docx2python, "docx2python", "paragraph"),
            **_WIDE,
        },
    ),
    "PPTX": (
        (".pptx",),
        {
            **_OWN,
            "python-pptx": Candidate(python_pptx, "pptx", "slide"),
            **_WIDE,
            "markitdown": Candidate(markitdown, "markitdown", "slide (comments)"),
        },
    ),
    "Spreadsheets": (
        (".xlsx", ".xls", ".ods"),
        {
            **_OWN,
            "calamine": Candidate(calamine, "python_calamine", "sheet, row"),
            "openpyxl": Candidate(openpyxl, "openpyxl", "sheet, row"),
            "kreuzberg": Candidate(kreuzberg, "kreuzberg", "sheet"),
            "markitdown": Candidate(markitdown, "markitdown", "sheet"),
        },
    ),
    "ODT, ODP": (
        (".odt", ".odp"),
        {
            **_OWN,
            "odfdo": Candidate(odfdo, "odfdo", "paragraph, slide"),
            "odfpy": Candidate(odfpy, "odf", "paragraph, slide"),
            **_WIDE,
        },
    ),
    "RTF": ((".rtf",), {**_OWN, "striprtf": Candidate(striprtf, "striprtf"), **_WIDE}),
    "EPUB": ((".epub",), {**_OWN, **_WIDE}),
    "HTML": (
        (".html",),
        {
            "semsearch": Candidate(semsearch, "semsearch", "line"),
            "trafilatura": Candidate(trafilatura, "trafilatura"),
            "resiliparse": Candidate(resiliparse, "resiliparse"),
            "readability-lxml": Candidate(readability, "readability"),
            "jusText": Candidate(justext, "justext"),
            **_WIDE,
        },
    ),
    "EML": ((".eml",), {**_OWN, **_WIDE}),
    "MSG": (
        (".msg",),
        {
            **_OWN,
            "python-oxmsg": Candidate(oxmsg, "oxmsg", "message, attachment"),
            **_WIDE,
        },
    ),
}
