"""The options of a search, one object from every interface to the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from semsearch.types.search import Mode, RerankMode

if TYPE_CHECKING:
    from os import PathLike

    from semsearch.conditions import Condition
    from semsearch.types.models import CrossEncoder

__all__ = ["SearchOptions"]


@dataclass(frozen=True, slots=True, eq=False)
class SearchOptions:
    """The options of a search, validated by the interface they came through; `Index.search` documents each."""

    k: int = 10
    mode: Mode = Mode.HYBRID
    filters: Sequence[str | Condition] = ()
    within: Sequence[str | PathLike[str]] = ()
    like: Sequence[str | PathLike[str]] = ()
    unlike: Sequence[str | PathLike[str]] = ()
    floor: bool = True
    exact: bool = False
    fold: bool = True
    fuzzy: bool = True
    per_document: int = 3
    rerank: bool = False
    rerank_mode: RerankMode = RerankMode.FUSE
    rerank_top: int = 20
    """Number of documents to rerank."""
    reranker: str | CrossEncoder | None = None
    literal: bool = False
    """Whether to ignore quotes and correct nothing, as for the queries of an evaluation."""

    @classmethod
    def of(cls, given: Mapping[str, Any], **more: Any) -> SearchOptions:
        """Build from validated keyword arguments."""
        return cls(**given, **more)

    def keywords(self) -> dict[str, Any]:
        """Return the keyword arguments of `Index.search`."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "literal"}
