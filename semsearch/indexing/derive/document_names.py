"""Names of documents on their way to the writer: of what has moved, and of an index that has none yet."""

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
    """Give a document its new place, and the name that it has there; no passage of it is encoded."""
    (known,) = writer.snapshot.documents.named(number - 1, 1)
    parts = name_parts(place_of(str(root), path))
    renamed, embedded = _renamed(known, parts, place=(source, path, facts))
    window.add(renamed, embedded, [None] * len(embedded), new=False)


def complete_names(writer: StoreWriter, window: EncodeBuffer, tick: Callable[[], None]) -> int:
    """Make the names of an index of an older format, or of documents that another source has taken in.

    Only names are encoded. Returns how many there were to make; killed anywhere, the next run makes the rest.
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
    """Yield the documents whose name is not recorded as it should be."""
    state = writer.snapshot
    roots, documents = state.sources.roots, state.documents
    last = 0
    while found := documents.named(last, _ROWS):
        last = found[-1].number
        for one in found:
            record = one.source == ADDED or (one.type == RECORD and is_member(one.content))
            parts = () if record else name_parts(place_of(roots[one.source], one.path))
            renamed, embedded = _renamed(one, parts)
            if one.name != next(((parts, digest) for digest in renamed.hashes), None):
                yield renamed, embedded


def _renamed(
    one: Named, parts: tuple[str, ...], place: tuple[int, str, FileFacts] | None = None
) -> tuple[Renamed, list[str]]:
    span = name_span(parts, one.title, text=one.has_text)
    spans = [span] if span is not None else []
    embedded = [embedded_text(one.title, span.heading, "") for span in spans]
    return Renamed(one.number, one.language, spans, [embedding_hash(text) for text in embedded], place), embedded
