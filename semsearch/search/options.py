"""What shapes a search: one object from every door to the engine."""

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
    """The options of a search, checked by the door that they came through; `Index.search` says what each means."""

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
    """Documents that a reranker reads."""
    reranker: str | CrossEncoder | None = None
    literal: bool = False
    """Whether quotes are no phrases and nothing is corrected: the texts of an evaluation."""

    @classmethod
    def of(cls, given: Mapping[str, Any], **more: Any) -> SearchOptions:
        """Make them of keyword arguments that have been checked."""
        return cls(**given, **more)

    def keywords(self) -> dict[str, Any]:
        """Return them as keyword arguments of `Index.search`."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "literal"}
