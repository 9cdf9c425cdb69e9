"""Make the frozen index of the current on-disk format, once for every format: `python -m tests.golden.freeze`.

It holds files (by a path relative to the index), documents of a caller, a removed document and a replaced one, in more
than one batch, a label, and the state of another model that a rollback goes to, so that every table and every kind of
row has something in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from semsearch import Document, Index
from semsearch.stores.local.files.layout import FORMAT

ROOT = Path(__file__).parents[2]
KITCHEN = ROOT / "sample_corpus" / "docs" / "kitchen"
FROZEN = ROOT / "indexes" / f"format-{FORMAT}"


def main() -> None:
    """Refuse to touch a frozen index that is there."""
    if FROZEN.exists():
        sys.exit(f"{FROZEN} is frozen: it is never made again")
    with Index.create(FROZEN) as index:
        index.index([KITCHEN])
        index.add(
            [Document("gone", "This document was removed again."), Document("note", "The first words of a note.")]
        )
        index.remove(["gone"])
        index.add([Document("note", "The lighthouse keeper writes a note.", "Note", {"author": "Ada", "year": 1913})])
        index.add([Document("de", "Der Leuchtturm steht auf dem Felsen und weist den Schiffen den Weg.", "Leuchtturm")])
        baking = ("rye-bread.txt", "starter-care.md", "ropey-bread.md")
        index.labels.learn(
            "room", {**{str(KITCHEN / name): "kitchen" for name in baking}, "note": "tower", "de": "tower"}
        )
        index.models.move_to("bge-small-en-v1.5-int8")
        index.models.rollback()


if __name__ == "__main__":
    main()
