"""From nothing to the vector of a first query in a fresh process: seconds of each step, and peak memory.

The steps are those of models/ alone: what the command line and the index add is measured elsewhere.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys

import numpy as np

from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL
from tests.benchmarks.report import table

CODE = """
import json, resource, sys, time
start = time.perf_counter()
import numpy
numpy_at = time.perf_counter()
from semsearch.models.encoder.load import load_encoder
encoder = load_encoder(sys.argv[1])
loaded = time.perf_counter()
encoder.encode_queries(["where do cats sleep at night?"])
first = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
for _ in range(64):
    encoder.encode_queries(["where do cats sleep at night?"])
warm = time.perf_counter()
for _ in range(64):
    encoder.encode_queries(["where do cats sleep at night?"])
warm = (time.perf_counter() - warm) / 64
sys.stdout.write(json.dumps([numpy_at - start, loaded - numpy_at, first - loaded, first - start, warm, peak]))
"""


def measured(runtime: str) -> list[float]:
    environment = {**os.environ, "SEMSEARCH_RUNTIME": runtime}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its compiled modules
    command = [sys.executable, "-c", CODE, DEFAULT_MODEL]
    values: list[float] = json.loads(
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    )
    return values


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    load_encoder(DEFAULT_MODEL)
    rows = []
    for runtime in ("", "onnx-fp32", "onnx-int8"):
        found = np.median([measured(runtime) for _ in range(rounds)], axis=0)
        *seconds, peak = found
        rows.append([runtime or "as chosen", *(f"{1e3 * value:.0f}" for value in seconds[:4])])
        rows[-1] += [f"{1e3 * seconds[4]:.1f}", f"{peak:.0f}"]
    header = ("runtime", "numpy, ms", "load, ms", "first query, ms", "all, ms", "64th query, ms", "peak MB")
    table(f"A first query in a fresh process, medians of {rounds}", header, rows)


if __name__ == "__main__":
    main()
