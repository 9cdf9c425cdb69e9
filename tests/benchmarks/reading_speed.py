"""What reading and splitting take beside what the tokenizer alone takes on the same texts, on one core, by file type.

`python -m tests.benchmarks.reading_speed FOLDER...`; without a folder: this repository, its sample corpus, the real
files of ../shared/data/files where they are, and a sample of each type of the packages in `packages.py`.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # before the tokenizers are imported: one core

from semsearch.corpus.parse.read import known_type, read_bytes
from semsearch.corpus.split.passages import split
from semsearch.errors import SourceUnreadable
from semsearch.indexing.encode.token_rows import KeptRows
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL, Settings
from semsearch.types.documents import Parsed
from semsearch.types.models import TokenizingOnce
from tests.benchmarks import pdf_readers
from tests.benchmarks.packages import documentation_files
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
REAL = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data") / "files"
ROUNDS = 3
LARGEST = 5_000_000
LEAST = 20_000
"""Bytes of a type below which nothing is measured."""
PICTURES = ("png", "gif", "jpg")
TEXT = ("txt", "md")
"""The types that the project promises to read and split within twice what the tokenizer takes."""

Files = list[tuple[Path, bytes]]


def files(paths: Iterable[Path], most: int) -> dict[str, Files]:
    """Return the files of each type that can be read, until they have so many characters."""
    found: dict[str, Files] = defaultdict(list)
    taken: dict[str, int] = defaultdict(int)
    for path in paths:
        kind = known_type(path)
        if kind in PICTURES or taken[kind] >= most or not path.is_file() or path.stat().st_size > LARGEST:
            continue
        data = path.read_bytes()
        try:
            read = read_bytes(path, data, Settings())
        except SourceUnreadable:
            continue
        found[kind].append((path, data))
        taken[kind] += sum(len(one.text) for one in documents(read))
    return found


def all_of(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the files below folders, those of each in a random order that is always the same."""
    for folder in folders:
        below = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        yield from random.Random(0).sample(below, len(below))


def documents(parsed: Parsed) -> Iterator[Parsed]:
    """Yield a file's own document and those inside."""
    yield parsed
    for member in parsed.members:
        if member.parsed is not None:
            yield from documents(member.parsed)


def seconds(run: Callable[[], object]) -> float:
    """Return the least processor time of some rounds."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        taken.append(time.process_time() - start)
    return min(taken)


def row(kind: str, whole: Files, encoder: TokenizingOnce) -> list[object]:
    """Measure one type."""
    parsed = [one for path, data in whole for one in documents(read_bytes(path, data, Settings()))]
    passages = sum(len(split(one, KeptRows(encoder, one.text))) for one in parsed)
    reading = seconds(lambda: [read_bytes(path, data, Settings()) for path, data in whole])
    splitting = seconds(lambda: [split(one, KeptRows(encoder, one.text)) for one in parsed])
    alone = seconds(lambda: [encoder.tokenize([one.text]) for one in parsed])
    megabytes = sum(len(data) for _, data in whole) / 1e6
    characters = sum(len(one.text) for one in parsed) / 1e6
    both = reading + splitting
    return [
        *(kind, len(whole), f"{megabytes:.1f}", f"{characters:.1f}", f"{passages:,}"),
        *(f"{one:.2f}" for one in (reading, splitting, alone)),
        *(f"{both / alone:.2f}", f"{megabytes / reading:.1f}", f"{characters / reading:.1f}"),
        *(f"{characters / both:.1f}", f"{passages / both:,.0f}"),
    ]


def pdf_rows(found: Files) -> Iterator[list[object]]:
    """Yield what PDFium alone, our lines over it, and the whole reader take for the same files."""
    readers = {
        "PDFium alone": pdf_readers.pdfium,
        "plain text": pdf_readers.plain,
        "with layout: columns, tables, notes (what an index holds)": pdf_readers.semsearch,
    }
    data = [content for path, content in found if path.suffix == ".pdf"]
    alone = 0.0
    for name, read in readers.items():
        taken = seconds(lambda read=read: [read(one) for one in data])
        alone = alone or taken
        characters = sum(len(read(one)) for one in data) / 1e6
        yield [name, len(data), f"{taken:.2f}", f"{taken / alone:.2f}", f"{characters / taken:.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--characters", type=int, default=3_000_000, help="of each type, about")
    options = parser.parse_args()
    given = options.folders
    paths = list(all_of(given or [ROOT / "sample_corpus", ROOT / "docs", ROOT / "semsearch", REAL]))
    if not given:
        packaged = documentation_files(40_000)
        paths += random.Random(0).sample(packaged, len(packaged))
    found = files(paths, options.characters)
    encoder = load_encoder(DEFAULT_MODEL)
    kept = {kind: whole for kind, whole in found.items() if sum(len(data) for _, data in whole) >= LEAST}
    table(
        "Reading and splitting against the tokenizer alone, processor seconds on one core",
        [
            *("type", "files", "MB", "M characters", "passages", "reading", "splitting", "tokenizer"),
            *("both / tokenizer", "MB/s read", "M characters/s read", "M characters/s read and split", "passages/s"),
        ],
        (row(kind, kept[kind], encoder) for kind in sorted(kept, key=lambda kind: (kind not in TEXT, kind))),
    )
    table("PDF", ["reader", "files", "s", "times PDFium alone", "M characters/s"], pdf_rows(found["pdf"]))


if __name__ == "__main__":
    main()
