"""What becomes of every file of a folder of real files: `--write` puts the table into docs/formats.md.

Each file is read by a process for reading files, as an index does it, and split for the default model.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.split.passages import split
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.limits import DEFAULT
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL, Settings
from semsearch.types.documents import Anchor, Parsed
from semsearch.types.models import Tokenizing
from tests.benchmarks.report import table, write_whole

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "formats.md"
BEGIN, END = "<!-- files: begin -->", "<!-- files: end -->"
HEADER = ("file", "what became of it", "characters", "passages", "where they are", "quality", "ms")


@dataclass
class Read:
    """What one file came to, with everything inside it."""

    characters: int = 0
    passages: list[Anchor] = field(default_factory=list)
    inside: int = 0
    unread: list[str] = field(default_factory=list)

    def add(self, parsed: Parsed, tokens: Tokenizing) -> None:
        """Count a document and the documents inside of it."""
        self.characters += len(parsed.text)
        self.passages += [span.anchor for span in split(parsed, tokens)]
        for member in parsed.members:
            if member.parsed is None:
                self.unread.append(f"{member.name}: {member.reason}")
            else:
                self.inside += 1
                self.add(member.parsed, tokens)


def row(path: Path, parsers: Parsers, tokens: Tokenizing) -> list[str]:
    """Read a file and return its row."""
    start = time.perf_counter()
    try:
        parsed = parsers.submit(path, path.read_bytes()).result()
    except SourceUnreadable as error:
        return [f"`{path.name}`", f"skipped: {error}", "", "", "", "", _since(start)]
    found = Read()
    found.add(parsed, tokens)
    told = [f"read, {found.inside} inside" if found.inside else "read"]
    told += [parsed.remark] if parsed.remark else []
    told += [f"not {name}" for name in found.unread]
    quality = parsed.metadata.get("text_quality")
    where = _where(found.passages)
    cells = ["; ".join(told), f"{found.characters:,}", str(len(found.passages)), where]
    return [f"`{path.name}`", *cells, f"{quality:.2f}" if isinstance(quality, float) else "", _since(start)]


def _since(start: float) -> str:
    return f"{(time.perf_counter() - start) * 1e3:.0f}"


def _where(anchors: Sequence[Anchor]) -> str:
    there = [told for told in map(str, anchors) if told]
    return " ... ".join(dict.fromkeys((there[0], there[-1]))) if there else ""


def rows(folder: Path) -> Iterator[list[str]]:
    """Yield the row of every file below a folder, by type and name."""
    tokens = load_encoder(DEFAULT_MODEL)
    assert isinstance(tokens, Tokenizing)
    files = [path for path in folder.rglob("*") if path.is_file()]
    with closing(Parsers(Settings(), count=1, memory=DEFAULT.parser_bytes)) as parsers:
        parsers.submit(Path("start.txt"), b"A process is started by the first file.").result()
        for path in sorted(files, key=lambda path: (document_type(path), path.name)):
            yield [cell.replace("|", "\\|").replace("\n", " ") for cell in row(path, parsers, tokens)]


def write(found: Sequence[Sequence[str]]) -> None:
    """Put the table between its marks on the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [f"| {' | '.join(HEADER)} |", f"|{'---|' * len(HEADER)}", *(f"| {' | '.join(cells)} |" for cells in found)]
    write_whole(PAGE, before + "\n".join([BEGIN, *lines, END]) + after)


def main() -> None:
    data = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=data / "files")
    parser.add_argument("--write", action="store_true", help="put the table into docs/formats.md")
    options = parser.parse_args()
    found = list(rows(options.folder))
    if not found:
        sys.exit(f"no file in {options.folder}: name a folder, or set SEMSEARCH_DATA_SETS")
    table(f"{len(found)} files", HEADER, found)
    if options.write:
        write(found)


if __name__ == "__main__":
    main()
