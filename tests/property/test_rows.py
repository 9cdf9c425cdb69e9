"""Token ids that the splitter's counting left are those of tokenizing each passage afresh, whatever the text."""

from __future__ import annotations

import copy
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from semsearch.corpus.parse.read import parse_document, read_bytes
from semsearch.corpus.split.passages import embedded_text, split
from semsearch.indexing.encode.token_rows import KeptRows, tokenizes_once
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL, Settings
from semsearch.types.documents import Anchor, Parsed, Span
from semsearch.types.models import Row, TokenizingOnce

MARKS = [
    "\u0301",
    "e\u0301",
    "\u3099",
    "\u200b",
    "\u200d",
    "\u00ad",
    "\x00",
    "\x1c",
    "\x1f",
    "\x85",
    "\xa0",
    "\ufeff",
    "\ud800",
]
LETTERS = [
    "a",
    "Straße",
    "İ",
    "Σς",
    "ﬁ",
    "Ⅷ",
    "漢字",
    "か\u3099",
    "한국",
    "ก\u0e33",
    "👩\u200d👧",
    "x" * 120,
    "1.2",
    "don't",
    "-",
]
TOKENS = ["[SEP]", "[CLS]x", "[MASK] ", "##ing", "[UNK"]
PIECES = st.sampled_from(
    [*MARKS, *LETTERS, *TOKENS, " ", " ", "  ", "\n", "\n\n", "\r\n", "\t", "\u2028", "\u3000", ". "]
)
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=150).map("".join))
TITLES = st.one_of(st.just(""), st.text(max_size=60), st.lists(PIECES, max_size=6).map("".join))


@pytest.fixture(scope="module")
def encoder() -> TokenizingOnce:
    found = load_encoder(DEFAULT_MODEL)
    assert isinstance(found, TokenizingOnce)
    return found


def rows(encoder: TokenizingOnce, parsed: Parsed, limit: int) -> Iterator[tuple[Row | None, Row]]:
    """Yield for each passage its row from the tokens that were kept, and the one that tokenizing it anew gives."""
    kept = KeptRows(encoder, parsed.text)
    spans = split(parsed, kept, limit)
    texts = [embedded_text(parsed.title, s.heading, parsed.text[s.start : s.stop]) for s in spans]
    for span, text, fresh in zip(spans, texts, encoder.rows(texts), strict=True):
        yield kept.row(text, parsed.text, span), fresh


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, title=TITLES, limit=st.sampled_from([0, 5, 16, 40]))
@example(text="a word\x1c" * 200, title="", limit=5)
@example(text="é" * 600, title="\u0301", limit=16)
@example(text="漢字。" * 300, title="[SEP]", limit=0)
@example(text="a long text " * 12_000, title="Of several pieces", limit=0)
def test_any_text(encoder: TokenizingOnce, text: str, title: str, limit: int) -> None:
    for kept, fresh in rows(encoder, parse_document(text, title), limit):
        assert kept is None or kept == fresh


@settings(max_examples=500, deadline=None)
@given(text=TEXTS, ends=st.tuples(st.integers(0, 80), st.integers(0, 80)))
@example(text="one word", ends=(0, 6))
@example(text="one\x1cword", ends=(4, 8))
@example(text="e\u0301 a", ends=(1, 4))
def test_any_stretch(encoder: TokenizingOnce, text: str, ends: tuple[int, int]) -> None:
    start, stop = sorted(min(end, len(text)) for end in ends)
    kept = KeptRows(encoder, text)
    kept.token_spans([text])
    row = kept.row(text[start:stop], text, Span(start, stop, Anchor()))
    assert row is None or row == encoder.row(encoder.tokenize([text[start:stop]])[0].ids)


def test_most_are_there(encoder: TokenizingOnce) -> None:
    root = Path(__file__).parents[2]
    files = [
        *(root / "sample_corpus").rglob("*.md"),
        *(root / "docs").glob("*.md"),
        *(root / "semsearch").rglob("*.py"),
    ]
    found = [r for f in files for r in rows(encoder, read_bytes(f, f.read_bytes(), Settings()), 0)]
    assert len(found) > 1000
    assert all(kept == fresh for kept, fresh in found if kept is not None)
    assert sum(kept is not None for kept, _ in found) > 0.9 * len(found)


def test_of_a_very_long_document_no_tokens_are_kept(encoder: TokenizingOnce) -> None:
    parsed = parse_document("The well behind the church is deep.\n\n" * 30_000)
    tracemalloc.start()
    try:
        kept = KeptRows(encoder, parsed.text)
        spans = split(parsed, kept)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(spans) > 900
    assert kept.joins  # it is still there, with all that it keeps
    assert held < 5_000_000


def test_a_wrapped_encoder_gives_its_own_vectors(encoder: TokenizingOnce) -> None:
    class Wrapped:
        def __getattr__(self, name: str) -> object:
            return getattr(encoder, name)

        def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
            raise AssertionError

    class Other(type(encoder)):  # type: ignore[misc]
        encode_passages = Wrapped.encode_passages

    replaced = copy.copy(encoder)
    replaced.encode_passages = Wrapped().encode_passages  # type: ignore[method-assign]
    assert tokenizes_once(encoder)
    assert not any(map(tokenizes_once, (Wrapped(), Other.__new__(Other), replaced)))  # type: ignore[arg-type]
