"""`make demo`: index the sample corpus and ask it real questions, through the command line."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
INDEX = "indexes/demo"
BEES = "sample_corpus/docs/bees"
STEPS = [
    ("The sample corpus: 66 files of a family and a small club, in eight formats.", ["index", "sample_corpus/docs"]),
    (
        "A question that shares no word with its answer.",
        ["query", "toast turned stringy inside with a fruity stink", "-k", "2"],
    ),
    ("A part number: here the words decide.", ["query", "HX-5000 E-27", "-k", "2"]),
    (
        "Filters apply before ranking; --explain shows what each list thinks.",
        ["query", "when must lifejackets be serviced", "--filter", "type=pdf", "-k", "2", "--explain"],
    ),
    (
        "More like one file, less like another.",
        ["query", "--like", f"{BEES}/varroa-plan.md", "--unlike", f"{BEES}/mite_count.py", "-k", "3", "-l"],
    ),
    ("Nothing here answers this, and semsearch says so.", ["query", "who won the football world cup in 1998"]),
    ("Why is a file not among the hits?", ["why-not", "sourdough", "sample_corpus/docs/boat/fog.md"]),
    ("What is in the index, and whether it is up to date.", ["status"]),
]


def main() -> None:
    """Run every step and show its command."""
    failed = False
    for title, arguments in STEPS:
        sys.stdout.write(f"\n# {title}\n$ semsearch {shlex.join(arguments)} -i {INDEX}\n")
        sys.stdout.flush()
        done = subprocess.run([sys.executable, "-m", "semsearch", *arguments, "-i", INDEX], cwd=ROOT, check=False)
        failed |= done.returncode not in (0, 1)
    sys.stdout.write('\nNow try your own: .venv/bin/semsearch index ~/notes, then .venv/bin/semsearch query "..."\n')
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
