"""The arguments of the whole public surface, each checked by its name before anything else happens."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from semsearch.api import argument_checks as checks
from semsearch.api.argument_checks import Check, flag, number, optional, refuse, text, whole, word
from semsearch.client_context import absolute
from semsearch.conditions import And, Filter, Not, Or
from semsearch.search.options import SearchOptions
from semsearch.settings import Settings
from semsearch.types.documents import Passage
from semsearch.types.models import Sampling
from semsearch.types.search import Mode, RerankMode, Results

if TYPE_CHECKING:
    from semsearch.stores.base import StoreView

__all__ = ["ARGUMENTS", "ENCODER", "SETTINGS", "checked", "lost_paths", "options_of", "prefixes", "several"]

P = ParamSpec("P")
R = TypeVar("R")

_LANGUAGE = re.compile("auto|[a-z]{2}")
_BYTES = 2**62


def _language(name: str, value: Any) -> str:
    known = isinstance(value, str) and _LANGUAGE.fullmatch(value)
    return str(value) if known else refuse(name, value, "`auto`, or a code of two letters such as `en` (ISO 639-1)")


def _count(least: int, most: int = _BYTES) -> Check:
    """Take a whole number that is stored: an int of Python's, within bounds."""

    def check(name: str, value: Any) -> int:
        within = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        reported = f"a whole number, at least {least}" if most == _BYTES else f"a whole number from {least} to {most}"
        return int(value) if within else refuse(name, value, reported)

    return check


SETTINGS: dict[str, Check] = {
    "model": word,
    "language": _language,
    "passage_tokens": _count(0),
    "max_file_bytes": _count(0),
    "max_recording_bytes": _count(0),
    "file_seconds": number(0, above=True, most=1e9),
    "max_members": _count(1),
    "max_expanded_bytes": _count(0),
    "max_nesting": _count(1, 100),
    "max_pages": _count(1),
    "max_text": _count(1),
    "ocr": flag,
    "max_pixels": _count(1),
    "transcriber": word,
    "hidden": flag,
    "ignore_files": flag,
    "recall": number(0, above=True, most=1),
    "splitter": _count(0),
}
"""What each field of `Settings` may be."""


def _settings(name: str, value: Any) -> Settings:
    if not isinstance(value, Settings):
        refuse(name, value, "a Settings object")
    for field in fields(value):
        SETTINGS[field.name](field.name, getattr(value, field.name))
    return value


def _sampling(name: str, value: Any) -> Sampling:
    if not isinstance(value, Sampling):
        refuse(name, value, "a Sampling object")
    whole(1)("max_tokens", value.max_tokens)
    number(0, most=1000)("temperature", value.temperature)
    number(0, above=True, most=1)("top_p", value.top_p)
    optional(whole(0))("seed", value.seed)
    return value


def _options(name: str, value: Any) -> SearchOptions:
    """Take the options of a search as one object, each of them checked as if it had been given by itself."""
    if not isinstance(value, SearchOptions):
        refuse(name, value, "SearchOptions")
    return options_of(value.keywords(), literal=flag("literal", value.literal))


def options_of(given: Mapping[str, Any], **others: Any) -> SearchOptions:
    """Return keyword arguments of a search as its options, each of them checked. Raises InvalidQuery, InvalidFilter."""
    return SearchOptions.of({name: ARGUMENTS[name](name, value) for name, value in given.items()}, **others)


def _seq2seq(name: str, value: Any) -> Any:
    return value if isinstance(value, bool) else _SEQ2SEQ(name, value)


ENCODER = checks.role("BiEncoder", "encode_queries", "encode_passages")
"""An encoder, or its name."""
_OWN_ENCODER = optional(checks.role("BiEncoder", "encode_queries", "encode_passages", named=False))
_SEQ2SEQ = checks.role("Seq2Seq", "count_tokens", "transform")
_GENERATOR = optional(checks.role("Generator", "count_tokens", "generate"))

ARGUMENTS: dict[str, Check] = {
    # Asking.
    "query": text,
    "question": text,
    "queries": checks.texts,
    "k": whole(),
    "mode": checks.one_of(Mode, "mode"),
    "filters": checks.filters,
    "within": checks.paths,
    "like": checks.paths,
    "unlike": checks.paths,
    "floor": flag,
    "fuzzy": flag,
    "exact": flag,
    "fold": flag,
    "per_document": whole(),
    "rerank": flag,
    "rerank_mode": checks.one_of(RerankMode, "rerank mode"),
    "rerank_top": whole(),
    "reranker": optional(checks.role("CrossEncoder", "score")),
    "generator": _GENERATOR,
    "base_url": optional(word),
    "seq2seq": _seq2seq,
    "sampling": optional(_sampling),
    "strict": flag,
    "sentences": whole(),
    "passages": whole(),
    "options": _options,
    "modes": checks.modes,
    "measures": optional(checks.measures),
    "threshold": optional(number(-1, most=1)),
    "results": optional(checks.instance(Results, "what `search` returned")),
    "texts": checks.texts,
    "language": word,
    "n": whole(),
    # What is in the index.
    "path": checks.path,
    "paths": checks.paths,
    "file": checks.path,
    "folder": checks.path,
    "targets": checks.paths,
    "documents": checks.documents,
    "document_id": checks.document_id,
    "document_ids": checks.paths,
    "passage": checks.instance(Passage, "a Passage of this index"),
    "lines": whole(0),
    "name": word,
    "field": word,
    "examples": checks.label_examples,
    "column": optional(word),
    "kind": optional(word),
    "skip_unknown": flag,
    "since": optional(whole(0)),
    "mark": whole(0),
    "keep": flag,
    # How it is done.
    "settings": optional(_settings),
    "exist_ok": flag,
    "prune": flag,
    "repair": flag,
    "measure": flag,
    "create": flag,
    "once": flag,
    "alerts": lambda name, value: checks.texts(name, several(value)),
    "rescan": number(0, above=True),
    "stop": optional(checks.role("threading.Event", "is_set", "wait", named=False)),
    "max_memory": whole(0, most=_BYTES),
    "progress": checks.callback,
    "fetch_progress": checks.callback,
    "offline": optional(flag),
    "wait": number(0),
    "encoder": _OWN_ENCODER,
    "model": optional(_SEQ2SEQ),
    "models": checks.texts,
    "depth": whole(1),
    "explicit": optional(text),
    "cwd": optional(checks.path),
}
"""What each argument may be, wherever it stands; a function that means something else by a name says so itself."""


def checked(**own: Check) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have the arguments of a function checked by `ARGUMENTS`, or by a check of its `own`, before it is called."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        known = ARGUMENTS | own
        code = function.__code__
        names = code.co_varnames[: code.co_argcount]

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            values: list[Any] = list(args)
            for place, name in enumerate(names[: len(values)]):
                if name in known:
                    values[place] = known[name](name, values[place])
            given: dict[str, Any] = {
                name: known[name](name, value) if name in known else value for name, value in kwargs.items()
            }
            return function(*values, **given)

        call.checks = known  # type: ignore[attr-defined]
        return call

    return decorate


def several(value: Any) -> Sequence[Any]:
    """Return one text, path or filter as a sequence of one; a sequence as it is."""
    return [value] if isinstance(value, (str, Path, Filter, And, Or, Not)) else value


def prefixes(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Return what a path of `within` may mean: a path from here, or the beginning of the caller's own ids."""
    return absolute(path), str(path)


def lost_paths(view: StoreView, within: Sequence[str | os.PathLike[str]]) -> list[tuple[str, bool]]:
    """Return the paths of `within` below which the index holds nothing, each with whether it is on the disk."""
    return [(str(p), os.path.lexists(absolute(p))) for p in within if not view.holds_below(prefixes(p))]
