"""A query that an encoder sees only the beginning of is told of; one that fits, or that nobody counts, is not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from semsearch.search.engine import _warnings
from semsearch.search.search_request import SearchRequest


class Short:
    """Sees four words."""

    max_tokens = 4

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[found.span() for found in re.finditer(r"\w+", text)] for text in texts]


class Uncounted:
    """Says how much it sees, and not of what."""

    max_tokens = 4


def told(text: str, encoder: Any) -> tuple[str, ...]:
    return _warnings(SearchRequest(text), encoder, None)


def test_a_long_query_is_told_of() -> None:
    (warning,) = told("aaaa bbbb cccc dddd eeee", Short())
    assert "from the first 79 % of it" in warning
    assert told("aaaa bbbb cccc dddd", Short()) == ()
    assert told("aaaa bbbb cccc dddd eeee", Uncounted()) == ()
    assert told("aaaa bbbb cccc dddd eeee", object()) == ()
