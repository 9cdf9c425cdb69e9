"""What reading and splitting take beside what the tokenizer alone takes on the same texts, on one core, by file type.

`python -m tests.benchmarks.reading_speed FOLDER...`; without a folder, this repository and its sample corpus.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["TOKENIZERS_PARALLELISM"] = "false"  # before the tokenizers are imported: one core

from semsearch.corpus.passages import split
from semsearch.corpus.read import document_type, read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.models.load import load_encoder
from semsearch.pipeline.rows import Kept
from semsearch.settings import DEFAULT_MODEL, Settings
from semsearch.types import Parsed
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 3
MOST_BYTES = 8_000_000
"""Of one type, so that every type takes seconds."""


def files(folders: list[Path]) -> dict[str, list[tuple[Path, bytes]]]:
    """Return the files of each type, as many as `MOST_BYTES` allow."""
    found: dict[str, list[tuple[Path, bytes]]] = defaultdict(list)
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            kind = document_type(path)
            if path.is_file() and sum(len(data) for _, data in found[kind]) < MOST_BYTES:
                found[kind].append((path, path.read_bytes()))
    return found


def readable(found: list[tuple[Path, bytes]]) -> list[tuple[Path, bytes]]:
    """Return the files that can be read."""
    kept = []
    for path, data in found:
        try:
            read_bytes(path, data, Settings())
        except SourceUnreadable:
            continue
        kept.append((path, data))
    return kept


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "folders", nargs="*", type=Path, default=[ROOT / "sample_corpus", ROOT / "docs", ROOT / "semsearch"]
    )
    encoder = load_encoder(DEFAULT_MODEL)
    rows = []
    for kind, found in sorted(files(parser.parse_args().folders).items()):
        whole = readable(found)
        parsed = [one for path, data in whole for one in documents(read_bytes(path, data, Settings()))]
        if sum(len(data) for _, data in whole) < 20_000:
            continue
        reading = seconds(lambda whole=whole: [read_bytes(path, data, Settings()) for path, data in whole])
        splitting = seconds(lambda parsed=parsed: [split(one, Kept(encoder)) for one in parsed])
        alone = seconds(lambda parsed=parsed: [encoder.tokenize([one.text]) for one in parsed])
        megabytes = sum(len(data) for _, data in whole) / 1e6
        rows.append(
            [kind, len(whole), f"{megabytes:.1f}", sum(len(split(one, Kept(encoder))) for one in parsed)]
            + [f"{one:.2f}" for one in (reading, splitting, alone)]
            + [f"{(reading + splitting) / alone:.2f}", f"{megabytes / (reading + splitting):.1f}"]
        )
    table(
        "Reading and splitting against the tokenizer alone, one core",
        ["type", "files", "MB", "passages", "reading s", "splitting s", "tokenizer s", "ratio", "MB/s"],
        rows,
    )


if __name__ == "__main__":
    main()
