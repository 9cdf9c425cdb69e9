"""The three architectures in the same roles, on the sample corpus and a part of SciFact; `--write` puts the tables into
docs/architectures.md, between its two markers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from semsearch import Index
from semsearch.api.model_comparison import COMPARED, compare_models
from semsearch.cli.commands.models.compare import markdown
from tests.benchmarks.material import ROOT, cache_folder, collection

PAGE = ROOT / "docs" / "architectures.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def sample_collection() -> Path:
    """Return the sample corpus in BEIR layout: its documents as the readers see them, its judged queries."""
    folder, source = cache_folder() / "sample-corpus", ROOT / "sample_corpus"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "qrels").mkdir(parents=True)
    for name in ("queries.jsonl", "qrels/test.tsv"):
        shutil.copyfile(source / name, folder / name)
    docs = source / "docs"
    with (
        tempfile.TemporaryDirectory() as place,
        Index.create(Path(place) / "index") as index,
        (folder / "corpus.jsonl").open("w", encoding="utf-8") as out,
    ):
        index.index([docs])
        for info in list(index.documents()):
            name = Path(info.id).relative_to(docs).as_posix()
            record = {"_id": name, "title": info.title, "text": index.document(info.id).text}
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
    return folder


def sections(queries: int, models: tuple[str, ...]) -> Iterator[str]:
    """Yield the lines of both tables."""
    parts = ((sample_collection(), "the sample corpus", None, 5), (collection("scifact"), "SciFact", 200, 10))
    for folder, title, documents, depth in parts:
        found = compare_models(folder, models, queries=queries, documents=documents, depth=depth, progress=told)
        yield (
            f"{found.queries} queries of {title}, {found.documents:,} documents; a reranker orders the first {depth}:"
        )
        yield ""
        yield from markdown(found)
        yield ""


def told(stage: str, done: int, total: int) -> None:
    if not total:
        print(stage, file=sys.stderr, flush=True)


def written(page: str, lines: list[str]) -> str:
    """Return the page with other tables between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, "", *lines]) + END + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/architectures.md")
    parser.add_argument("models", nargs="*", default=COMPARED)
    arguments = parser.parse_args()
    lines = list(sections(arguments.queries, tuple(arguments.models)))
    print("\n".join(lines))
    if arguments.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), lines), encoding="utf-8")


if __name__ == "__main__":
    main()
