"""Documents of an index: listing, reading, removing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from semsearch.errors import NotInIndex
from semsearch.stores.base import Documents, Snapshot, StoreView, StoreWriter
from semsearch.stores.member_paths import is_holder
from semsearch.types.documents import Passage

__all__ = ["context", "remove"]

_CONTEXT_CHARACTERS = 400
"""Characters looked through for one line of context, at most."""


def context(view: StoreView, passage: Passage, lines: int) -> tuple[str, str]:
    """Return the `lines` lines before and after a passage; its own first and last line are completed."""
    if lines < 1:
        return "", ""
    documents, name = view.documents, passage.document_id
    reach = _CONTEXT_CHARACTERS * (lines + 1)
    before = documents.text(name, passage.start - reach, passage.start).splitlines(keepends=True)
    after = documents.text(name, passage.stop, passage.stop + reach).splitlines(keepends=True)
    whole_before = lines + (bool(before) and not before[-1].endswith("\n"))
    whole_after = lines + (bool(after) and after[0].strip() == "")
    return "".join(before[-whole_before:]), "".join(after[:whole_after])


def remove(writer: StoreWriter, targets: Sequence[str | Path]) -> int:
    """Remove documents by id, path, folder or source root. Raises NotInIndex for a target that is not here."""
    state = writer.snapshot
    numbers: set[int] = set()
    roots: list[int] = []
    for target in targets:
        found, root = _resolve(state, str(target))
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
    """Tell whether a document is a file that holds others: they go with it."""
    found = documents.with_number(number)
    return found is not None and is_holder(found.content)
