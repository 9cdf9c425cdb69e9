"""A warning says that an encoder truncates a query; none for a query that fits, or that cannot be measured."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from semsearch.search.engine import _warnings
from semsearch.search.search_request import SearchRequest


class Short:
    """Reads four words."""

    max_tokens = 4

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[found.span() for found in re.finditer(r"\w+", text)] for text in texts]


class Uncounted:
    """Has a limit, but no tokenizer."""

    max_tokens = 4


def warnings(text: str, encoder: Any) -> tuple[str, ...]:
    return _warnings(SearchRequest(text), encoder, None)


def test_a_truncated_query_gets_a_warning() -> None:
    (warning,) = warnings("aaaa bbbb cccc dddd eeee", Short())
    assert "only its first 79 %" in warning
    assert warnings("aaaa bbbb cccc dddd", Short()) == ()
    assert warnings("aaaa bbbb cccc dddd eeee", Uncounted()) == ()
    assert warnings("aaaa bbbb cccc dddd eeee", object()) == ()
