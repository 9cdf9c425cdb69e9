"""Semantic search over your own files: `Index` holds everything, names are loaded when they are used.

import semsearch

with semsearch.Index.create("my-index", exist_ok=True) as index:
    index.index(["docs"])
    for hit in index.search("how do I reset the device?").hits:
        print(hit.score, hit.path, hit.passage.anchor)
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; typing itself costs more than a warm query's client
if TYPE_CHECKING:
    from semsearch.answer.generate import Event
    from semsearch.api.archives import import_index
    from semsearch.api.asking import Asking
    from semsearch.api.check_and_repair import doctor
    from semsearch.api.embedding import Side, embed, embed_tokens
    from semsearch.api.index import Index
    from semsearch.api.index_status import status
    from semsearch.api.keywords import (
        AnswerKeywords,
        AskKeywords,
        FindKeywords,
        ListKeywords,
        RerankKeywords,
        SearchKeywords,
        SettingsKeywords,
    )
    from semsearch.api.locate_index import Located, locate
    from semsearch.api.model_comparison import compare_models
    from semsearch.api.models import add_model, fetch_model, list_models, load_generator, remove_model, show_model
    from semsearch.api.planning import plan_index
    from semsearch.api.saved_queries import Difference, HitChange, HitChangeKind, SavedHit, SavedQuery
    from semsearch.conditions import And, Condition, Filter, Not, Operator, Or
    from semsearch.errors import (
        IndexBusy,
        IndexClosed,
        IndexDamaged,
        IndexIncompatible,
        IndexNotFound,
        InvalidFilter,
        InvalidQuery,
        ModelMismatch,
        ModelUnavailable,
        NotInIndex,
        SemsearchError,
        SourceUnreadable,
        StorageFull,
    )
    from semsearch.explore.near_duplicates import NearDuplicate
    from semsearch.models.manage.add_remove import Removed
    from semsearch.models.manage.details import FileState, ModelDetails
    from semsearch.models.manage.inventory import ModelInfo, Where
    from semsearch.search.filters import parse_filter
    from semsearch.search.options import SearchOptions
    from semsearch.settings import Settings
    from semsearch.types.answers import Answer, Citation, Question, Sentence
    from semsearch.types.documents import Anchor, AnchorKind, Document, Passage, Skipped, Value
    from semsearch.types.models import (
        Architecture,
        BiEncoder,
        CrossEncoder,
        FetchProgress,
        Generator,
        Message,
        Role,
        Sampling,
        Seq2Seq,
        Token,
        TokenEncoder,
        Tokenizing,
        TokenVectors,
    )
    from semsearch.types.reports import (
        Alert,
        Cause,
        Compared,
        Comparison,
        Diagnosis,
        DocumentInfo,
        Evaluation,
        FieldInfo,
        Followed,
        LabelInfo,
        Move,
        Overlap,
        Plan,
        ProblemInfo,
        Progress,
        ProgressCallback,
        Remark,
        SourceInfo,
        Status,
        Summary,
        Unfinished,
    )
    from semsearch.types.search import Absence, Floor, Hit, Mode, Reranked, RerankMode, Results, WhyNot, WordMatch

__version__ = "0.1.0"

_HOMES = {
    "semsearch.answer.generate": ("Event",),
    "semsearch.types.answers": (
        "Answer",
        "Citation",
        "Question",
        "Sentence",
    ),
    "semsearch.api": (
        "Asking",
        "Index",
        "Located",
        "add_model",
        "compare_models",
        "doctor",
        "embed",
        "embed_tokens",
        "fetch_model",
        "import_index",
        "list_models",
        "load_generator",
        "locate",
        "plan_index",
        "remove_model",
        "show_model",
        "status",
    ),
    "semsearch.api.embedding": ("Side",),
    "semsearch.api.keywords": (
        "AnswerKeywords",
        "AskKeywords",
        "FindKeywords",
        "ListKeywords",
        "RerankKeywords",
        "SearchKeywords",
        "SettingsKeywords",
    ),
    "semsearch.api.saved_queries": ("Difference", "HitChange", "HitChangeKind", "SavedHit", "SavedQuery"),
    "semsearch.conditions": ("And", "Condition", "Filter", "Not", "Operator", "Or"),
    "semsearch.errors": (
        "IndexBusy",
        "IndexClosed",
        "IndexDamaged",
        "IndexIncompatible",
        "IndexNotFound",
        "InvalidFilter",
        "InvalidQuery",
        "ModelMismatch",
        "ModelUnavailable",
        "NotInIndex",
        "SemsearchError",
        "SourceUnreadable",
        "StorageFull",
    ),
    "semsearch.explore.near_duplicates": ("NearDuplicate",),
    "semsearch.models.manage.add_remove": ("Removed",),
    "semsearch.models.manage.details": (
        "FileState",
        "ModelDetails",
    ),
    "semsearch.models.manage.inventory": (
        "ModelInfo",
        "Where",
    ),
    "semsearch.types.reports": (
        "Alert",
        "Cause",
        "Compared",
        "Comparison",
        "Diagnosis",
        "DocumentInfo",
        "Evaluation",
        "FieldInfo",
        "Followed",
        "LabelInfo",
        "Move",
        "Overlap",
        "Plan",
        "ProblemInfo",
        "Progress",
        "ProgressCallback",
        "Remark",
        "SourceInfo",
        "Status",
        "Summary",
        "Unfinished",
    ),
    "semsearch.types.models": (
        "FetchProgress",
        "Architecture",
        "BiEncoder",
        "CrossEncoder",
        "Generator",
        "Message",
        "Role",
        "Sampling",
        "Seq2Seq",
        "Token",
        "TokenEncoder",
        "TokenVectors",
        "Tokenizing",
    ),
    "semsearch.search.filters": ("parse_filter",),
    "semsearch.search.options": ("SearchOptions",),
    "semsearch.settings": ("Settings",),
    "semsearch.types.documents": (
        "Anchor",
        "AnchorKind",
        "Document",
        "Passage",
        "Skipped",
        "Value",
    ),
    "semsearch.types.search": (
        "Absence",
        "Floor",
        "Hit",
        "Mode",
        "RerankMode",
        "Reranked",
        "Results",
        "WhyNot",
        "WordMatch",
    ),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Absence",
    "Alert",
    "Anchor",
    "AnchorKind",
    "And",
    "Answer",
    "AnswerKeywords",
    "Architecture",
    "AskKeywords",
    "Asking",
    "BiEncoder",
    "Cause",
    "Citation",
    "Compared",
    "Comparison",
    "Condition",
    "CrossEncoder",
    "Diagnosis",
    "Difference",
    "Document",
    "DocumentInfo",
    "Evaluation",
    "Event",
    "FetchProgress",
    "FieldInfo",
    "FileState",
    "Filter",
    "FindKeywords",
    "Floor",
    "Followed",
    "Generator",
    "Hit",
    "HitChange",
    "HitChangeKind",
    "Index",
    "IndexBusy",
    "IndexClosed",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexNotFound",
    "InvalidFilter",
    "InvalidQuery",
    "LabelInfo",
    "ListKeywords",
    "Located",
    "Message",
    "Mode",
    "ModelDetails",
    "ModelInfo",
    "ModelMismatch",
    "ModelUnavailable",
    "Move",
    "NearDuplicate",
    "Not",
    "NotInIndex",
    "Operator",
    "Or",
    "Overlap",
    "Passage",
    "Plan",
    "ProblemInfo",
    "Progress",
    "ProgressCallback",
    "Question",
    "Remark",
    "Removed",
    "RerankKeywords",
    "RerankMode",
    "Reranked",
    "Results",
    "Role",
    "Sampling",
    "SavedHit",
    "SavedQuery",
    "SearchKeywords",
    "SearchOptions",
    "SemsearchError",
    "Sentence",
    "Seq2Seq",
    "Settings",
    "SettingsKeywords",
    "Side",
    "Skipped",
    "SourceInfo",
    "SourceUnreadable",
    "Status",
    "StorageFull",
    "Summary",
    "Token",
    "TokenEncoder",
    "TokenVectors",
    "Tokenizing",
    "Unfinished",
    "Value",
    "Where",
    "WhyNot",
    "WordMatch",
    "add_model",
    "compare_models",
    "doctor",
    "embed",
    "embed_tokens",
    "fetch_model",
    "import_index",
    "list_models",
    "load_generator",
    "locate",
    "parse_filter",
    "plan_index",
    "remove_model",
    "show_model",
    "status",
]


if not TYPE_CHECKING:  # or type checkers would take any name for one that is here

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
