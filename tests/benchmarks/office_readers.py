"""How much of the text in Office files readers give back, and how fast: those of this project and the usual libraries.

The true text is what lies in the file's own XML: each run of text (`w:t`, `a:t`, a shared string, a text node of an
OpenDocument paragraph) that is neither deleted nor a second version for older programs. Recall is the share of their
characters in runs that the reader's text holds. Libraries that are not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

from lxml import etree

from semsearch.corpus.readers.office import reader as office
from semsearch.errors import SourceUnreadable
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "docx": ("word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes", "word/comments"),
    "pptx": ("ppt/slides/slide", "ppt/notesSlides/", "ppt/charts/chart", "ppt/diagrams/data", "ppt/comments"),
    "xlsx": ("xl/sharedStrings", "xl/worksheets/sheet", "xl/drawings/drawing", "xl/comments"),
    "odt": ("content.xml", "styles.xml"),
}
NOT_READ = ("del", "moveFrom", "Fallback", "tracked-changes", "fld", "page-number", "creator", "date")
"""Elements whose text is not the document's: deleted, for older programs, or a number that changes with the page."""


def runs(data: bytes, kind: str) -> Iterator[str]:
    """Yield the runs of text in the parts of a file, without blanks."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.startswith(PARTS[kind]) and name.endswith(".xml"):
                root = etree.fromstring(archive.read(name))
                for text in root.xpath("//text()"):
                    parent = text.getparent()
                    if _counts(parent.getparent() if text.is_tail else parent, kind):
                        yield "".join(text.split())


def _counts(parent: etree._Element, kind: str) -> bool:
    names = [str(element.tag).rpartition("}")[2] for element in (parent, *parent.iterancestors())]
    if any(name in NOT_READ for name in names):
        return False
    if kind == "odt":
        return "p" in names or "h" in names
    return names[0] == "t"


def recall(text: str, true: list[str]) -> float:
    """Return the share of characters of the true runs that a text holds."""
    held = "".join(text.split())
    return sum(len(run) for run in true if run in held) / max(1, sum(map(len, true)))


def python_docx(data: bytes) -> str:
    import docx

    document = docx.Document(BytesIO(data))
    cells = [cell.text for found in document.tables for row in found.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def python_pptx(data: bytes) -> str:
    from pptx import Presentation

    texts: list[str] = []
    for slide in Presentation(BytesIO(data)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                texts.append(shape.text_frame.text)
            if shape.has_table:
                texts += [cell.text for row in shape.table.rows for cell in row.cells]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            texts.append(slide.notes_slide.notes_text_frame.text)
    return "\n".join(texts)


def openpyxl(data: bytes) -> str:
    from openpyxl import load_workbook

    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    return "\n".join(
        str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value
    )


def calamine(data: bytes) -> str:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_filelike(BytesIO(data))
    sheets = (book.get_sheet_by_index(at).to_python() for at in range(len(book.sheet_names)))
    return "\n".join(str(value) for rows in sheets for row in rows for value in row if value != "")


def odfpy(data: bytes) -> str:
    from odf import teletype, text
    from odf.opendocument import load

    document = load(BytesIO(data))
    found = [*document.getElementsByType(text.H), *document.getElementsByType(text.P)]
    return "\n".join(teletype.extractText(element) for element in found)


READERS: dict[str, dict[str, Callable[[bytes], str]]] = {
    "docx": {"python-docx": python_docx},
    "pptx": {"python-pptx": python_pptx},
    "xlsx": {"openpyxl": openpyxl, "calamine": calamine},
    "odt": {"odfpy": odfpy},
}


def best_of(read: Callable[[bytes], str], data: bytes, times: int) -> tuple[float, str | None]:
    """Return the shortest processor time in milliseconds and the text; None when it cannot be read."""
    shortest, text = float("inf"), None
    for _ in range(times):
        start = time.process_time()
        try:
            text = read(data)
        except SourceUnreadable:
            return 0.0, None
        except Exception:  # noqa: BLE001 - whatever a library raises, it did not read the file
            return 0.0, None
        shortest = min(shortest, (time.process_time() - start) * 1e3)
    return shortest, text


def own(data: bytes, kind: str) -> str:
    return office.read(data, kind).text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="readings of each file; the fastest counts")
    times = parser.parse_args().times
    source = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data") / "files"
    rows = []
    for kind, libraries in READERS.items():
        files = {path.name: path.read_bytes() for path in sorted(source.glob(f"*.{kind}"))}
        files = {name: data for name, data in files.items() if zipfile.is_zipfile(BytesIO(data))}
        true = {name: list(filter(None, runs(data, kind))) for name, data in files.items()}
        for reader, read in {"semsearch": partial(own, kind=kind), **libraries}.items():
            results = {name: best_of(read, data, times) for name, data in files.items()}
            texts = {name: text for name, (_, text) in results.items() if text is not None}
            shares = [recall(texts.get(name, ""), true[name]) for name in files if true[name]]
            missed = [name for name in files if true[name] and recall(texts.get(name, ""), true[name]) < 1]
            milliseconds = sum(spent for spent, _ in results.values())
            share = f"{sum(shares) / max(1, len(shares)):.3f}"
            rows.append([kind, reader, f"{len(texts)}/{len(files)}", share, f"{milliseconds:.0f}", ", ".join(missed)])
    table("Office files", ["type", "reader", "files with text", "recall", "ms", "not whole"], rows)


if __name__ == "__main__":
    main()
