"""Recordings: their spoken text, one line per utterance, anchored at its seconds.

The transcription is done by a model and passed in as a list of utterances.
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
"""Types of files that are transcribed; of a film, its first audio track."""
PAUSE_SECONDS = 2.0
"""A silence of this length ends a paragraph."""
BREAK_SECONDS = 10.0
"""A silence of this length ends a passage: the text before and after it is found separately."""


def read(utterances: Iterable[Utterance], facts: Mapping[str, Value]) -> Parsed:
    """Return a recording as a document; `facts` are its title and its other metadata.

    A block is an utterance, and its anchor the whole seconds around it. A heading without text marks a long silence.
    """
    builder = TextBuilder()
    before: float | None = None
    for utterance in utterances:
        text = " ".join(clean(utterance.text).split())
        if not text:
            continue
        start = floor(utterance.start)
        anchor = Anchor(AnchorKind.TIME, start, max(start, ceil(utterance.stop)))
        silence = utterance.start - before if before is not None else 0.0
        if silence >= BREAK_SECONDS:
            builder.add("", anchor, BlockKind.HEADING, level=1, separator="")
        builder.add(text, anchor, separator="\n\n" if silence >= PAUSE_SECONDS else "\n")
        before = utterance.stop
    metadata = dict(facts)
    title = str(metadata.pop("title", "") or "")
    return builder.parsed(title, metadata)
