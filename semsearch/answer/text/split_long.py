"""Split texts for a model's input limit, at passages and between sentences; no character is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from semsearch.corpus.split.cuts import inner_cut, sentence_starts
from semsearch.errors import InvalidQuery
from semsearch.types.documents import BlockKind
from semsearch.types.models import Seq2Seq

__all__ = ["packed", "sentences", "split"]

_ITEM = re.compile(r"\n(?=[ \t]*(?:[-*+•#>|]|\d{1,3}[.)])[ \t]?\S)")
"""A line that begins a list item, a heading, a quotation or a table row is a separate sentence."""


def sentences(text: str) -> list[str]:
    """Split a text after its sentences, paragraphs and list items; the joined parts equal the text."""
    cuts = sorted({*sentence_starts(text), *(found.end() for found in _ITEM.finditer(text))} - {0, len(text)})
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True) if a < b]


def split(texts: Sequence[str], model: Seq2Seq) -> list[list[str]]:
    """Split each text into parts that fit the model; the joined parts of a text equal the text.

    A text that is too long is halved at the best boundary until its parts fit. Raises InvalidQuery when not even a
    single character does.
    """
    counts = model.count_tokens(texts)
    return [
        [text] if count <= model.max_tokens else _halved(text, model) for text, count in zip(texts, counts, strict=True)
    ]


def _halved(text: str, model: Seq2Seq) -> list[str]:
    if len(text) < 2:
        raise InvalidQuery(f"{model.name} reads {model.max_tokens} tokens, too few for any text: name a larger model")
    middle = len(text) // 2
    at = inner_cut(text, 0, len(text) - 1, middle, BlockKind.PARAGRAPH) or middle
    return [part for parts in split([text[:at], text[at:]], model) for part in parts]


def packed(texts: Sequence[str], model: Seq2Seq) -> list[str]:
    """Join texts, in order, into as few inputs as fit the model; a text that is too long is split first."""
    inputs: list[str] = []
    for part in (part for parts in split([text for text in texts if text.strip()], model) for part in parts):
        joined = f"{inputs[-1]}\n\n{part}" if inputs else part
        if inputs and model.count_tokens([joined])[0] <= model.max_tokens:
            inputs[-1] = joined
        else:
            inputs.append(part)
    return inputs
