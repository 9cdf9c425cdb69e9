"""What an app holds. Everything that the command line does goes through here; names are loaded when they are used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.api.archives import import_index
    from semsearch.api.asking import Asking
    from semsearch.api.check_and_repair import doctor
    from semsearch.api.embedding import embed, embed_tokens
    from semsearch.api.evaluation import evaluate
    from semsearch.api.index import Index
    from semsearch.api.index_status import status
    from semsearch.api.locate_index import Located, locate
    from semsearch.api.model_comparison import compare_models
    from semsearch.api.models import add_model, fetch_model, list_models, load_generator, remove_model, show_model
    from semsearch.api.planning import plan_index
    from semsearch.api.trust import forget_index, trust_index, trusted_indexes
    from semsearch.models.encoder.load import load_encoder
    from semsearch.types.reports import Diagnosis, DocumentInfo, Evaluation, SourceInfo, Status

__all__ = [
    "Asking",
    "Diagnosis",
    "DocumentInfo",
    "Evaluation",
    "Index",
    "Located",
    "SourceInfo",
    "Status",
    "add_model",
    "compare_models",
    "doctor",
    "embed",
    "embed_tokens",
    "evaluate",
    "fetch_model",
    "forget_index",
    "import_index",
    "list_models",
    "load_encoder",
    "load_generator",
    "locate",
    "plan_index",
    "remove_model",
    "show_model",
    "status",
    "trust_index",
    "trusted_indexes",
]

_HOMES = {
    "Asking": "semsearch.api.asking",
    "Index": "semsearch.api.index",
    "Located": "semsearch.api.locate_index",
    "add_model": "semsearch.api.models",
    "compare_models": "semsearch.api.model_comparison",
    "doctor": "semsearch.api.check_and_repair",
    "embed": "semsearch.api.embedding",
    "embed_tokens": "semsearch.api.embedding",
    "evaluate": "semsearch.api.evaluation",
    "fetch_model": "semsearch.api.models",
    "forget_index": "semsearch.api.trust",
    "import_index": "semsearch.api.archives",
    "list_models": "semsearch.api.models",
    "load_encoder": "semsearch.models.encoder.load",
    "load_generator": "semsearch.api.models",
    "locate": "semsearch.api.locate_index",
    "plan_index": "semsearch.api.planning",
    "remove_model": "semsearch.api.models",
    "show_model": "semsearch.api.models",
    "status": "semsearch.api.index_status",
    "trust_index": "semsearch.api.trust",
    "trusted_indexes": "semsearch.api.trust",
}


if not TYPE_CHECKING:  # or type checkers would take any name for one that is here

    def __getattr__(name):
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES.get(name, "semsearch.types.reports")), name)


def __dir__() -> list[str]:
    return __all__
