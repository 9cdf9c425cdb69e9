"""The keyword arguments that several calls share, by name and type: for `Unpack`, in an app's own wrappers too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from semsearch.conditions import Condition
from semsearch.types.models import BiEncoder, CrossEncoder, FetchProgress, Generator, Sampling, Seq2Seq
from semsearch.types.search import Mode, RerankMode, Results

__all__ = [
    "AnswerKeywords",
    "AskKeywords",
    "FindKeywords",
    "ListKeywords",
    "OpenKeywords",
    "RerankKeywords",
    "SearchKeywords",
    "SettingsKeywords",
]


class OpenKeywords(TypedDict, total=False):
    """How an index is opened: see `Index.open`."""

    encoder: BiEncoder | None
    offline: bool | None
    wait: float
    fetch_progress: FetchProgress | None


class ListKeywords(TypedDict, total=False):
    """What shapes the lists of a search: see `Index.search`."""

    k: int
    mode: Mode | str
    filters: str | Condition | Sequence[str | Condition]
    within: str | Path | Sequence[str | Path]
    like: str | Path | Sequence[str | Path]
    unlike: str | Path | Sequence[str | Path]
    floor: bool
    fuzzy: bool
    exact: bool
    fold: bool
    per_document: int


class RerankKeywords(TypedDict, total=False):
    """Whether and how a reranker reads the first documents: see `Index.search`."""

    rerank: bool
    rerank_mode: RerankMode | str
    rerank_top: int
    reranker: str | CrossEncoder | None


class FindKeywords(ListKeywords, total=False):
    """How documents are found for an answer, which says by itself whether they are reranked."""

    rerank_mode: RerankMode | str
    rerank_top: int


class SearchKeywords(FindKeywords, total=False):
    """What `Index.search` takes beside the query."""

    rerank: bool
    reranker: str | CrossEncoder | None


class AskKeywords(SearchKeywords, total=False):
    """What `Asking` takes beside the model that writes: see `Index.answer`."""

    base_url: str | None
    seq2seq: Seq2Seq | str | bool
    strict: bool
    sentences: int
    passages: int
    results: Results | None


class AnswerKeywords(AskKeywords, total=False):
    """What `Index.answer` takes beside the question."""

    generator: Generator | str | None
    sampling: Sampling | None


class SettingsKeywords(TypedDict, total=False):
    """The fields of `Settings`, of which `configure` and `plan` take some."""

    model: str
    language: str
    passage_tokens: int
    max_file_bytes: int
    max_recording_bytes: int
    file_seconds: float
    max_members: int
    max_expanded_bytes: int
    max_nesting: int
    max_pages: int
    max_text: int
    ocr: bool
    max_pixels: int
    transcriber: str
    hidden: bool
    ignore_files: bool
    recall: float
    splitter: int
