"""What an app holds. Everything that the command line does goes through here; names are loaded when they are used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from semsearch.api.archives import import_index
    from semsearch.api.evaluation import evaluate
    from semsearch.api.health import doctor
    from semsearch.api.index import Index
    from semsearch.api.location import locate
    from semsearch.api.overview import status
    from semsearch.models.load import load_encoder
    from semsearch.reports import Diagnosis, DocumentInfo, Evaluation, Located, SourceInfo, Status

__all__ = [
    "Diagnosis",
    "DocumentInfo",
    "Evaluation",
    "Index",
    "Located",
    "SourceInfo",
    "Status",
    "doctor",
    "evaluate",
    "import_index",
    "load_encoder",
    "locate",
    "status",
]

_HOMES = {
    "Index": "semsearch.api.index",
    "doctor": "semsearch.api.health",
    "evaluate": "semsearch.api.evaluation",
    "import_index": "semsearch.api.archives",
    "load_encoder": "semsearch.models.load",
    "locate": "semsearch.api.location",
    "status": "semsearch.api.overview",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES.get(name, "semsearch.reports")), name)


def __dir__() -> list[str]:
    return __all__
