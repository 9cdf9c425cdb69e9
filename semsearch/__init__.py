"""Semantic search over your own files: `Index` holds everything, names are loaded when they are used.

import semsearch

with semsearch.Index.create("my-index", exist_ok=True) as index:
    index.index(["docs"])
    for hit in index.search("how do I reset the device?").hits:
        print(hit.score, hit.path, hit.passage.anchor)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semsearch.api.archives import import_index
    from semsearch.api.health import doctor
    from semsearch.api.index import Index
    from semsearch.api.location import locate
    from semsearch.api.overview import status
    from semsearch.errors import (
        IndexBusy,
        IndexDamaged,
        IndexIncompatible,
        IndexNotFound,
        InvalidFilter,
        InvalidQuery,
        ModelMismatch,
        ModelUnavailable,
        SemsearchError,
        SourceUnreadable,
        StorageFull,
    )
    from semsearch.reports import Diagnosis, DocumentInfo, Evaluation, Located, SourceInfo, Status, Summary
    from semsearch.roles import BiEncoder, CrossEncoder, TokenEncoder, Tokenizing
    from semsearch.settings import Settings
    from semsearch.types import (
        Anchor,
        AnchorKind,
        Document,
        Filter,
        Hit,
        Mode,
        Passage,
        Reranked,
        RerankMode,
        Results,
        WhyNot,
        WordMatch,
    )

__version__ = "0.1.0"

_HOMES = {
    "semsearch.api": ("Index", "doctor", "import_index", "locate", "status"),
    "semsearch.errors": (
        "IndexBusy",
        "IndexDamaged",
        "IndexIncompatible",
        "IndexNotFound",
        "InvalidFilter",
        "InvalidQuery",
        "ModelMismatch",
        "ModelUnavailable",
        "SemsearchError",
        "SourceUnreadable",
        "StorageFull",
    ),
    "semsearch.reports": ("Diagnosis", "DocumentInfo", "Evaluation", "Located", "SourceInfo", "Status", "Summary"),
    "semsearch.roles": ("BiEncoder", "CrossEncoder", "TokenEncoder", "Tokenizing"),
    "semsearch.settings": ("Settings",),
    "semsearch.types": (
        "Anchor",
        "AnchorKind",
        "Document",
        "Filter",
        "Hit",
        "Mode",
        "Passage",
        "RerankMode",
        "Reranked",
        "Results",
        "WhyNot",
        "WordMatch",
    ),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Anchor",
    "AnchorKind",
    "BiEncoder",
    "CrossEncoder",
    "Diagnosis",
    "Document",
    "DocumentInfo",
    "Evaluation",
    "Filter",
    "Hit",
    "Index",
    "IndexBusy",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexNotFound",
    "InvalidFilter",
    "InvalidQuery",
    "Located",
    "Mode",
    "ModelMismatch",
    "ModelUnavailable",
    "Passage",
    "RerankMode",
    "Reranked",
    "Results",
    "SemsearchError",
    "Settings",
    "SourceInfo",
    "SourceUnreadable",
    "Status",
    "StorageFull",
    "Summary",
    "TokenEncoder",
    "Tokenizing",
    "WhyNot",
    "WordMatch",
    "doctor",
    "import_index",
    "locate",
    "status",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
