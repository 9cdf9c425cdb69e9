"""All benchmarks, one after the other (an hour); `python -m tests.benchmarks.NAME` runs one.

A run that was stopped goes on with the first that is not done: what the others printed is kept, and printed again,
as long as neither semsearch nor the benchmark has changed. `--again` measures everything anew.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.material import cache_folder
from tests.benchmarks.peers.systems import digest, tree
from tests.benchmarks.report import write_whole

HERE = Path(__file__).parent
SHARED = {
    "__init__",
    "__main__",
    "documentation",
    "fuzz_judge",
    "fuzz_mutations",
    "fuzz_pieces",
    "fuzz_seeds",
    "fuzz_worker",
    "given_vectors",
    "launcher",
    "material",
    "million_corpus",
    "ocr_pictures",
    "packages",
    "pair_scores",
    "processes",
    "reader_candidates",
    "reader_references",
    "remembered",
    "rephrased",
    "replaced_code",
    "report",
    "rerank_fusions",
    "weighing",
}


def run(name: str, kept: Path) -> None:
    """Run one benchmark, showing what it prints, and keep that when it is done."""
    command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        raise SystemExit(f"{name} failed; the same command goes on with it")
    write_whole(kept, "".join(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--again", action="store_true", help="measure everything anew")
    again = parser.parse_args().again
    folder = cache_folder() / "printed"
    folder.mkdir(exist_ok=True)
    shared = [*(HERE / f"{one}.py" for one in sorted(SHARED)), *sorted((HERE / "peers").glob("*.py"))]
    for name in sorted(p.stem for p in HERE.glob("*.py") if p.stem not in SHARED):
        print(f"\n## {name}", flush=True)
        kept = folder / f"{name}-{digest([HERE / f'{name}.py', *shared, *tree()])}.md"
        if kept.is_file() and not again:
            print(kept.read_text(encoding="utf-8"), end="", flush=True)
            continue
        for old in folder.glob(f"{name}-*.md"):
            old.unlink()
        run(name, kept)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("stopped; what was measured is kept, the same command goes on") from None
