"""Documents of an index: listing, reading, removing; and its settings, which shape them."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.arguments import lost_paths, prefixes, several
from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import ModelMismatch, NotInIndex
from semsearch.search.parse_filter import parse_filters
from semsearch.stores.member_paths import is_holder
from semsearch.stores.records import PREVIOUS

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.conditions import Condition
    from semsearch.settings import Settings
    from semsearch.stores.base import Documents, Snapshot
    from semsearch.types.documents import Document, Passage
    from semsearch.types.reports import DocumentInfo

__all__ = ["compact", "configure", "context", "list_documents", "passages_of", "remove", "whole_document"]

_CONTEXT_CHARACTERS = 400
"""Characters looked through for one line of context, at most."""


def list_documents(
    opened: OpenIndex,
    filters: str | Condition | Sequence[str | Condition],
    within: str | Path | Sequence[str | Path],
) -> Generator[DocumentInfo, None, None]:
    """Yield the documents that pass: see `Index.documents`."""
    with opened.view() as view:
        places = several(within)
        if (gone := next((path for path, there in lost_paths(view, places) if not there), None)) is not None:
            raise NotInIndex(f"{gone} is not there, and the index holds nothing below it")
        chosen = parse_filters(several(filters))
        yield from view.documents.infos(chosen, [form for path in places for form in prefixes(path)])


def whole_document(opened: OpenIndex, document_id: str) -> Document:
    """Return a document with its text: see `Index.document`."""
    with opened.view() as view:
        return view.documents.whole(opened.known_id(view, document_id))


def passages_of(opened: OpenIndex, document_id: str) -> list[Passage]:
    """Return the passages of a document: see `Index.passages`."""
    with opened.view() as view:
        return view.fetch(view.passages_of(opened.known_id(view, document_id)).tolist())


def context(opened: OpenIndex, passage: Passage, lines: int) -> tuple[str, str]:
    """Return the `lines` lines before and after a passage; its own first and last line are completed."""
    if lines < 1:
        return "", ""
    name, reach = passage.document_id, _CONTEXT_CHARACTERS * (lines + 1)
    with opened.view() as view:
        before = view.documents.text(name, passage.start - reach, passage.start).splitlines(keepends=True)
        after = view.documents.text(name, passage.stop, passage.stop + reach).splitlines(keepends=True)
    whole_before = lines + (bool(before) and not before[-1].endswith("\n"))
    whole_after = lines + (bool(after) and after[0].strip() == "")
    return "".join(before[-whole_before:]), "".join(after[:whole_after])


def configure(opened: OpenIndex, **changes: Any) -> Settings:
    """Change stored settings: see `Index.configure`."""
    settings, before, path = replace(opened.settings, **changes), opened.settings, opened.path
    if settings.model != before.model:
        raise ModelMismatch(
            f"{path} was made with {before.model}; move it to {settings.model} (`models.move_to`, or "
            f"`semsearch index --model {settings.model}`), or index into another place"
        )
    if settings != before:
        with opened.writer() as writer:
            writer.set_meta("settings", settings.to_dict())
            writer.commit()
        opened.settings = settings
    return settings


def compact(opened: OpenIndex) -> None:
    """Rewrite the index without what was removed: see `Index.compact`."""
    with opened.writer() as writer:
        writer.moves.give_up(PREVIOUS)
        writer.compact(embedded_text)
        writer.shrink()


def remove(opened: OpenIndex, targets: Sequence[str | Path]) -> int:
    """Remove documents by id, path, folder or source root. Raises NotInIndex for a target that is not here."""
    numbers: set[int] = set()
    roots: list[int] = []
    with opened.writer() as writer:
        for target in targets:
            found, root = _resolve(writer.snapshot, str(target))
            if not found and root is None:
                raise NotInIndex(f"{target} is not in the index; `semsearch list` shows what is")
            numbers |= found
            roots += [] if root is None else [root]
        writer.delete(sorted(numbers))
        for root in roots:
            writer.remove_source(root)
        writer.commit()
    return len(numbers)


def _resolve(state: Snapshot, target: str) -> tuple[set[int], int | None]:
    """Return the documents that a target means, and the source when it is a root."""
    absolute = os.path.abspath(target)  # noqa: PTH100
    root = next((n for n, path in state.sources.roots.items() if path == absolute), None)
    documents = state.documents
    own = documents.number(target)
    if own is not None and root is None and not _holds(documents, own):
        return {own}, None
    found = set(documents.matching((), (absolute,)).tolist())
    return found, root


def _holds(documents: Documents, number: int) -> bool:
    """Return whether a document is a file that holds others: they go with it."""
    found = documents.with_number(number)
    return found is not None and is_holder(found.content)
