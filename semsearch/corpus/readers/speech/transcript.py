"""Recordings: what is said in them as text, a line for each utterance, anchored at its seconds.

The listening itself is a model's work and comes in as a list of utterances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor

from semsearch.corpus.text.blocks import TextBuilder
from semsearch.corpus.text.decode import clean
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Value
from semsearch.types.models import Utterance

__all__ = ["RECORDINGS", "read"]

RECORDINGS = frozenset(
    ("aac", "flac", "m4a", "m4b", "m4v", "mkv", "mov", "mp3", "mp4", "oga", "ogg", "opus", "wav", "webm")
)
"""Types of files that are listened to; of a film its first sound track."""
PAUSE_SECONDS = 2.0
"""Such a silence ends a paragraph."""
BREAK_SECONDS = 10.0
"""Such a silence ends a passage: what was said before it and after it is found apart."""


def read(utterances: Iterable[Utterance], facts: Mapping[str, Value]) -> Parsed:
    """Return a recording as a document; `facts` are its title and its other metadata.

    A block is an utterance, and its anchor the whole seconds around it. A heading without text stands where a long
    silence was.
    """
    builder = TextBuilder()
    before: float | None = None
    for said in utterances:
        text = " ".join(clean(said.text).split())
        if not text:
            continue
        anchor = Anchor(AnchorKind.TIME, floor(said.start), max(floor(said.start), ceil(said.stop)))
        silence = said.start - before if before is not None else 0.0
        if silence >= BREAK_SECONDS:
            builder.add("", anchor, BlockKind.HEADING, level=1, separator="")
        builder.add(text, anchor, separator="\n\n" if silence >= PAUSE_SECONDS else "\n")
        before = said.stop
    metadata = dict(facts)
    title = str(metadata.pop("title", "") or "")
    return builder.parsed(title, metadata)
