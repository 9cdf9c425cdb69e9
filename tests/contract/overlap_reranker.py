"""A tiny reranker for tests: the share of the query's words that a passage holds, as a logit. Real, without weights."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.types.arrays import Scores

WORD = re.compile(r"\w+")


class OverlapReranker:
    """A CrossEncoder that counts words; `asked` keeps (query, passages) of every call."""

    name = "overlap"

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        import numpy as np

        self.asked.append((query, list(passages)))
        return np.array([self._logit(query, passage) for passage in passages], dtype=np.float32)

    @staticmethod
    def _logit(query: str, passage: str) -> float:
        wanted, there = (set(WORD.findall(text.lower())) for text in (query, passage))
        return math.log((1 + len(wanted & there)) / (1 + len(wanted - there)))
