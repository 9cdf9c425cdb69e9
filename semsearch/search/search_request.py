"""The parsed request of a search. numpy is imported for type checking only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from semsearch.conditions import Condition
from semsearch.errors import InvalidQuery
from semsearch.types.search import Mode

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector

__all__ = ["SearchRequest"]


@dataclass(frozen=True, slots=True, eq=False)
class SearchRequest:
    """One query. Raises InvalidQuery when it is invalid.

    A hit matches all `filters`, is below one of `within` (path prefixes), contains all `phrases` and is not in
    `exclude` (document ids). `like` and `unlike` are vectors (dim,) of positive and negative examples.
    """

    text: str = ""
    phrases: tuple[str, ...] = ()
    mode: Mode = Mode.HYBRID
    k: int = 10
    """Number of documents to return."""
    filters: tuple[Condition, ...] = ()
    within: tuple[str, ...] = ()
    like: tuple[Vector, ...] = ()
    unlike: tuple[Vector, ...] = ()
    exclude: tuple[str, ...] = ()
    floor: bool = True
    """Whether to return no hits when nothing is above the noise floor."""
    exact: bool = False
    """Whether to run an exact dense search instead of an approximate one."""
    per_document: int = 3
    """Maximum passages shown of one document, the best one included."""
    fold: bool = True
    """Whether near duplicates are folded under the first of them."""
    vector: Vector | None = None
    """The encoded text, if the caller has it already."""

    fuzzy: bool = False
    """Whether to replace misspelled words by the indexed words closest in spelling."""
    pasted: bool = False
    """Whether the phrases are only quotes in a longer text: if they occur nowhere, they are not required."""
    readable: bool = True
    """Whether the encoder can read the text; if not, only words decide."""

    def __post_init__(self) -> None:
        """Validate the request."""
        if self.k < 1:
            raise InvalidQuery(f"k is {self.k}; ask for 1 document or more")
        if self.per_document < 1:
            raise InvalidQuery(f"cannot show {self.per_document} passages of a document; ask for 1 or more")
        has_text = bool(self.text.strip())
        if not has_text and self.mode is Mode.LEXICAL:
            raise InvalidQuery("the lexical mode needs words to search for; give some text")
        if not has_text and not self.like:
            raise InvalidQuery("the query is empty; give some text, or a document to find similar ones to")
