"""What a file's text is, made without any of the readers that are compared.

Office files: the text runs of their XML, by the standard library's parser. E-mail: the payloads. Outlook messages: the
streams of the compound file. HTML: what a person marked as the page's own part. PDF: words that two of three engines
(PDFium, pdfminer.six, pypdf) agree on. A file of another type that was made from one of the set (report.ods from
report.xlsx) has the reference of that one.
"""

from __future__ import annotations

import email
import posixpath
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

Element: TypeAlias = ElementTree.Element

WORD = re.compile(r"\d+\.\d+|\w+")
PIECES = 2
"""Engines of three that have to agree on a word of a PDF."""


@dataclass(frozen=True)
class Reference:
    """The words of a file, the pairs of words that follow each other, and its table rows of two cells or more."""

    words: Counter[str]
    pairs: Counter[tuple[str, str]]
    rows: list[list[list[str]]]


def words(text: str) -> list[str]:
    """Return the words of a text, words broken at line ends joined, numbers as short as they can be written."""
    text = unicodedata.normalize("NFKC", text.replace("\xad", ""))
    text = re.sub(r"(?<=\w)(?:\x02|\ufffe|-[ \t]*\r?\n)(?=[a-zà-ÿ])", "", text)
    return [_number(word) if "." in word else word.lower() for word in WORD.findall(text)]


def _number(word: str) -> str:
    return f"{float(word):.9g}"


def of_text(text: str, rows: Sequence[Sequence[str]] = ()) -> Reference:
    """Return the reference of a file whose text is known."""
    found = words(text)
    cells = [[words(cell) for cell in row] for row in rows]
    kept = [[cell for cell in row if cell] for row in cells]
    return Reference(Counter(found), Counter(pairwise(found)), [row for row in kept if len(row) > 1])


def reference(path: Path, siblings: Sequence[Path]) -> Reference | None:
    """Return the reference of a file; None where there is none (encrypted, unknown)."""
    for candidate in (path, *(other for other in siblings if other.stem == path.stem and other != path)):
        make = _MAKERS.get(candidate.suffix)
        if make is None:
            continue
        try:
            return make(candidate)
        except (zipfile.BadZipFile, ImportError):
            continue
    return None


def _xml(archive: zipfile.ZipFile, name: str) -> Element:
    return ElementTree.fromstring(archive.read(name))


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


_BREAKS = {"tab": " ", "br": "\n", "cr": "\n", "s": " ", "line-break": "\n", "noBreakHyphen": "-"}
_DOCX_UNREAD = {"del", "moveFrom", "Fallback", "instrText"}


def _runs(element: Element, text: set[str], unread: set[str]) -> Iterator[str]:
    """Yield the text runs of an XML tree in document order; a paragraph ends a line."""
    name = _local(element)
    if name in unread:
        return
    if name in text:
        yield element.text or ""
    elif name in _BREAKS:
        yield _BREAKS[name]
    for child in element:
        yield from _runs(child, text, unread)
    if name == "p":
        yield "\n"


def _table_rows(root: Element, row: str, cell: str, text: set[str]) -> list[list[str]]:
    rows = []
    for found in root.iter():
        if _local(found) == row:
            cells = [child for child in found.iter() if _local(child) == cell]
            rows.append(["".join(_runs(one, text, _DOCX_UNREAD)) for one in cells])
    return rows


def docx(path: Path) -> Reference:
    with zipfile.ZipFile(path) as archive:
        parts = [f"word/{name}.xml" for name in ("document", "footnotes", "endnotes")]
        roots = [_xml(archive, name) for name in parts if name in archive.namelist()]
    text = "\n".join("".join(_runs(root, {"t"}, _DOCX_UNREAD)) for root in roots)
    return of_text(text, _table_rows(roots[0], "tr", "tc", {"t"}))


def _targets(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    folder, name = posixpath.split(part)
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    return {
        one.get("Id", ""): posixpath.normpath(posixpath.join(folder, one.get("Target", ""))).lstrip("/")
        for one in _xml(archive, relations)
    }


def pptx(path: Path) -> Reference:
    """Return slides in the order they are shown, each with its notes (without the number of the slide)."""
    texts, rows = [], []
    with zipfile.ZipFile(path) as archive:
        targets = _targets(archive, "ppt/presentation.xml")
        shown = [one for one in _xml(archive, "ppt/presentation.xml").iter() if _local(one) == "sldId"]
        for slide in shown:
            relation = next(value for key, value in slide.attrib.items() if key.endswith("}id"))
            part = targets[relation]
            notes = [name for name in _targets(archive, part).values() if "notesSlide" in name]
            roots = [_xml(archive, name) for name in (part, *notes)]
            texts += ["".join(_runs(root, {"t"}, {"fld"})) for root in roots]
            rows += _table_rows(roots[0], "tr", "tc", {"t"})
    return of_text("\n".join(texts), rows)


def xlsx(path: Path) -> Reference:
    """Return the sheets' names and cells, row by row; numbers as they are stored, dates left out."""
    lines: list[str] = []
    rows: list[list[str]] = []
    with zipfile.ZipFile(path) as archive:
        strings: list[str] = []
        if "xl/sharedStrings.xml" in archive.namelist():
            strings = ["".join(_runs(one, {"t"}, {"rPh"})) for one in _xml(archive, "xl/sharedStrings.xml")]
        targets = _targets(archive, "xl/workbook.xml")
        for sheet in (one for one in _xml(archive, "xl/workbook.xml").iter() if _local(one) == "sheet"):
            relation = next(value for key, value in sheet.attrib.items() if key.endswith("}id"))
            found = [
                [_cell(cell, strings) for cell in row if _local(cell) == "c"]
                for row in _xml(archive, targets[relation]).iter()
                if _local(row) == "row"
            ]
            lines += [sheet.get("name", ""), *("\n".join(row) for row in found)]
            rows += found
    return of_text("\n".join(lines), rows)


def _cell(cell: Element, strings: list[str]) -> str:
    value = next((child.text or "" for child in cell if _local(child) == "v"), "")
    kind = cell.get("t", "n")
    if kind == "s":
        return strings[int(value)]
    if kind == "inlineStr":
        return "".join(_runs(cell, {"t"}, {"rPh"}))
    return f"{float(value):.9g}" if kind == "n" and value else value


_ODF_UNREAD = {"tracked-changes", "annotation", "forms", "notes-configuration"}


def odf(path: Path) -> Reference:
    """Return paragraphs and headings of a text or a presentation; a cell that repeats counts once."""
    with zipfile.ZipFile(path) as archive:
        root = _xml(archive, "content.xml")
    body = next(one for one in root if _local(one) == "body")
    rows = [
        ["".join(_mixed(cell)) for cell in row if _local(cell) == "table-cell"]
        for row in body.iter()
        if _local(row) == "table-row"
    ]
    return of_text("".join(_mixed(body)), rows)


def _mixed(element: Element) -> Iterator[str]:
    """Yield the text of an element whose text stands between its children, as in ODF."""
    name = _local(element)
    if name in _ODF_UNREAD:
        return
    inside = name in ("p", "h", "span", "a")
    if inside:
        yield element.text or ""
    elif name in _BREAKS:
        yield _BREAKS[name]
    for child in element:
        yield from _mixed(child)
        if inside:
            yield child.tail or ""
    if name in ("p", "h"):
        yield "\n"


_FAKE_RTF = [["Column 1", "Column 2"], ["Row 1, Cell 1", "Row 1, Cell 2"], ["Row 2, Cell 1", "Row 2, Cell 2"]]


def rtf(path: Path) -> Reference:
    if path.stem != "fake-doc":
        raise ImportError("the same text in another format is its reference")
    table = "\n".join("\n".join(row) for row in _FAKE_RTF)
    return of_text(f"My First Heading\nMy first paragraph.\nTable Example:\n{table}", _FAKE_RTF)


_INLINE = {
    *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "dfn", "em", "font", "i", "ins", "kbd", "mark"),
    *("q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr", "ix:nonnumeric"),
}
_NOT_SHOWN = {"script", "style", "head", "title", "noscript", "template", "option"}


class _Shown(HTMLParser):
    """The text between tags, and the rows of the tables that have no table inside."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.hidden = 0
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.hidden += tag in _NOT_SHOWN
        if tag not in _INLINE:
            self.parts.append("\n")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in _NOT_SHOWN))
        if tag not in _INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)
            if self.rows and self.rows[-1]:
                self.rows[-1][-1] += data


def shown(html: str) -> str:
    """Return the text of HTML that a browser shows."""
    parser = _Shown()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


_OWN_PART = {
    "example-with-scripts.html": [
        "//*[@id='page-title']",
        "//*[@class='submitted']",
        "//*[@property='content:encoded']",
    ],
    "example-steelJIS-datasheet.html": ["/html/body/center"],
    "example-steelJIS-datasheet-utf-16.html": ["/html/body/center"],
}
"""Where a page's own part stands, by a person's judgement; pages that are not named have nothing else on them."""


def html(path: Path) -> Reference:
    import lxml.html

    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252" if "cp1252" in path.name else "utf-8"
    text = data.decode(encoding)
    if path.name not in _OWN_PART:
        return of_text(shown(text))
    root = lxml.html.fromstring(text.encode(), parser=lxml.html.HTMLParser(encoding="utf-8"))
    own = [node for place in _OWN_PART[path.name] for node in root.xpath(place)]
    return of_text("\n".join(shown(lxml.html.tostring(node, encoding="unicode")) for node in own))


def epub(path: Path) -> Reference:
    with zipfile.ZipFile(path) as archive:
        package = next(
            one.get("full-path", "") for one in _xml(archive, "META-INF/container.xml").iter() if one.get("full-path")
        )
        root = _xml(archive, package)
        items = {one.get("id"): one for one in root.iter() if _local(one) == "item"}
        spine = [items[one.get("idref")] for one in root.iter() if _local(one) == "itemref"]
        names = [
            posixpath.join(posixpath.dirname(package), one.get("href", ""))
            for one in spine
            if one.get("properties") != "nav"
        ]
        return of_text("\n".join(shown(archive.read(name).decode()) for name in names))


def eml(path: Path) -> Reference:
    """Return subject and text of a message; its HTML where it has no plain text."""
    message = email.message_from_bytes(path.read_bytes())
    subject = "".join(
        part if isinstance(part, str) else part.decode(charset or "ascii", "replace")
        for part, charset in email.header.decode_header(message.get("Subject", ""))
    )
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    for part in message.walk():
        kind = part.get_content_type()
        if kind in texts and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            try:
                text = payload.decode(part.get_content_charset() or "utf-8")
            except (LookupError, UnicodeDecodeError):
                text = payload.decode("cp1252", "replace")
            texts[kind].append(text if kind == "text/plain" else shown(text))
    body = "\n".join(texts["text/plain"])
    return of_text(f"{subject}\n{body if body.strip() else chr(10).join(texts['text/html'])}")


def msg(path: Path) -> Reference:
    import olefile

    with olefile.OleFileIO(path) as file:
        names = [f"__substg1.0_{tag}001F" for tag in ("0037", "1000")]
        texts = [file.openstream(name).read().decode("utf-16-le") for name in names if file.exists(name)]
    return of_text("\n".join(texts))


_PDF_ROWS = {
    "all-number-table.pdf": [[f"{200 * n}.01", str(2 * n - 1)] for n in range(1, 9)],
    "embedded-images-tables.pdf": [
        ["0", "0.0335", "0.0409", "0.0393", "0.0003", "24.0910", "2.8163"],
        ["2", "1.9460", "0.0596", "0.8276", "0.0002", "121.440", "1.5054"],
        ["4", "0.0163", "0.2369", "0.8825", "0.0001", "42.121", "0.9476"],
        ["10", "0.0382", "0.0086", "0.5356", "1.24E-05", "246.080", "0.0993"],
    ],
    "pdf_complex_layout.pdf": [["Item", "Quantity"], ["Widget A", "5"]],
}


def pdf(path: Path) -> Reference:
    texts = [words(engine(path)) for engine in (_pdfium, _pdfminer, _pypdf)]
    found = _agreed([Counter(text) for text in texts])
    pairs = _agreed([Counter(pairwise(text)) for text in texts])
    rows = [[words(cell) for cell in row] for row in _PDF_ROWS.get(path.name, [])]
    return Reference(found, pairs, rows)


def _agreed(counts: list[Counter[object]]) -> Counter[object]:
    """Return how often at least two of three have something: the middle one of the counts."""
    return Counter({one: sorted(count[one] for count in counts)[-PIECES] for one in set().union(*counts)})


def _pdfium(path: Path) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def _pdfminer(path: Path) -> str:
    from pdfminer.high_level import extract_text

    return str(extract_text(BytesIO(path.read_bytes())))


def _pypdf(path: Path) -> str:
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


_MAKERS: dict[str, Callable[[Path], Reference]] = {
    f".{make.__name__}": cache(make) for make in (docx, pptx, xlsx, rtf, html, epub, eml, msg, pdf)
} | {".odt": cache(odf), ".odp": cache(odf)}
