"""What an app holds. Everything that the command line does goes through here; names are loaded when they are used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from semsearch.api.asking import Asking as Asking
    from semsearch.api.check_and_repair import doctor as doctor
    from semsearch.api.embedding import embed as embed
    from semsearch.api.embedding import embed_tokens as embed_tokens
    from semsearch.api.evaluation import evaluate as evaluate
    from semsearch.api.import_archive import import_index as import_index
    from semsearch.api.index import Index as Index
    from semsearch.api.index_status import status as status
    from semsearch.api.locate_index import Located as Located
    from semsearch.api.locate_index import locate as locate
    from semsearch.api.model_comparison import compare_models as compare_models
    from semsearch.api.models import add_model as add_model
    from semsearch.api.models import fetch_model as fetch_model
    from semsearch.api.models import list_models as list_models
    from semsearch.api.models import load_generator as load_generator
    from semsearch.api.models import remove_model as remove_model
    from semsearch.api.models import show_model as show_model
    from semsearch.api.planning import plan_index as plan_index
    from semsearch.api.trust import forget_index as forget_index
    from semsearch.api.trust import trust_index as trust_index
    from semsearch.api.trust import trusted_indexes as trusted_indexes
    from semsearch.models.encoder.load import load_encoder as load_encoder
    from semsearch.types.reports import Diagnosis as Diagnosis
    from semsearch.types.reports import DocumentInfo as DocumentInfo
    from semsearch.types.reports import Evaluation as Evaluation
    from semsearch.types.reports import SourceInfo as SourceInfo
    from semsearch.types.reports import Status as Status


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
    "import_index": "semsearch.api.import_archive",
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
    **dict.fromkeys(("Diagnosis", "DocumentInfo", "Evaluation", "SourceInfo", "Status"), "semsearch.types.reports"),
}
__all__ = sorted(_HOMES)

if not TYPE_CHECKING:  # or type checkers would take any name for one that is here

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
