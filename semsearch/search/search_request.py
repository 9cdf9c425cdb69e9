"""What is asked of a search, once text has become types. numpy is named in annotations only."""

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
    """One query. Raises InvalidQuery when it cannot mean anything.

    A hit fulfils all `filters`, is in one of `within` (path prefixes), holds all `phrases` and is none of `exclude`
    (document ids). `like` and `unlike` are vectors (dim,) of texts to be near to and far from.
    """

    text: str = ""
    phrases: tuple[str, ...] = ()
    mode: Mode = Mode.HYBRID
    k: int = 10
    """How many documents to return."""
    filters: tuple[Condition, ...] = ()
    within: tuple[str, ...] = ()
    like: tuple[Vector, ...] = ()
    unlike: tuple[Vector, ...] = ()
    exclude: tuple[str, ...] = ()
    floor: bool = True
    """Whether nothing is returned when nothing is relevant."""
    exact: bool = False
    """Whether the dense list is made without an approximate index."""
    per_document: int = 3
    """Most passages shown of one document, the best one included."""
    fold: bool = True
    """Whether near copies are folded under the first of them."""
    vector: Vector | None = None
    """The encoded text where the caller has it already; else the encoder makes it."""

    fuzzy: bool = False
    """Whether misspelled words are searched as the words of the index that are spelled most like them."""
    pasted: bool = False
    """Whether the phrases are what a longer text happens to quote: it is searched as text where they stand nowhere."""
    readable: bool = True
    """Whether the encoder can read the text; where it cannot, only words decide."""

    def __post_init__(self) -> None:
        """Refuse what cannot be searched for."""
        if self.k < 1:
            raise InvalidQuery(f"k is {self.k}; ask for 1 document or more")
        if self.per_document < 1:
            raise InvalidQuery(f"{self.per_document} passages of a document cannot be shown; ask for 1 or more")
        has_text = bool(self.text.strip())
        if not has_text and self.mode is Mode.LEXICAL:
            raise InvalidQuery("the lexical mode needs words to look for; give some text")
        if not has_text and not self.like:
            raise InvalidQuery("the query is empty; give some text, or a file to be like")
