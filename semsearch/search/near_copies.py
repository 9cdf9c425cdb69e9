"""Near-duplicate folding: show the same passage of several files once. Imports numpy."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from semsearch.stores.searchable import Searchable
from semsearch.types.documents import Passage

if TYPE_CHECKING:
    from semsearch.types.arrays import Ids

__all__ = ["Shown", "fold", "same_text"]

_COSINE = 0.97
_COVERED = 0.8
_NOT_WORD = re.compile(r"[\W_]+")
_SIGN = re.compile(r"[-+−]?\d+(?:[.,:/]\d+)*|(?<=\s)-(?=\s)|[<>=!+%&^~$€£]+")
_DECORATION = re.compile(r"^[>\s]*(?:[-*•#]+\s+)?|([=~^+#-])\1{2,}", re.MULTILINE)


@dataclass(slots=True)
class Shown:
    """A passage to show, and the ids of the documents folded under it."""

    passage: Passage
    record: int
    """The id of the record found: the passage, or the document's name record."""
    folded: list[str] = field(default_factory=list)


def fold(index: Searchable, ids: Ids, k: int, *, copies: bool = True) -> list[Shown]:
    """Return the first `k` records to show; a near duplicate of an earlier one is folded under that one.

    A document found by its name record is shown by its first passage.

    Near duplicates have a cosine of at least .97 (the embedded text includes headings) and the same text.
    """
    shown: list[Shown] = []
    vectors: np.ndarray | None = None
    at, step = 0, k
    while len(shown) < k and at < len(ids):
        part = ids[at : at + step]
        at, step = at + len(part), max(k, 16)
        shows = index.beginnings(part)
        rows = dict(zip(shows.tolist(), index.vectors(shows), strict=True)) if copies else {}
        records = dict(zip(shows.tolist(), part.tolist(), strict=True))
        for passage in index.fetch(shows.tolist()):
            first = None
            if copies:
                row = rows[passage.id]
                vectors = np.zeros((min(k, len(ids)), len(row)), row.dtype) if vectors is None else vectors
                first = _copy_of(passage, vectors[: len(shown)] @ row, shown)
            if first is not None:
                first.folded.append(passage.document_id)
            elif len(shown) < k:
                if vectors is not None:
                    vectors[len(shown)] = row
                shown.append(Shown(passage, records[passage.id]))
    return shown


def _copy_of(passage: Passage, cosines: np.ndarray, shown: list[Shown]) -> Shown | None:
    if not passage.text:
        return None
    (near,) = (cosines >= _COSINE).nonzero()
    return next((shown[i] for i in near.tolist() if same_text(shown[i].passage.text, passage.text)), None)


def same_text(one: str, other: str) -> bool:
    """Return whether two passages have the same text.

    True if the letters and digits of one are a contiguous part of at least four fifths of the other, and both have the
    same numbers and signs. Differences in white space, case, punctuation, markup, hyphenation and ligatures are
    ignored; a different word, name or number is not.
    """
    one, other = unicodedata.normalize("NFKC", one), unicodedata.normalize("NFKC", other)
    a, b = sorted((_NOT_WORD.sub("", one.casefold()), _NOT_WORD.sub("", other.casefold())), key=len)
    if a not in b or len(a) < _COVERED * len(b):
        return False
    return _signs(one) == _signs(other)


def _signs(text: str) -> list[str]:
    """Return, in order, the numbers and signs that change the meaning: 1.5 is not 15, and a < b is not a > b."""
    return _SIGN.findall(_DECORATION.sub(" ", text))
