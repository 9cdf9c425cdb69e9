"""Python's documentation as judged documents: a sentence of each of many sections is taken out and asked for.

The first sentence of a paragraph is the query and is no longer in the text; right is what holds the sentence that came
after it. At most one a section, in sections that have at least two sentences.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path

from semsearch.corpus.parse.read import read
from semsearch.corpus.split.cuts import sentence_starts
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.benchmarks.packages import unpacked

PACKAGE = "python3.11-doc"
_LARGEST_SHARE = 12
"""Queries of one page: no page is most of the questions."""
_PARTS = ("library", "howto", "reference", "tutorial", "using", "faq", "distributing", "extending")


def pages() -> list[Path]:
    """Return the HTML pages of the package, fetched and unpacked once, or of the folder `$SEMSEARCH_PYTHON_DOC`."""
    given = os.environ.get("SEMSEARCH_PYTHON_DOC")
    folder = Path(given) if given else unpacked(PACKAGE)
    found = [p for p in folder.rglob("*.html") if p.parent.name in _PARTS and not p.is_symlink() and p.is_file()]
    return sorted({p.resolve() for p in found})


def documentation(
    count: int,
) -> tuple[dict[str, Parsed], dict[str, str], dict[str, dict[str, list[tuple[int, int]]]]]:
    """Return so many pages without the sentences asked for, the queries, and what answers each."""
    chance = random.Random(20_260_101)
    documents: dict[str, Parsed] = {}
    queries: dict[str, str] = {}
    wanted: dict[str, dict[str, list[tuple[int, int]]]] = {}
    everything = pages()
    for file in sorted(chance.sample(everything, min(count, len(everything)))):
        name = f"{file.parent.name}/{file.name}"
        parsed = read(file, Settings())
        pairs = list(_pairs(parsed))
        chosen = sorted(chance.sample(pairs, min(len(pairs), _LARGEST_SHARE)))
        documents[name] = _without(parsed, [(first, second) for first, second, _ in chosen])
        taken = accumulate((second - first for first, second, _ in chosen), initial=0)
        for at, ((first, second, end), cut) in enumerate(zip(chosen, list(taken)[1:], strict=True)):
            queries[f"{name} {at}"] = " ".join(parsed.text[first:second].split())
            wanted[f"{name} {at}"] = {name: [(second - cut, end - cut)]}
    return documents, queries, wanted


def _pairs(parsed: Parsed) -> Iterator[tuple[int, int, int]]:
    """Yield where a sentence and the next one start and where that ends, for the first such paragraph of a section."""
    fresh = True
    for block in parsed.blocks:
        if block.kind is BlockKind.HEADING:
            fresh = True
        elif fresh and block.kind in (BlockKind.PARAGRAPH, BlockKind.LIST):
            text = parsed.text[block.start : block.stop]
            ends = [0, *sentence_starts(text), len(text)]
            for (a, b), (_, c) in pairwise(pairwise(ends)):
                if _telling(text[a:b], 6) and _telling(text[b:c], 5):
                    fresh = False
                    yield block.start + a, block.start + b, block.start + b + len(text[b:c].rstrip())
                    break


def _telling(sentence: str, least: int) -> bool:
    return least <= len(re.findall(r"[A-Za-z]{2,}", sentence)) <= 40 and "\n\n" not in sentence.strip()


def _without(parsed: Parsed, cuts: Sequence[tuple[int, int]]) -> Parsed:
    """Return a document without some stretches, each inside a block."""
    parts, at = [], 0
    for start, stop in cuts:
        parts.append(parsed.text[at:start])
        at = stop

    def moved(position: int) -> int:
        return position - sum(min(stop, position) - start for start, stop in cuts if start < position)

    blocks = tuple(replace(b, start=moved(b.start), stop=moved(b.stop)) for b in parsed.blocks)
    return replace(parsed, text="".join([*parts, parsed.text[at:]]), blocks=blocks)
