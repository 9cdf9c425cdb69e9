"""Words typed without their accents, and scripts without spaces: the analysis of words beside the one before it.

Texts are Debian's translated descriptions of packages: `apt-get -o Acquire::Languages=fr,de,... update` brings them. A
query is a short description, as it is and without its accents; what is wanted is the rest of its own description.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from semsearch.stores.local.lexical.tantivy_index import ANALYSIS_FILE, LexicalIndex, LexicalWriter
from tests.benchmarks.report import table

LISTS = Path("/var/lib/apt/lists")
LANGUAGES = ("fr", "de", "es", "pt", "it", "sv", "da", "cs", "ja", "zh_CN", "ko")
MOST, QUERIES = 6_000, 300


def descriptions(language: str) -> list[tuple[str, str]]:
    """Return (short description, the rest) of packages."""
    found: dict[str, str] = {}
    for file in sorted(LISTS.glob(f"*Translation-{language.replace('_', '%5f')}*")):
        read = subprocess.run(["/usr/lib/apt/apt-helper", "cat-file", str(file)], stdout=subprocess.PIPE, check=True)
        for entry in read.stdout.decode("utf-8", "replace").split("\n\n"):
            match = re.search(rf"^Description-{language}: (.+)\n((?: .*\n?)+)", entry, re.MULTILINE)
            if match and len(match[2]) > 120:
                found[match[1]] = re.sub(r"\n ?\.?", " ", match[2])
    chosen = sorted(found.items())
    random.Random(0).shuffle(chosen)
    return chosen[:MOST]


def bare(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("ß", "ss").replace("ø", "o")


def build(folder: Path, texts: list[str], language: str, version: int) -> tuple[LexicalIndex, float]:
    LexicalWriter(folder, create=True).close()
    (folder / ANALYSIS_FILE).write_text(json.dumps({"version": version}))
    start = time.process_time()
    writer = LexicalWriter(folder)
    for row, text in enumerate(texts):
        writer.add(row, text, language)
    writer.commit()
    writer.close()
    return LexicalIndex(folder), time.process_time() - start


def first(index: LexicalIndex, query: str, language: str) -> int:
    rows, _, _ = index.search(index.prepare(query, {language: index.rows}), 1)
    return int(rows[0]) if len(rows) else -1


def rows(work: Path) -> Iterator[tuple[object, ...]]:
    for language in LANGUAGES:
        pairs = descriptions(language)
        if len(pairs) < QUERIES:
            continue
        code, texts = language[:2], [rest for _, rest in pairs]
        told: list[list[str]] = []
        for version in (1, 2):
            folder = work / f"{language}-{version}"
            folder.mkdir()
            index, seconds = build(folder, texts, code, version)
            asked = [
                (n, short) for n, (short, _) in enumerate(pairs) if short != bare(short) or code in ("ja", "zh", "ko")
            ]
            asked = asked[:QUERIES]
            size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
            scores = [sum(first(index, f(q), code) == n for n, q in asked) / len(asked) for f in (str, bare)]
            told.append([f"{scores[0]:.3f}", f"{scores[1]:.3f}", f"{size:.2f}", f"{seconds:.1f}"])
        yield language, len(texts), *(f"{a} / {b}" for a, b in zip(*told, strict=True))


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        header = ("language", "texts", "acc@1 as typed", "acc@1 without accents", "MB", "s")
        table("Descriptions of packages: before / now", header, rows(Path(work)))


if __name__ == "__main__":
    main()
