"""Write name records: of moved documents, and of an index that has none yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from semsearch.corpus.split.file_names import RECORD, name_parts, name_span, place_of
from semsearch.corpus.split.passages import embedded_text
from semsearch.indexing.encode.encode_buffer import EncodeBuffer, embedding_hash
from semsearch.stores.base import StoreWriter
from semsearch.stores.member_paths import is_member
from semsearch.stores.records import ADDED, NAMES, NAMES_VERSION, FileFacts, Named, Renamed

__all__ = ["complete_names", "move_document"]

_ROWS = 1000


def move_document(
    writer: StoreWriter, window: EncodeBuffer, number: int, source: int, root: Path, path: str, facts: FileFacts
) -> None:
    """Change the path of a document and its name record; no passage is encoded."""
    (known,) = writer.snapshot.documents.named(number - 1, 1)
    parts = name_parts(place_of(str(root), path))
    renamed, embedded = _renamed(known, parts, place=(source, path, facts))
    window.add(renamed, embedded, [None] * len(embedded), new=False)


def complete_names(writer: StoreWriter, window: EncodeBuffer, tick: Callable[[], None]) -> int:
    """Write missing name records: of an index of an older format, or of documents that moved to another source.

    Only names are encoded. Returns how many were written; after a crash the next run writes the rest.
    """
    if writer.meta_value(NAMES) == NAMES_VERSION:
        return 0
    window.commit()
    made = 0
    for renamed, embedded in _missing(writer):
        window.add(renamed, embedded, [None] * len(embedded), new=False)
        made += 1
        tick()
    window.finish()
    writer.set_meta(NAMES, NAMES_VERSION)
    window.commit()
    return made


def _missing(writer: StoreWriter) -> Iterator[tuple[Renamed, list[str]]]:
    """Yield the documents whose name record is missing or outdated."""
    state = writer.snapshot
    roots, documents = state.sources.roots, state.documents
    last = 0
    while found := documents.named(last, _ROWS):
        last = found[-1].number
        for named in found:
            record = named.source == ADDED or (named.type == RECORD and is_member(named.content))
            parts = () if record else name_parts(place_of(roots[named.source], named.path))
            renamed, embedded = _renamed(named, parts)
            if named.name != next(((parts, digest) for digest in renamed.hashes), None):
                yield renamed, embedded


def _renamed(
    named: Named, parts: tuple[str, ...], place: tuple[int, str, FileFacts] | None = None
) -> tuple[Renamed, list[str]]:
    span = name_span(parts, named.title, text=named.has_text)
    spans = [span] if span is not None else []
    embedded = [embedded_text(named.title, span.heading, "") for span in spans]
    return Renamed(named.number, named.language, spans, [embedding_hash(text) for text in embedded], place), embedded
