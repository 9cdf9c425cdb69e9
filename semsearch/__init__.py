"""Semantic search over your own files: `Index` holds everything, names are loaded when they are used.

import semsearch

with semsearch.Index.create("my-index", exist_ok=True) as index:
    index.index(["docs"])
    for hit in index.search("how do I reset the device?").hits:
        print(hit.score, hit.path, hit.passage.anchor)
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; typing itself costs more than a warm query's client
if TYPE_CHECKING:  # `as` exports a name; what is here and in _HOMES is compared by a test
    from semsearch.answer.generate import Event as Event
    from semsearch.api.asking import Asking as Asking
    from semsearch.api.check_and_repair import doctor as doctor
    from semsearch.api.embedding import Side as Side
    from semsearch.api.embedding import embed as embed
    from semsearch.api.embedding import embed_tokens as embed_tokens
    from semsearch.api.import_archive import import_index as import_index
    from semsearch.api.index import Index as Index
    from semsearch.api.index_status import status as status
    from semsearch.api.keywords import AnswerKeywords as AnswerKeywords
    from semsearch.api.keywords import AskKeywords as AskKeywords
    from semsearch.api.keywords import FindKeywords as FindKeywords
    from semsearch.api.keywords import ListKeywords as ListKeywords
    from semsearch.api.keywords import RerankKeywords as RerankKeywords
    from semsearch.api.keywords import SearchKeywords as SearchKeywords
    from semsearch.api.keywords import SettingsKeywords as SettingsKeywords
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
    from semsearch.api.saved_queries import Difference as Difference
    from semsearch.api.saved_queries import HitChange as HitChange
    from semsearch.api.saved_queries import HitChangeKind as HitChangeKind
    from semsearch.api.saved_queries import SavedHit as SavedHit
    from semsearch.api.saved_queries import SavedQuery as SavedQuery
    from semsearch.conditions import And as And
    from semsearch.conditions import Condition as Condition
    from semsearch.conditions import Filter as Filter
    from semsearch.conditions import Not as Not
    from semsearch.conditions import Operator as Operator
    from semsearch.conditions import Or as Or
    from semsearch.corpus.text.blocks import TextBuilder as TextBuilder
    from semsearch.errors import IndexBusy as IndexBusy
    from semsearch.errors import IndexClosed as IndexClosed
    from semsearch.errors import IndexDamaged as IndexDamaged
    from semsearch.errors import IndexIncompatible as IndexIncompatible
    from semsearch.errors import IndexNotFound as IndexNotFound
    from semsearch.errors import InvalidFilter as InvalidFilter
    from semsearch.errors import InvalidQuery as InvalidQuery
    from semsearch.errors import ModelMismatch as ModelMismatch
    from semsearch.errors import ModelUnavailable as ModelUnavailable
    from semsearch.errors import NotInIndex as NotInIndex
    from semsearch.errors import SemsearchError as SemsearchError
    from semsearch.errors import SourceUnreadable as SourceUnreadable
    from semsearch.errors import StorageFull as StorageFull
    from semsearch.explore.near_duplicates import NearDuplicate as NearDuplicate
    from semsearch.models.manage.add_remove import Removed as Removed
    from semsearch.models.manage.details import FileState as FileState
    from semsearch.models.manage.details import ModelDetails as ModelDetails
    from semsearch.models.manage.inventory import ModelInfo as ModelInfo
    from semsearch.models.manage.inventory import Where as Where
    from semsearch.search.options import SearchOptions as SearchOptions
    from semsearch.search.parse_filter import parse_filter as parse_filter
    from semsearch.settings import Settings as Settings
    from semsearch.types.answers import Answer as Answer
    from semsearch.types.answers import Citation as Citation
    from semsearch.types.answers import Question as Question
    from semsearch.types.answers import Sentence as Sentence
    from semsearch.types.documents import Anchor as Anchor
    from semsearch.types.documents import AnchorKind as AnchorKind
    from semsearch.types.documents import Block as Block
    from semsearch.types.documents import BlockKind as BlockKind
    from semsearch.types.documents import Document as Document
    from semsearch.types.documents import Member as Member
    from semsearch.types.documents import Parsed as Parsed
    from semsearch.types.documents import Passage as Passage
    from semsearch.types.documents import Skipped as Skipped
    from semsearch.types.documents import Value as Value
    from semsearch.types.models import Architecture as Architecture
    from semsearch.types.models import BiEncoder as BiEncoder
    from semsearch.types.models import CrossEncoder as CrossEncoder
    from semsearch.types.models import FetchProgress as FetchProgress
    from semsearch.types.models import Generator as Generator
    from semsearch.types.models import Message as Message
    from semsearch.types.models import Role as Role
    from semsearch.types.models import Sampling as Sampling
    from semsearch.types.models import Seq2Seq as Seq2Seq
    from semsearch.types.models import Token as Token
    from semsearch.types.models import TokenEncoder as TokenEncoder
    from semsearch.types.models import Tokenizing as Tokenizing
    from semsearch.types.models import TokenVectors as TokenVectors
    from semsearch.types.reports import Alert as Alert
    from semsearch.types.reports import Cause as Cause
    from semsearch.types.reports import Compared as Compared
    from semsearch.types.reports import Comparison as Comparison
    from semsearch.types.reports import Diagnosis as Diagnosis
    from semsearch.types.reports import DocumentInfo as DocumentInfo
    from semsearch.types.reports import Evaluation as Evaluation
    from semsearch.types.reports import FieldInfo as FieldInfo
    from semsearch.types.reports import Followed as Followed
    from semsearch.types.reports import LabelInfo as LabelInfo
    from semsearch.types.reports import Move as Move
    from semsearch.types.reports import Overlap as Overlap
    from semsearch.types.reports import Plan as Plan
    from semsearch.types.reports import ProblemInfo as ProblemInfo
    from semsearch.types.reports import Progress as Progress
    from semsearch.types.reports import ProgressCallback as ProgressCallback
    from semsearch.types.reports import Remark as Remark
    from semsearch.types.reports import SourceInfo as SourceInfo
    from semsearch.types.reports import Status as Status
    from semsearch.types.reports import Summary as Summary
    from semsearch.types.reports import Unfinished as Unfinished
    from semsearch.types.search import Absence as Absence
    from semsearch.types.search import Floor as Floor
    from semsearch.types.search import Hit as Hit
    from semsearch.types.search import Mode as Mode
    from semsearch.types.search import Reranked as Reranked
    from semsearch.types.search import RerankMode as RerankMode
    from semsearch.types.search import Results as Results
    from semsearch.types.search import WhyNot as WhyNot
    from semsearch.types.search import WordMatch as WordMatch

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
    "semsearch.corpus.text.blocks": ("TextBuilder",),
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
    "semsearch.search.parse_filter": ("parse_filter",),
    "semsearch.search.options": ("SearchOptions",),
    "semsearch.settings": ("Settings",),
    "semsearch.types.documents": (
        "Anchor",
        "AnchorKind",
        "Block",
        "BlockKind",
        "Document",
        "Member",
        "Parsed",
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

__all__ = sorted(_MODULES)


if not TYPE_CHECKING:  # or type checkers would take any name for one that is here

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        import importlib

        return getattr(importlib.import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
