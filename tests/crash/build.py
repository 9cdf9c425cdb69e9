"""Small indexes for the crash tests, written through the index room alone, with a real (tiny) encoder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from semsearch.settings import Settings
from semsearch.stores.local.create import create_index
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.writer import Writer
from semsearch.stores.records import FileFacts, Record
from semsearch.types.documents import Anchor, AnchorKind, Span
from tests.contract.hashing_encoder import HashingEncoder

ENCODER = HashingEncoder()


def embedded_text(title: str, heading: Sequence[str], text: str) -> str:
    return "\n".join([" > ".join([title, *heading]), text])


def new_index(path: Path) -> Layout:
    return create_index(path, settings=Settings(), fingerprint=ENCODER.fingerprint, dim=ENCODER.dim)


def record(name: str, text: str) -> tuple[Record, list[str]]:
    """Make a document whose lines are its passages."""
    spans, at = [], 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        body = line.rstrip("\n")
        spans.append(Span(at, at + len(body), Anchor(AnchorKind.LINE, number, number), ("Heading",)))
        at += len(line)
    embedded = [embedded_text("", s.heading, text[s.start : s.stop]) for s in spans]
    hashes = [hashlib.blake2b(e.encode(), digest_size=16).digest() for e in embedded]
    content = hashlib.blake2b(text.encode(), digest_size=16).digest()
    facts = FileFacts(size=len(text))
    return Record(0, name, text, "", "txt", "en", facts, content, {"name": name}, 1, spans, hashes), embedded


def put(writer: Writer, name: str, text: str) -> None:
    made, embedded = record(name, text)
    rows = writer.known_rows(made.hashes)
    fresh = [i for i, digest in enumerate(made.hashes) if digest not in rows]
    vectors = dict(zip(fresh, ENCODER.encode_passages([embedded[i] for i in fresh]), strict=True))
    writer.put(made, embedded, vectors, {i: rows[d] for i, d in enumerate(made.hashes) if d in rows})


def number_of(writer: Writer, name: str) -> int:
    row = writer.connection.execute("SELECT id FROM documents WHERE path = ?", (name,)).fetchone()
    return int(row[0])


def text_of(number: int, lines: int = 3) -> str:
    animals = ("heron", "otter", "lynx", "badger", "kestrel")
    return "".join(f"document {number} line {i} tells of the {animals[(number + i) % 5]}\n" for i in range(lines))
