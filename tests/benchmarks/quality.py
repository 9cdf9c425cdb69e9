"""How well the search ranks, through the public command: `semsearch eval` on SciFact and on the paragraphs of SQuAD."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from tests.benchmarks.material import COLLECTIONS, collection
from tests.benchmarks.report import table

MEASURES = ("nDCG@10", "RR@10", "R@10", "R@100")


def rows(name: str, model: str) -> Iterator[tuple[object, ...]]:
    command = [sys.executable, "-m", "semsearch", "eval", os.fspath(collection(name)), "--json"]
    start = time.perf_counter()
    done = subprocess.run(command + (["--model", model] if model else []), stdout=subprocess.PIPE, check=True)
    seconds = f"{time.perf_counter() - start:.0f}"
    for mode, values in json.loads(done.stdout).items():
        yield mode, *(f"{values[measure]:.4f}" for measure in MEASURES), seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="", help="a model other than the default")
    parser.add_argument("--collection", choices=COLLECTIONS, action="append")
    arguments = parser.parse_args()
    for name in arguments.collection or COLLECTIONS:
        table(
            f"{name}, {arguments.model or 'default model'}",
            ("mode", *MEASURES, "s in all"),
            rows(name, arguments.model),
        )


if __name__ == "__main__":
    main()
