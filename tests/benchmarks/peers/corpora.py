"""Texts, queries and vectors of the benchmark as files; made in a process of its own, so that the harness stays small.

    python -m tests.benchmarks.peers.corpora FOLDER NAME

NAME is `scifact`, `scifact-N` (its first N abstracts), a number (so many passages of real sentences, with vectors
between those of real passages) or `sample`: with `--store`, an index of the sample corpus, whose passages are the
texts. With `scifact` it is an index of the script, and its vectors become given ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PART = 100_000
"""Passages made at once."""
WORDS = 80
"""At least so many words a passage."""
QUERIES = 200


@dataclass(frozen=True, slots=True)
class Corpus:
    """The files of one corpus; `vectors` only where they are given."""

    folder: Path

    @property
    def texts(self) -> Path:
        return self.folder / "texts.jsonl"

    @property
    def vectors(self) -> Path:
        return self.folder / "vectors.npy"

    @property
    def queries(self) -> Path:
        return self.folder / "queries.json"

    @property
    def done(self) -> Path:
        return self.folder / "done"


def write(corpus: Corpus, name: str, store: Path | None = None) -> None:
    """Write the files of a corpus; its last one says that they are whole."""
    if corpus.done.is_file() and store is None:
        return
    corpus.folder.mkdir(parents=True, exist_ok=True)
    if name == "scifact" and store is not None:
        _vectors_of(corpus, store)
    elif name.startswith("scifact"):
        _scifact(corpus, int(name.partition("-")[2] or 0))
    elif name == "sample":
        assert store is not None
        _sample(corpus, store)
    else:
        _recombined(corpus, int(name))
    corpus.done.touch()


def _lines(file: Path, records: Iterable[tuple[str, str]]) -> None:
    with file.open("w", encoding="utf-8") as stream:
        for identity, text in records:
            stream.write(json.dumps({"id": identity, "text": text}) + "\n")


def _scifact(corpus: Corpus, count: int) -> None:
    from tests.benchmarks.material import judgements, records

    abstracts = records("scifact", "corpus")
    _lines(corpus.texts, ((r["_id"], f"{r.get('title', '')}\n{r['text']}".strip()) for r in abstracts[: count or None]))
    judged = judgements("scifact")
    queries = [(r["_id"], r["text"]) for r in records("scifact", "queries") if r["_id"] in judged]
    corpus.queries.write_text(json.dumps(queries), encoding="utf-8")


def _vectors_of(corpus: Corpus, store: Path) -> None:
    import faiss
    import numpy as np

    index = faiss.read_index(str(store / "index.faiss"))
    beside = corpus.folder / "vectors.tmp.npy"
    np.save(beside, index.reconstruct_n(0, index.ntotal))
    beside.replace(corpus.vectors)


def _sample(corpus: Corpus, store: Path) -> None:
    from semsearch import Index

    with Index.open(store) as index:
        passages = [p for document in index.documents() for p in index.passages(document.id)]
    _lines(corpus.texts, ((str(n), passage.text) for n, passage in enumerate(passages)))


def _recombined(corpus: Corpus, count: int) -> None:
    import numpy as np

    from tests.benchmarks.material import embeddings, questions, recombined

    dim = embeddings()[0].shape[1]

    def texts() -> Iterator[tuple[str, str]]:
        for start in range(0, count, PART):
            part = recombined(min(PART, count - start), words=WORDS, seed=start)
            yield from ((f"p{start + n}", text) for n, text in enumerate(part))

    _lines(corpus.texts, texts())
    vectors = np.lib.format.open_memmap(corpus.vectors, "w+", np.float32, (count, dim))
    _fill(vectors)
    vectors.flush()
    asked = questions()
    chosen = [asked[n * len(asked) // QUERIES] for n in range(QUERIES)]
    shuffled = [chosen[(n * 7) % QUERIES] for n in range(QUERIES)]  # claims and questions in turn
    corpus.queries.write_text(json.dumps([(str(n), text) for n, text in enumerate(shuffled)]), encoding="utf-8")


def _fill(vectors: object) -> None:
    import numpy as np

    from tests.benchmarks.material import interpolated

    assert isinstance(vectors, np.ndarray)
    for start in range(0, len(vectors), PART):
        vectors[start : start + PART] = interpolated(min(PART, len(vectors) - start), seed=start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("name")
    parser.add_argument("--store", type=Path)
    given = parser.parse_args()
    write(Corpus(given.folder), given.name, given.store)


if __name__ == "__main__":
    main()
