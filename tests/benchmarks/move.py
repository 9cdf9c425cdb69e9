"""A part of SciFact moved to another model and back: what it costs over encoding, and what becomes of the ranks."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from semsearch import Document, Index, Mode, Settings
from semsearch.evaluate.measures import average, by_query, run_of
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL
from tests.benchmarks.material import judgements, records
from tests.benchmarks.report import table

Judged = dict[str, dict[str, int]]


def part(count: int) -> tuple[list[Document], dict[str, str], Judged]:
    """Return so many abstracts, the claims whose evidence is among them, and their judgements."""
    found = [Document(r["_id"], r["text"], r["title"]) for r in records("scifact", "corpus")]
    wanted = {d for grades in judgements("scifact").values() for d in grades}
    chosen = sorted(found, key=lambda d: d.id not in wanted)[:count]
    here = {d.id for d in chosen}
    judged = {q: grades for q, grades in judgements("scifact").items() if set(grades) <= here}
    return chosen, {r["_id"]: r["text"] for r in records("scifact", "queries") if r["_id"] in judged}, judged


def quality(index: Index, claims: dict[str, str], judged: Judged) -> tuple[str, str]:
    """Return nDCG@10 of the dense and the hybrid mode."""
    out = []
    for mode in (Mode.DENSE, Mode.HYBRID):
        ranked = index.rank_many(list(claims.values()), k=10, mode=mode)
        values = by_query(judged, run_of(dict(zip(claims, ranked, strict=True))), ("nDCG@10",))
        out.append(f"{average(values)['nDCG@10']:.4f}")
    return out[0], out[1]


def bare(index: Index, model: str) -> float:
    """Return the seconds that the encoder alone takes for the same texts, in the same slices."""
    from semsearch.corpus.split.passages import embedded_text

    passages = [(d.title, p) for d in index.documents() for p in index.passages(d.id)]
    texts = sorted((embedded_text(title, p.heading, p.text) for title, p in passages), key=len, reverse=True)
    encoder = load_encoder(model)
    encoder.encode_passages(texts[:1])
    start = time.perf_counter()
    for first in range(0, len(texts), 32):
        encoder.encode_passages(texts[first : first + 32])
    return time.perf_counter() - start


def rows(folder: Path, old: str, new: str, count: int) -> Iterator[tuple[object, ...]]:
    documents, claims, judged = part(count)
    with Index.create(folder / "index", settings=Settings(model=old)) as index:
        index.add(documents)
        yield "before", old, "", "", "", *quality(index, claims, judged)
        alone = bare(index, new)
        done = index.models.move_to(new)
        assert done.overlap is not None
        same = f"{done.overlap.hybrid:.2f} / {done.overlap.dense:.2f}"
        yield "moved", new, f"{done.seconds:.1f}", f"{alone:.1f}", same, *quality(index, claims, judged)
        back = index.models.rollback()
        assert back.encoded == 0
        yield "rolled back", old, f"{back.seconds:.1f}", "0", "", *quality(index, claims, judged)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--old", default=DEFAULT_MODEL)
    parser.add_argument("--new", default="bge-small-en-v1.5-int8")
    arguments = parser.parse_args()
    header = ("state", "model", "seconds", "encoder alone", "overlap hybrid / dense", "nDCG@10 dense", "nDCG@10 hybrid")
    with tempfile.TemporaryDirectory() as folder:
        title = f"{arguments.documents} abstracts of SciFact"
        table(title, header, rows(Path(folder), arguments.old, arguments.new, arguments.documents))


if __name__ == "__main__":
    main()
