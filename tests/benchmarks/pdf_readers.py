"""Which PDF library reads text best, and how fast: PDFium, PDFium with our lines, with our layout, and pypdf.

`plain text` is what PDFium gives with lines joined, ligatures and broken words put right; the whole reader adds
columns, tables, running lines, footnotes, paragraphs, headings and the quality of the text.

There is no true text of these files to compare with, so defects are counted that are visible in any text: words that a
line's end broke, ligatures kept as one character, characters without a meaning, letters on a line each.
"""

from __future__ import annotations

import argparse
import logging
import os
import re
import time
from collections.abc import Callable
from pathlib import Path

from pypdf.errors import DependencyError, PyPdfError
from pypdfium2 import PdfiumError

from semsearch.corpus.readers.pdf import reader as pdf
from semsearch.corpus.readers.pdf.lines import Line, PageText, cleaned, join_hyphens, joined
from semsearch.errors import SourceUnreadable
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
DEFECTS: dict[str, Callable[[str], int]] = {
    "broken words": lambda text: len(re.findall(r"[a-zà-ÿ]-[ ]*\n[a-zà-ÿ]|\w[\x02\ufffe]\w", text)),
    "ligatures": lambda text: len(re.findall("[\ufb00-\ufb06↵]", text)),
    "meaningless": lambda text: len(re.findall("[\x00-\x08\x0e-\x1f\ufffd\ue000-\uf8ff]|/[CG]\\d{1,3}", text)),
    "letters alone": lambda text: len(re.findall(r"(?m)^\w$", text)),
    "cells alone": lambda text: len(re.findall(r"(?m)^[\d.,]{1,9}$", text)),
}


def pdfium(data: bytes) -> str:
    """Return what PDFium gives when asked for the text of each page."""
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "\n")


def plain(data: bytes) -> str:
    """Return the cleaned lines of all pages, in the order in which they were drawn."""
    import pypdfium2

    pages: list[list[Line]] = []
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            text = PageText(page.get_textpage())
            pages.append(cleaned(joined(text.lines()), text.text))
    join_hyphens(pages)
    return "\n".join(line.text for lines in pages for line in lines)


def pypdf(data: bytes) -> str:
    """Return what pypdf gives for each page."""
    from io import BytesIO

    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages)


def semsearch(data: bytes) -> str:
    """Return what the reader of this project makes of the file."""
    return pdf.read(data).text


def best_of(read: Callable[[bytes], str], data: bytes, times: int) -> tuple[float, str]:
    """Return the least processor time in milliseconds and the text, or a text that says why there is none."""
    shortest, text = float("inf"), ""
    for _ in range(times):
        start = time.process_time()
        try:
            text = read(data)
        except (SourceUnreadable, PdfiumError, PyPdfError, DependencyError) as error:
            text = f"CANNOT READ: {type(error).__name__}"
        shortest = min(shortest, (time.process_time() - start) * 1e3)
    return shortest, text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="readings of each file; the fastest counts")
    times = parser.parse_args().times
    logging.disable(logging.CRITICAL)
    source = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data") / "files"
    files = {path.name: path.read_bytes() for path in sorted(source.glob("*.pdf"))}
    if not files:
        raise SystemExit(f"no PDF in {source}: set SEMSEARCH_DATA_SETS to the folder of the data sets")
    readers = {"PDFium": pdfium, "plain text": plain, "with layout (semsearch)": semsearch, "pypdf": pypdf}
    results = {
        name: {file: best_of(read, data, times) for file, data in files.items()} for name, read in readers.items()
    }
    table("Time, ms, and words", ["file", *readers], ([file, *cells(results, file)] for file in files))
    alone = milliseconds(results["PDFium"])
    totals = [[name, f"{milliseconds(found) / alone:.2f}", *total(found)] for name, found in results.items()]
    table("All files", ["reader", "times PDFium alone", "ms", "unreadable", "words", *DEFECTS], totals)


def milliseconds(results: dict[str, tuple[float, str]]) -> float:
    return sum(ms for ms, _ in results.values())


def cells(results: dict[str, dict[str, tuple[float, str]]], file: str) -> list[str]:
    return [
        f"{found[file][0]:.1f} / {'-' if found[file][1].startswith('CANNOT') else len(found[file][1].split())}"
        for found in results.values()
    ]


def total(result: dict[str, tuple[float, str]]) -> list[object]:
    read = [text for _, text in result.values() if not text.startswith("CANNOT")]
    counts = [sum(map(defect, read)) for defect in DEFECTS.values()]
    return [
        f"{milliseconds(result):.0f}",
        len(result) - len(read),
        sum(len(t.split()) for t in read),
        *counts,
    ]


if __name__ == "__main__":
    main()
