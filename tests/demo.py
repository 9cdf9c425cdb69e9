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
    (
        "The sample corpus: 67 files of a family and a small club, in nine formats.",
        ["index", "sample_corpus/docs"],
    ),
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
    (
        "ENCODER, as a cross-encoder: a second opinion; and by its token vectors: words near in meaning.",
        ["query", "visibility suddenly gone off the coast in springtime", "-k", "2", "--rerank", "--explain"],
    ),
    (
        "ENCODER: the documents' own sentences that answer, each with its place.",
        ["query", "--summarize", "is pale scum on pickles dangerous", "-k", "1"],
    ),
    (
        "ENCODER-DECODER: Whisper has heard this recording; the hit leads to the minute.",
        ["query", "where do we keep the extra key of the cabin", "-k", "1"],
    ),
    (
        "DECODER: one token after the other, each with its probability; then every sentence is checked.",
        [
            *("query", "--summarize=generate", "--set", "max_tokens=24", "--show-probabilities", "-k", "1"),
            "when must lifejackets be serviced",
        ],
    ),
    ("The models behind this, and which of them are here.", ["models"]),
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
    sys.stdout.write(
        "\n# Not shown: an encoder-decoder that sums up or translates. No T5, BART, Pegasus or Marian model has its\n"
        "# weights on the package index. Where the model hub can be reached, add --translate de to a query.\n"
    )
    sys.stdout.write('\nNow try your own: .venv/bin/semsearch index ~/notes, then .venv/bin/semsearch query "..."\n')
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
