"""Processor time for libraries of references and exported chats; bibtexparser beside, where it is installed."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import time
from collections.abc import Callable
from pathlib import Path

from semsearch.corpus.parse.read import read_bytes
from semsearch.settings import Settings
from tests.benchmarks.report import table

ENTRY = (
    '@article{k%d,\n title={The {W}ell %d},\n author = "M{\\"u}ller, K. and Dvo{\\v r}{\\\'a}k, P.",\n'
    " abstract = {%s}, journal={J}, year=2024\n}\n"
)


def main() -> None:
    """Print the table."""
    entries = "".join(ENTRY % (n, n, "The well is deep and cold. " * 20) for n in range(5000))
    said = "".join(f"05/03/2024, {n // 60 % 24:02d}:{n % 60:02d} - {'AB'[n % 2]}: a word {n}\n" for n in range(50_000))
    rows = [
        ("semsearch, BibTeX, 5,000 entries", *_timed(entries, lambda: _members("a.bib", entries))),
        ("semsearch, WhatsApp, 50,000 messages", *_timed(said, lambda: _members("a.txt", said))),
    ]
    if importlib.util.find_spec("bibtexparser"):
        logging.disable(logging.CRITICAL)
        rows += _bibtexparser(entries)
    table("references and chats", ("what", "MB", "documents", "s", "s a MB"), rows)


def _members(name: str, text: str) -> int:
    return len(read_bytes(Path(name), text.encode(), Settings()).members)


def _bibtexparser(entries: str) -> list[tuple[str, str, str, str, str]]:
    library = importlib.import_module("bibtexparser")
    middleware = importlib.import_module("bibtexparser.middlewares").LatexDecodingMiddleware
    tenth = "".join(entries.partition("@article{k500,")[:1])
    return [
        ("bibtexparser, LaTeX as it is", *_timed(entries, lambda: len(library.parse_string(entries).entries))),
        (
            "bibtexparser, decoded, 500 entries",
            *_timed(tenth, lambda: len(library.parse_string(tenth, append_middleware=[middleware()]).entries)),
        ),
    ]


def _timed(text: str, read: Callable[[], int]) -> tuple[str, str, str, str]:
    began = time.process_time()
    found = read()
    seconds, size = time.process_time() - began, len(text.encode()) / 1e6
    return f"{size:.1f}", f"{found:,}", f"{seconds:.2f}", f"{seconds / size:.2f}"


if __name__ == "__main__":
    main()
