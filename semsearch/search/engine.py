"""One query over a Searchable: lists, relevance, folding, hits. numpy is imported here; loaded only for a search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from semsearch.errors import InvalidQuery
from semsearch.search.evidence import Evidence, weigh
from semsearch.search.folding import fold
from semsearch.search.language import language_warning
from semsearch.search.lists import DEPTH, Lists, Plan, direction, gather
from semsearch.search.request import Request
from semsearch.types import BiEncoder, Hit, Mode, Passage, Ranking, Results, Searchable, Tokenizing, Value, Vector

__all__ = ["Request", "plan", "rank_many", "search", "search_many"]
