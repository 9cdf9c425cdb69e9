"""The files that are mutated: real ones, those of the sample corpus, and small ones made as the tests make theirs.

A row is what shares a reader: the man pages of every section, all suffixes of one grammar, all text without one.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
from email.message import EmailMessage
from pathlib import Path

import zstandard

from semsearch.corpus.parse import read
from semsearch.corpus.parse.file_types import DATA
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.readers.code.line_patterns import DEFINITIONS
from tests.formats import library_samples
from tests.formats.code_samples import SAMPLES
from tests.formats.line_samples import LINE_SAMPLES
from tests.formats.make_archives import ole, tarred, zipped
from tests.formats.make_books import epub
from tests.formats.make_files import column, notebook, pdf
from tests.formats.more_code_samples import MORE_SAMPLES
from tests.formats.office_files import CORE, odf, pptx, shape, sheet, tree, xls, xlsb, xlsx
from tests.unit.corpus.parse.test_hostile import docx, pictures
from tests.unit.corpus.readers import test_lines
from tests.unit.corpus.readers.mail import test_eml, test_mht
from tests.unit.corpus.readers.markup import test_asciidoc, test_latex, test_man, test_org, test_pod
from tests.unit.corpus.readers.notes import test_enex
from tests.unit.corpus.readers.office import test_rtf
from tests.unit.corpus.readers.speech import test_subtitles
from tests.unit.corpus.readers.web import test_html, test_svg

__all__ = ["rows", "seeds"]

LARGEST = 200_000
"""Bytes of a file that is mutated: a larger one takes the time of many small ones."""
_WELL = "The well is deep, and its water is cold in every month of the year."
_CELLS = '<table:table-cell table:number-columns-repeated="{}"{}><text:p>{}</text:p></table:table-cell>'
_STYLED = (
    '<text:h text:outline-level="1">Wells</text:h><text:list><text:list-item><text:p>one<text:s text:c="3"/>a</text:p>'
    "</text:list-item></text:list><text:p>two<text:note><text:note-body><text:p>n</text:p></text:note-body></text:note>"
    "</text:p><table:table><table:table-row>" + _CELLS.format(2, "", "a") + "</table:table-row></table:table>"
)


def rows() -> dict[str, list[str]]:
    """Return the types of each row of the table; together they are all types with a reader."""
    found: dict[str, list[str]] = {"txt": ["txt"], "man": [*"123456789", "man", "mdoc"]}
    known = [*read._READERS, *read._HOLDERS]
    for kind in known:
        if kind in found["man"]:
            continue
        if kind in GRAMMARS:
            row = next(first for first in GRAMMARS if GRAMMARS[first] is GRAMMARS[kind])
        else:
            row = "other code" if kind in DEFINITIONS else "settings and markup" if kind in DATA else kind
        found.setdefault(row, []).append(kind)
    return found


def seeds(folder: Path, corpus: Path) -> dict[str, list[tuple[str, bytes]]]:
    """Return (type, bytes) of the files of each row."""
    files: list[tuple[str, bytes]] = []
    for place in (folder, corpus):
        found_here = sorted(path for path in place.rglob("*") if path.is_file() and 0 < path.stat().st_size <= LARGEST)
        files += [(read.document_type(path), path.read_bytes()) for path in found_here]
    files += [(read.document_type(Path(name)), content) for name, content in _made().items()]
    of_type: dict[str, list[tuple[str, bytes]]] = {}
    for kind, data in files:
        of_type.setdefault(kind, []).append((kind, data))
    found = {row: [seed for kind in kinds for seed in of_type.get(kind, ())] for row, kinds in rows().items()}
    without = [row for row, some in found.items() if not some]
    assert not without, f"no file for {without}"
    return found


def _made() -> dict[str, bytes]:
    texts = {name: source for name, (source, _) in (SAMPLES | MORE_SAMPLES | LINE_SAMPLES).items()} | _texts()
    return (
        {name: text.encode() for name, text in texts.items()} | _office() | _holders() | pictures("A well", "is deep")
    )


def _texts() -> dict[str, str]:
    records = [
        {"id": n, "title": f"Well {n}", "text": _WELL, "tags": ["a", {"b": None}], "deep": 1.5} for n in range(3)
    ]
    yaml = "".join(f"- id: {n}\n  title: Well {n}\n  text: {_WELL}\n" for n in range(3))
    return {
        "a.1": test_man.MAN,
        "a.3": test_man.MDOC,
        "a.tex": test_latex.PAPER,
        "a.org": test_org.NOTES,
        "a.adoc": test_asciidoc.PAGE,
        "a.pod": test_pod.POD,
        "a.svg": test_svg.DRAWING,
        "a.enex": test_enex.export(test_enex.NOTE, test_enex.TWIN),
        "a.srt": test_subtitles.SRT,
        "a.vtt": "WEBVTT - Wells\nLanguage: en\n\nNOTE no\n\n00:01.000 --> 00:02.500 align:start\n<v Ida>The <b>w</b>\n"
        "\n00:00:02.500 --> 100:00:03.500\nis<00:03.000> deep\n",
        "b.md": test_lines.MARKDOWN,
        "b.rst": test_lines.RST,
        "a.csv": f'id,title,text\n1,Well,"{_WELL}"\n2,"a ""b""\nc",x\n',
        "a.tsv": f"id\ttitle\ttext\n1\tWell\t{_WELL}\n2\tb\tc\n",
        "a.json": json.dumps({"wells": records, "n": 3}, indent=1),
        "a.jsonl": "".join(json.dumps(record) + "\n" for record in records),
        "a.yaml": yaml,
        "b.yaml": f"# c\nbase: &b\n  a: |\n    {_WELL}\nuse:\n  <<: *b\n  c: [1, 2, {{d: e}}]\n---\n...\n",
        "a.log": "".join(f"2024-03-05T10:00:0{n} INFO well {n}\n  at pump.py:{n}\n" for n in range(9)),
        "a.toml": '[well]\ndeep = 12\nname = """a\nb"""\n[[pump]]\nx = [1, 2]\n',
        "a.xml": f'<?xml version="1.0" encoding="utf-8"?>\n<r a="1">\n <w>{_WELL}</w>\n <!-- c -->\n</r>\n',
        "a.bib": library_samples.BIBTEX,
        "a.ris": library_samples.RIS,
        "b.json": library_samples.CSL,
        "c.json": library_samples.SLACK,
        "d.json": library_samples.TELEGRAM,
        "e.json": library_samples.DISCORD,
        "a.canvas": library_samples.CANVAS,
        "a.chat": library_samples.CHAT,
        "a.txt": library_samples.CHAT,
        "b.txt": library_samples.MESSAGE,
        "a.doc": f"<html><body><h1>Wells</h1><p>{_WELL}</p><table><tr><td>1<td>2</table></body></html>",
        "b.html": test_html.PAGE,
        "a.html": '<html><head><title>Wells</title><meta name="author" content="I"></head><body><nav>n</nav><h1>W</h1>'
        f"<p>{_WELL}</p><table><tr><td colspan=2 rowspan=3>1<td>2</table><ol start=5><li>a</ol><pre>x</pre></html>",
    }


def _office() -> dict[str, bytes]:
    rows_: list[list[str | float]] = [["Name", "Depth"], ["Well", 12.5], [_WELL, 45000]]
    numbers = sheet([["Name", "Depth", "When"], ["Well", (12.5, 7), (45000, 1)], ["Pump", True, (0.5, 6)]])
    merged = numbers.replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>')
    shared = '<sst><si><t>a_x0041_b</t></si><si><r><t>c</t></r><rPh sb="0" eb="1"><t>d</t></rPh></si></sst>'
    cells = '<table:table-row table:number-rows-repeated="{}">' + _CELLS * 2 + "</table:table-row>"
    valued = ' office:value-type="float" office:value="1.5" table:number-rows-spanned="2"'
    sheets = f'<table:table table:name="A">{cells.format(2, 3, "", "a", 1, valued, "1.5")}</table:table>'
    frame = '<draw:frame svg:x="1cm" svg:y="2cm"><draw:text-box><text:p>Well</text:p></draw:text-box></draw:frame>'
    slides = f'<draw:page draw:name="One">{frame}<presentation:notes>{frame}</presentation:notes></draw:page>'
    grid = "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
    word = docx(f'{_WELL}</w:t></w:r></w:p>{grid}<w:p><w:r><w:t xml:space="preserve">b')
    two = [
        tree(shape("Wells", holder='type="title"'), shape(_WELL, at=(1, 2, 3, 4))),
        tree(shape("Two", said="a picture")),
    ]
    odt = odf("text", _STYLED, meta="<dc:title>Wells</dc:title><meta:creation-date>2024-03-05</meta:creation-date>")
    rtf = (
        test_rtf.HEAD
        + rb"{\info{\title W}}\pard\s1 Wells\par\trowd a\cell b\cell\row {\uc2 \u960 ##pi}{\*\x y}\bin3 abc\par}"
    )
    page = pdf([column("Wells", _WELL)])
    return {
        "b.docx": word, "b.docm": word, "b.pptx": pptx(two, {"docProps/core.xml": CORE}, order=(2, 1)),
        "b.xlsx": xlsx({"A": merged, "B": numbers}, {"xl/sharedStrings.xml": shared}, hidden=["B"]),
        "b.xls": xls({"A": rows_, "B": [["x"]]}), "b.xlsb": xlsb("A", rows_), "c.xls": b"Name\tDepth\nWell\t12\n",
        "b.odt": odt, "b.ods": odf("spreadsheet", sheets), "b.odp": odf("presentation", slides),
        "b.odg": odf("drawing", slides), "b.rtf": rtf, "b.ppt": ole({"PowerPoint Document": b"x" * 5000}),
        "c.doc": ole({"WordDocument": b"x" * 5000, "a/b": b"y"}), "d.doc": rtf,
        "b.epub": epub([("a.xhtml", f"<h1>W</h1><p>{_WELL}</p>"), ("b.xhtml", "<p>x</p>")], labels={"a.xhtml": "One"}),
        "b.pdf": pdf([column("Wells", _WELL, _WELL), column("- 2 -", _WELL)], info="/Title (Wells)", pictures=[2]),
        **{f"a.{kind}": zipped({"QuickLook/Preview.pdf": page}) for kind in ("pages", "numbers", "key")},
        "a.djvu": b"AT&TFORM" + bytes(40), "a.mobi": bytes(60) + b"BOOKMOBI" + bytes(40),
        "a.azw3": bytes(60) + b"BOOKMOBI" + bytes(80), "a.pst": b"!BDN" + bytes(40), "a.ost": b"!BDN" + bytes(80),
        "b.ipynb": notebook(("markdown", f"# Wells\n\n{_WELL}"), ("code", "x = 1"), kernelspec={"language": "python"}),
    }  # fmt: skip


def _holders() -> dict[str, bytes]:
    files: dict[str, bytes] = {"notes/a.md": f"# Wells\n\n{_WELL}\n".encode(), "b.txt": b"b\n", "c.csv": b"a,b\n1,2\n"}
    inner = zipped(files)
    plain = tarred({**files, "d.zip": inner})
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ada <ada@example.org>", "bob@example.org", "Wélls"
    mail["Date"], mail["Message-ID"] = "Fri, 01 Mar 2024 10:20:30 +0000", "<1@example.org>"
    mail.set_content(_WELL)
    mail.add_alternative(f"<p>{_WELL}</p>", subtype="html")
    mail.add_attachment(inner, maintype="application", subtype="zip", filename="wélls.zip")
    letter = bytes(mail)
    outer = EmailMessage()
    outer["Subject"] = "Fwd"
    outer.set_content("see below")
    outer.add_attachment(mail)
    box = b"".join(b"From ada@example.org Fri Mar  1 10:20:30 2024\n" + one + b"\n" for one in (letter, bytes(outer)))
    outlook = test_eml.outlook("Wells", _WELL)
    named = test_eml.wide("3707", "a.zip") | {"__properties_version1.0": test_eml.properties(8)}
    attached = test_eml.inside("__attach_version1.0_#00000000", named | {"__substg1.0_37010102": inner})
    return {
        "a.zip": zipped({**files, "d.zip": inner, "e.eml": letter}), "a.tar": plain,
        "a.tar.gz": gzip.compress(plain, mtime=0), "a.tar.zst": zstandard.compress(plain),
        "a.md.gz": gzip.compress(files["notes/a.md"], mtime=0), "a.md.bz2": bz2.compress(files["notes/a.md"]),
        "a.md.xz": lzma.compress(files["notes/a.md"]), "a.md.zst": zstandard.compress(files["notes/a.md"]),
        "a.md.lzma": lzma.compress(files["notes/a.md"], lzma.FORMAT_ALONE), "a.eml": letter, "b.eml": bytes(outer),
        "a.emlx": b"%d\n%b<?xml version='1.0'?><plist><dict/></plist>" % (len(letter), letter), "a.mbox": box,
        "a.mht": test_mht.PAGE, "a.msg": ole(outlook | attached),
    }  # fmt: skip
