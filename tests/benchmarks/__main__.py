"""All benchmarks, one after the other (an hour); `python -m tests.benchmarks.NAME` runs one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHARED = {
    "__init__",
    "__main__",
    "given_vectors",
    "material",
    "pair_scores",
    "processes",
    "remembered",
    "rephrased",
    "report",
    "rerank_fusions",
}


def main() -> None:
    for name in sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in SHARED):
        print(f"\n## {name}", flush=True)
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=True)


if __name__ == "__main__":
    main()
