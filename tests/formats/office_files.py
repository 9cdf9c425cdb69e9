"""Office files made by the tests: parts of XML in ZIP archives, and old binary ones byte by byte."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from struct import pack
from typing import TypeAlias
from xml.sax.saxutils import escape

Value: TypeAlias = str | float | bool | tuple[float, int] | None
"""A text, a number, a truth value, nothing; or a number and its cell style."""

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
ODF = (
    "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for name, long in (
            *(("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("style", "style")),
            *(("svg", "svg-compatible"), ("presentation", "presentation"), ("meta", "meta")),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
)
STYLES = f"""<styleSheet xmlns="{_SHEET}"><numFmts><numFmt numFmtId="200" formatCode="yyyy\\-mm\\-dd hh:mm"/>
<numFmt numFmtId="201" formatCode="00000"/></numFmts><fonts><font/><font><b/></font></fonts>
<cellXfs><xf numFmtId="0" fontId="0"/><xf numFmtId="14"/><xf numFmtId="200"/><xf numFmtId="10"/><xf numFmtId="201"/>
<xf numFmtId="0" fontId="1"/><xf numFmtId="46"/><xf numFmtId="2"/></cellXfs></styleSheet>"""
"""Cell styles: 0 plain, 1 date, 2 date and time, 3 percent, 4 five digits, 5 bold, 6 elapsed time, 7 two decimals."""
CORE = (
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
    "<dc:title>Well report</dc:title><dc:creator>Ida</dc:creator><cp:keywords>water; pumps</cp:keywords>"
    "<dcterms:created>2024-03-05T09:30:00Z</dcterms:created><dcterms:modified>2024-04-06T00:00:00Z</dcterms:modified>"
    "</cp:coreProperties>"
)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP archive of parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def relations(*related: tuple[str, str, str]) -> str:
    """Return a part of relations: (id, last word of the type, target)."""
    body = "".join(
        f'<Relationship Id="{identifier}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for identifier, kind, target in related
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{body}</Relationships>'


def sheet(rows: Sequence[Sequence[Value]], before: str = "", after: str = "", first: int = 1) -> str:
    """Return a worksheet; `before` and `after` are what else it holds around its rows."""
    lines = []
    for number, row in enumerate(rows, first):
        cells = "".join(_cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row) if value is not None)
        lines.append(f'<row r="{number}">{cells}</row>' if cells else "")
    body = "".join(lines)
    return f'<worksheet xmlns="{_SHEET}" xmlns:r="{OFFICE}">{before}<sheetData>{body}</sheetData>{after}</worksheet>'


def _cell(place: str, value: Value) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    number, style = value if isinstance(value, tuple) else (value, 0)
    return f'<c r="{place}" s="{style}"><v>{number}</v></c>'


def xlsx(sheets: Mapping[str, str], more: Mapping[str, str] | None = None, hidden: Sequence[str] = ()) -> bytes:
    """Return a workbook of worksheets by name; `more` are further parts."""
    states = {name: "hidden" if name in hidden else "visible" for name in sheets}
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}" state="{states[name]}"/>'
        for at, name in enumerate(sheets, 1)
    )
    related = [(f"r{at}", "worksheet", f"worksheets/sheet{at}.xml") for at, _ in enumerate(sheets, 1)]
    related += [("s", "styles", "styles.xml"), ("t", "sharedStrings", "sharedStrings.xml"), ("p", "person", "p.xml")]
    return packed(
        {
            "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{OFFICE}"><sheets>{entries}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(*related),
            "xl/styles.xml": STYLES,
            **{f"xl/worksheets/sheet{at}.xml": xml for at, xml in enumerate(sheets.values(), 1)},
            **(more or {}),
        }
    )


def shape(
    *paragraphs: str, holder: str = "", at: tuple[int, int, int, int] | None = None, name: str = "sp", said: str = ""
) -> str:
    """Return a shape of a slide; `holder` are the attributes of its placeholder, `at` is left, top, width, height."""
    place = ""
    if at is not None:
        place = f'<a:xfrm><a:off x="{at[0]}" y="{at[1]}"/><a:ext cx="{at[2]}" cy="{at[3]}"/></a:xfrm>'
    text = "".join(f"<a:p>{p if p.startswith('<') else f'<a:r><a:t>{escape(p)}</a:t></a:r>'}</a:p>" for p in paragraphs)
    kind = f"<p:ph {holder}/>" if holder else ""
    return (
        f'<p:{name}><p:nvSpPr><p:cNvPr id="1" name="x" descr="{escape(said)}"/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr>'
        f"</p:nvSpPr><p:spPr>{place}</p:spPr><p:txBody>{text}</p:txBody></p:{name}>"
    )


def tree(*shapes: str, root: str = "sld") -> str:
    """Return a slide, or another part that holds shapes."""
    body = f"<p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{''.join(shapes)}</p:spTree></p:cSld>"
    return f'<p:{root} xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}" xmlns:r="{OFFICE}">{body}</p:{root}>'


def pptx(slides: Sequence[str], more: Mapping[str, str] | None = None, order: Sequence[int] = ()) -> bytes:
    """Return a presentation; `order` are the numbers of the parts in the order in which they are shown."""
    numbers = list(order) or list(range(1, len(slides) + 1))
    listed = "".join(f'<p:sldId id="{255 + at}" r:id="r{at}"/>' for at in numbers)
    related = [(f"r{at}", "slide", f"slides/slide{at}.xml") for at, _ in enumerate(slides, 1)]
    related += [("a", "commentAuthors", "commentAuthors.xml")]
    return packed(
        {
            "ppt/presentation.xml": f'<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{OFFICE}">'
            f"<p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
            "ppt/_rels/presentation.xml.rels": relations(*related),
            **{f"ppt/slides/slide{at}.xml": xml for at, xml in enumerate(slides, 1)},
            **(more or {}),
        }
    )


def odf(kind: str, body: str, automatic: str = "", styles: str = "", meta: str = "") -> bytes:
    """Return an OpenDocument file: `kind` is text, spreadsheet or presentation."""
    parts: dict[str, str | bytes] = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content{ODF}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>",
    }
    if styles:
        parts["styles.xml"] = f"<office:document-styles{ODF}>{styles}</office:document-styles>"
    if meta:
        parts["meta.xml"] = f"<office:document-meta{ODF}><office:meta>{meta}</office:meta></office:document-meta>"
    return packed(parts)


def container(streams: Mapping[str, bytes]) -> bytes:
    """Return an OLE container with streams at its top ([MS-CFB], version 3)."""
    table = [0xFFFFFFFD, *[0xFFFFFFFE] * ((len(streams) + 4) // 4)]
    for at in range(1, len(table) - 1):
        table[at] = at + 1
    entries = [_entry("Root Entry", 5, child=1 if streams else 0xFFFFFFFF, start=0xFFFFFFFE)]
    content = b""
    for at, (name, data) in enumerate(streams.items(), 1):
        data = data.ljust(4096, b"\0")
        sectors = -(-len(data) // 512)
        right = at + 1 if at < len(streams) else 0xFFFFFFFF
        entries.append(_entry(name, 2, right=right, start=len(table), size=len(data)))
        table += [*range(len(table) + 1, len(table) + sectors), 0xFFFFFFFE]
        content += data.ljust(sectors * 512, b"\0")
    assert len(table) <= 128
    directory = b"".join(entries).ljust(-(-len(entries) // 4) * 512, b"\0")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += pack("<9I", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table))) + directory + content


def _entry(
    name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF, start: int, size: int = 0
) -> bytes:
    title = name.encode("utf-16-le").ljust(64, b"\0")
    links = pack("<HBB3I", 2 * len(name) + 2, kind, 1, 0xFFFFFFFF, right, child)
    return title + links + bytes(36) + pack("<IQ", start, size)


def xls(sheets: Mapping[str, Sequence[Sequence[str | float]]], hidden: Sequence[str] = ()) -> bytes:
    """Return a workbook in BIFF8; style 1 is a date, which numbers of 40,000 and more get."""

    def record(kind: int, body: bytes) -> bytes:
        return pack("<HH", kind, len(body)) + body

    def start(kind: int) -> bytes:
        return record(0x809, pack("<HHHHII", 0x600, kind, 0, 0, 0, 0))

    def cell(row: int, column: int, value: str | float) -> bytes:
        place = pack("<HHH", row, column, int(isinstance(value, (int, float)) and value >= 40_000))
        if isinstance(value, str):
            return record(0x204, place + pack("<HB", len(value), 1) + value.encode("utf-16-le"))
        return record(0x203, place + pack("<d", value))

    formats = b"".join(record(0xE0, pack("<HH", 0, number) + bytes(16)) for number in (0, 14))
    bodies = []
    for rows in sheets.values():
        cells = [cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row)]
        bodies.append(start(0x10) + b"".join(cells) + record(0xA, b""))
    names = [(name.encode("latin-1"), int(name in hidden)) for name in sheets]
    offset = len(start(5) + formats) + sum(4 + 8 + len(name) for name, _ in names) + 4
    listed = b""
    for (name, state), body in zip(names, bodies, strict=True):
        listed += record(0x85, pack("<IBBBB", offset, state, 0, len(name), 0) + name)
        offset += len(body)
    return container({"Workbook": start(5) + formats + listed + record(0xA, b"") + b"".join(bodies)})


def xlsb(name: str, rows: Sequence[Sequence[str | float]]) -> bytes:
    """Return a workbook in BIFF12 with one sheet ([MS-XLSB])."""

    def record(kind: int, body: bytes = b"") -> bytes:
        number = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
        size = bytes([len(body)]) if len(body) < 128 else bytes([len(body) & 0x7F | 0x80, len(body) >> 7])
        return number + size + body

    def wide(text: str) -> bytes:
        return pack("<I", len(text)) + text.encode("utf-16-le")

    listed = record(143) + record(156, pack("<II", 0, 1) + wide("r1") + wide(name)) + record(144)
    body = record(129) + record(148, pack("<4I", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)) + record(145)
    for number, row in enumerate(rows):
        body += record(0, pack("<I", number) + bytes(13))
        for column, value in enumerate(row):
            place = pack("<II", column, 0)
            is_text = isinstance(value, str)
            body += record(6, place + wide(value)) if is_text else record(5, place + pack("<d", value))
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.bin": record(131) + listed + record(132),
            "xl/_rels/workbook.bin.rels": relations(("r1", "worksheet", "worksheets/sheet1.bin")),
            "xl/worksheets/sheet1.bin": body + record(146) + record(130),
        }
    )
