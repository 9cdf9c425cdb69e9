"""What the names of files do to a search: Python's documentation, asked for by sentences and by names.

The same index twice: as it is, and with the records of names taken out.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from semsearch import Index
from semsearch.evaluate.bootstrap import interval
from semsearch.evaluate.measures import by_query, run_of
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.writer import Writer
from tests.benchmarks.documentation import documentation
from tests.benchmarks.report import table

_MEASURE = "nDCG@10"
_BATCH = 64


def written(folder: Path, count: int) -> dict[str, dict[str, str]]:
    """Write so many pages, as Markdown; return for each kind of query the queries by name, `page number`."""
    documents, sentences, _ = documentation(count)
    kinds: dict[str, dict[str, str]] = {"sentence": sentences, "name": {}, "file name": {}, "folder and name": {}}
    for name, parsed in documents.items():
        path = folder / Path(name).with_suffix(".md")
        path.parent.mkdir(parents=True, exist_ok=True)
        title = parsed.title.replace('"', "'")
        path.write_text(f'---\ntitle: "{title}"\n---\n\n{parsed.text}\n', encoding="utf-8")
        words = re.sub(r"[\W_]+", " ", path.stem)
        kinds["name"][f"{name} 0"] = words
        kinds["file name"][f"{name} 0"] = path.name
        kinds["folder and name"][f"{name} 0"] = f"{path.parent.name} {words}"
    return kinds


def without_names(index: Path, copy: Path) -> None:
    """Copy an index and take the records of names out of it."""
    shutil.copytree(index, copy)
    with Writer(Layout(copy)) as writer, writer.transaction():
        writer.connection.execute("INSERT INTO tombstones SELECT row FROM passages WHERE ordinal < 0")
        writer.connection.execute("DELETE FROM passages WHERE ordinal < 0")


def ranked(index: Path, folder: Path, queries: Mapping[str, str]) -> dict[str, float]:
    """Return the measure of each query; right is its page."""
    names = list(queries)
    found: dict[str, list[str]] = {}
    with Index.open(index) as opened:
        for at in range(0, len(names), _BATCH):
            part = names[at : at + _BATCH]
            results = opened.search_many([queries[n] for n in part], k=10, floor=False, fold=False)
            for name, result in zip(part, results, strict=True):
                found[name] = [Path(hit.path).relative_to(folder).with_suffix("").as_posix() for hit in result.hits]
    right = {name: {Path(name.rpartition(" ")[0]).with_suffix("").as_posix(): 1} for name in names}
    return dict(by_query(right, run_of(found))[_MEASURE])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=400)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, index, bare = (Path(place) / name for name in ("pages", "index", "bare"))
        kinds = written(folder, arguments.pages)
        started = time.monotonic()
        with Index.create(index) as made:
            summary = made.index([folder])
        print(f"{summary.files} pages, {summary.passages} passages, {time.monotonic() - started:.0f} s")
        without_names(index, bare)
        rows = []
        for kind, queries in kinds.items():
            new, old = (ranked(one, folder, queries) for one in (index, bare))
            low, high = interval({name: new[name] - old[name] for name in queries})
            before, after = (sum(values.values()) / len(values) for values in (old, new))
            rows.append((kind, len(queries), f"{before:.4f}", f"{after:.4f}", f"{low:+.4f} to {high:+.4f}"))
        table(f"Names of files: {_MEASURE}", ("query", "queries", "without", "with names", "difference, 95 %"), rows)


if __name__ == "__main__":
    main()
