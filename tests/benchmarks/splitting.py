"""Our splitting against fixed windows of 200 tokens: what dense and hybrid search find with each, at the same k.

Abstracts are judged as documents. In long documents a passage is right when it holds what answers: any answer of a
SQuAD question, in its paragraph; in the documentation the sentence after the one that was taken out as the query.
Vectors are kept in the cache by their text, so that another run encodes what is new.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from semsearch.api.index import Index
from semsearch.corpus.parse.read import parse_document
from semsearch.corpus.split.cuts import sentence_starts
from semsearch.corpus.split.headings import embedded_text
from semsearch.corpus.split.passages import split
from semsearch.corpus.split.token_count import MeasuredText
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.evaluate.bootstrap import paired
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL, Settings
from semsearch.types.documents import Anchor, AnchorKind, Document, Parsed
from semsearch.types.models import BiEncoder, Precise, Tokenizing
from semsearch.types.search import Mode
from tests.benchmarks.documentation import documentation
from tests.benchmarks.material import cache_folder, judgements, records
from tests.benchmarks.report import record, table

SIZE, OVERLAP = 200, 50
"""Tokens of a window, and how many of them the next one repeats."""
TOP = 10
DEPTH = 100


@dataclass(frozen=True)
class Corpus:
    """Documents, queries, and what answers each query: {query: {document: spans}}, no span standing for all of it."""

    name: str
    documents: Mapping[str, Parsed]
    queries: Mapping[str, str]
    wanted: Mapping[str, Mapping[str, Sequence[tuple[int, int]]]]


@dataclass(frozen=True)
class Passage:
    """A stretch of a document and what is embedded for it."""

    document: str
    start: int
    stop: int
    text: str


Splitter = Callable[[str, Parsed, Tokenizing], Iterator[Passage]]


def scifact(count: int) -> Corpus:
    """Every judged abstract and others in the order of the file."""
    judged = judgements("scifact")
    needed = {document for row in judged.values() for document in row}
    rows = records("scifact", "corpus")
    kept = [r for r in rows if r["_id"] in needed]
    kept += [r for r in rows if r["_id"] not in needed][: count - len(kept)]
    documents = {r["_id"]: parse_document(r["text"], r["title"]) for r in kept}
    queries = {r["_id"]: r["text"] for r in records("scifact", "queries") if r["_id"] in judged}
    return Corpus("SciFact", documents, queries, {q: dict.fromkeys(judged[q], ()) for q in queries})


def articles(count: int) -> Corpus:
    """The paragraphs of each SQuAD article as one document, and every so-many-th question."""
    builders: dict[str, TextBuilder] = {}
    where: dict[str, tuple[str, int, str]] = {}
    for r in records("squad-dev", "corpus"):
        builder = builders.setdefault(r["title"], TextBuilder())
        anchor = Anchor(AnchorKind.PARAGRAPH, len(builder.blocks) + 1, len(builder.blocks) + 1)
        where[r["_id"]] = (r["title"], builder.add(r["text"], anchor), r["text"])
    documents = {title: builder.parsed(title) for title, builder in builders.items()}
    questions = records("squad-dev", "answers")
    chosen = questions[:: max(1, len(questions) // count)]
    wanted = {}
    for q in chosen:
        title, at, text = where[q["context_id"]]
        wanted[q["_id"]] = {title: [(at + a, at + a + len(x)) for x in q["answers"] for a in _all(text, x)]}
    return Corpus("SQuAD articles", documents, {q["_id"]: q["question"] for q in chosen}, wanted)


def _all(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def ours(size: int) -> Splitter:
    def passages(name: str, parsed: Parsed, tokens: Tokenizing) -> Iterator[Passage]:
        for span in split(parsed, tokens, size):
            text = embedded_text(parsed.title, span.heading, parsed.text[span.start : span.stop])
            yield Passage(name, span.start, span.stop, text)

    return passages


def repeating(size: int, overlap: int) -> Splitter:
    """Ours, and where a passage begins inside a block, the sentences before it again, `overlap` tokens at most."""

    def passages(name: str, parsed: Parsed, tokens: Tokenizing) -> Iterator[Passage]:
        measured = MeasuredText(parsed.text, tokens)
        begins = {block.start for block in parsed.blocks}
        before = 0
        for span in split(parsed, tokens, size):
            start = span.start
            if start not in begins:
                sentences = [before + at for at in sentence_starts(parsed.text[before:start])]
                start = next((at for at in sentences if measured.count(at, span.start) <= overlap), start)
            text = embedded_text(parsed.title, span.heading, parsed.text[start : span.stop])
            yield Passage(name, start, span.stop, text)
            before = span.start

    return passages


def windows(overlap: int = 0, *, titled: bool = False) -> Splitter:
    def passages(name: str, parsed: Parsed, tokens: Tokenizing) -> Iterator[Passage]:
        text = parsed.text
        starts = [*MeasuredText(text, tokens).starts, len(text)]
        for at in range(0, max(1, len(starts) - 1 - overlap), SIZE - overlap):
            start, stop = starts[at], starts[min(at + SIZE, len(starts) - 1)]
            part = text[start:stop].strip()
            yield Passage(name, start, stop, embedded_text(parsed.title if titled else "", (), part))

    return passages


SPLITTERS: dict[str, Splitter] = {
    f"windows of {SIZE}": windows(),
    f"windows of {SIZE}, {OVERLAP} of them repeated": windows(OVERLAP),
    f"windows of {SIZE}, title before each": windows(titled=True),
    "ours, 128 at most": ours(128),
    f"ours, {SIZE} at most": ours(SIZE),
    "ours, 256 at most": ours(256),
    f"ours, {SIZE} and up to {OVERLAP} repeated": repeating(SIZE, OVERLAP),
    "**ours**": ours(0),
}


class Kept:
    """An encoder in the precision that a new index gets, whose vectors of passages are kept on disk by their text."""

    def __init__(self, name: str, file: Path) -> None:
        encoder: BiEncoder = load_encoder(name)
        assert isinstance(encoder, Tokenizing)
        precision = encoder.fastest_precision() if isinstance(encoder, Precise) else None
        self._passages = encoder.passages_as(precision) if isinstance(encoder, Precise) and precision else encoder
        self._key = f"{encoder.fingerprint} {precision}"
        self._guard = threading.Lock()
        self._store = sqlite3.connect(file, check_same_thread=False)
        self._store.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
        self.name, self.languages = name, ("en",)
        self.fingerprint, self.dim, self.max_tokens = encoder.fingerprint, encoder.dim, encoder.max_tokens
        self.encode_queries, self.token_spans = encoder.encode_queries, encoder.token_spans

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        keys = [hashlib.sha256(f"{self._key}\0{text}".encode()).digest() for text in texts]
        with self._guard:
            found = [self._store.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone() for key in keys]
        missing = [at for at, row in enumerate(found) if row is None]
        out = np.empty((len(texts), self.dim), np.float32)
        for at, kept in enumerate(found):
            if kept:
                out[at] = np.frombuffer(kept[0], np.float32)
        if missing:
            out[missing] = self._passages.encode_passages([texts[at] for at in missing])
            with self._guard, self._store:
                new = [(keys[at], out[at].tobytes()) for at in missing]
                self._store.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", new)
        return out


def ranked(passages: Sequence[Passage], queries: Sequence[str], encoder: Kept) -> dict[Mode, list[list[int]]]:
    """Return for each query the numbers of the best passages, by the search itself: every passage is a document."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(language="en")
        with Index.create(Path(folder) / "index", settings=settings, encoder=encoder) as index:
            index.add(Document(str(at), passage.text) for at, passage in enumerate(passages))
            return {
                mode: [[int(name) for name in found] for found in index.rank_many(queries, k=DEPTH, mode=mode)]
                for mode in (Mode.DENSE, Mode.HYBRID)
            }


def measured(corpus: Corpus, query: str, found: Sequence[Passage]) -> tuple[float, float]:
    """Return nDCG@10 and recall@10; a document, or what answers in it, counts by the first passage that has it."""
    wanted = corpus.wanted[query]
    whole = not any(wanted.values())
    seen: set[str] = set()
    gains: list[bool] = []
    for passage in found:
        if whole and passage.document in seen:
            continue
        spans = wanted.get(passage.document)
        right = spans is not None and (whole or any(passage.start <= a and b <= passage.stop for a, b in spans))
        gains.append(right and passage.document not in seen)
        if right or whole:
            seen.add(passage.document)
    ideal = sum(1 / math.log2(at + 2) for at in range(min(TOP, len(wanted))))
    gain = sum(1 / math.log2(at + 2) for at, right in enumerate(gains[:TOP]) if right)
    return gain / ideal, sum(gains[:TOP]) / len(wanted)


def row(corpus: Corpus, name: str, encoder: Kept, base: dict[Mode, dict[str, float]]) -> tuple[object, ...]:
    """Measure one way of splitting; the first one measured is what the others are compared with."""
    started = time.perf_counter()
    passages = [p for key, parsed in corpus.documents.items() for p in SPLITTERS[name](key, parsed, encoder)]
    spent = time.perf_counter() - started
    cells: list[object] = [name, len(passages), f"{spent * 1e3 / max(1, len(passages)):.2f}"]
    for mode, lists in ranked(passages, list(corpus.queries.values()), encoder).items():
        values = [
            measured(corpus, query, [passages[at] for at in found])
            for query, found in zip(corpus.queries, lists, strict=True)
        ]
        gains = dict(zip(corpus.queries, (gain for gain, _ in values), strict=True))
        mean = sum(gains.values()) / len(gains)
        against = paired(base.setdefault(mode, gains), gains)
        cells += [f"{mean:.3f}", f"{sum(found for _, found in values) / len(values):.3f}"]
        cells.append(
            f"{against.mean:+.3f} ({against.low:+.3f} to {against.high:+.3f})" if base[mode] is not gains else ""
        )
        record("splitting", {f"{corpus.name}, {name}, {mode}, nDCG@10": mean})
    return tuple(cells)


def python_documentation(count: int) -> Corpus:
    documents, queries, wanted = documentation(count)
    return Corpus("Python's documentation", documents, queries, wanted)


CORPORA: dict[str, tuple[Callable[[int], Corpus], int]] = {
    "scifact": (scifact, 1500),
    "squad": (articles, 2000),
    "documentation": (python_documentation, 60),
}
"""{name: (how it is made, its size: abstracts, questions, pages)}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", choices=CORPORA, action="append")
    parser.add_argument("--only", action="append", help="measure the ways whose name holds this, and the first one")
    parser.add_argument("--model", default=DEFAULT_MODEL)
    arguments = parser.parse_args()
    encoder = Kept(arguments.model, cache_folder() / "splitting.sqlite")
    measures = ("nDCG@10", "R@10", "over the first (95 %)")
    header = (
        "",
        "passages",
        "ms a passage",
        *(f"{mode}, {measure}" for mode in ("dense", "hybrid") for measure in measures),
    )
    for key in arguments.corpus or CORPORA:
        make, size = CORPORA[key]
        corpus = make(size)
        only = arguments.only or [""]
        names = [n for at, n in enumerate(SPLITTERS) if not at or any(part in n for part in only)]
        names = [n for n in names if encoder.max_tokens > 256 or n != "ours, 256 at most"]
        title = f"{corpus.name}: {len(corpus.documents)} documents, {len(corpus.queries)} queries, {arguments.model}"
        base: dict[Mode, dict[str, float]] = {}
        table(title, header, (row(corpus, name, encoder, base) for name in names))


if __name__ == "__main__":
    main()
