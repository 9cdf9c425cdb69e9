"""Index a folder in a separate process and print the result as JSON; arguments: index, folder, queries.

A separate process finds the packages that a test put on its PYTHONPATH, like installed ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from semsearch import Index, Settings
from semsearch.types.search import Hit
from tests.contract.hashing_encoder import HashingEncoder


def found(index: Index, query: str, *filters: str) -> Sequence[Hit]:
    return index.search(query, filters=filters, floor=False).hits


def main() -> None:
    place, folder, *queries = sys.argv[1:]
    settings = Settings(file_seconds=3.0, max_text=50_000, max_members=20)
    with Index.create(Path(place), encoder=HashingEncoder(), settings=settings, exist_ok=True) as index:
        summary = index.index([folder])
        told = {
            "added": summary.added,
            "changed": summary.changed,
            "unchanged": summary.unchanged,
            "removed": summary.removed,
            "skipped": {Path(one.path).name: one.reason for one in summary.skipped},
            "remarks": [[one.path, one.text] for one in summary.remarks],
            "documents": {
                info.path.partition(folder)[2].lstrip("/"): [info.type, info.title, dict(info.metadata)]
                for info in index.documents()
            },
            "hits": {query: [asdict(hit.passage) for hit in found(index, query)] for query in queries},
            "of_type": [hit.path.rpartition("/")[2] for hit in found(index, "pump", "type=ics")],
            "why_not": {
                Path(one.path).name: index.why_not("pump", one.path).detail
                for one in summary.skipped
                if "!/" not in one.path
            },
        }
    sys.stdout.write(json.dumps(told, default=str))


if __name__ == "__main__":
    main()
