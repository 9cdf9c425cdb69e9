"""Whatever is read and however it is tokenized: passages are in order, apart, complete, and never too long."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from semsearch.corpus.parse.read import parse_document, read_bytes
from semsearch.corpus.split.passages import embedded_text, split
from semsearch.errors import SourceUnreadable
from semsearch.models.encoder.load import Encoder, load_encoder
from semsearch.settings import DEFAULT_MODEL, Settings
from semsearch.types.documents import Parsed, Span
from semsearch.types.models import Tokenizing
from tests.contract.small_tokenizers import Bytes, Pairs, Unknowns, Words
from tests.formats.reading import read_or_refused

TOKENIZERS: list[Tokenizing] = [Words(16), Words(64), Bytes(3), Bytes(64), Unknowns(16), Pairs(24)]
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

MARKDOWN = ["# ", "## ", "### ", "```\n", "- ", "> ", "| a | b |\n|---|---|\n", "===\n", "---\ntitle: x\n---\n"]
CODE = ["def f():\n    ", "class A:\n", "function f() {\n", "}\n", '"""', "# ", "@x\n", "::\n\n", "Title\n=====\n"]
HTML = ["<p>", "</p>", "<h1>T</h1>", "<table><tr><td>a<td>b</table>", "<pre>a\n  b</pre>", "&nbsp;", "<li>", "<br>"]
WORDS = ["word ", "Sentence here. ", "e.g. this. ", "x" * 30, "漢字。", "😀", "é", "\u200b", " ", "\t", "\x0c", "1.2 "]
PIECES = st.sampled_from([*MARKDOWN, *CODE, *HTML, *WORDS, "\n", "\n\n", "\u2028"])
TEXTS = st.one_of(st.text(max_size=300), st.lists(PIECES, max_size=120).map("".join))
NAMES = st.sampled_from(["a.txt", "a.md", "a.rst", "a.py", "a.js", "a.html", "a.ipynb", "a.json"])


def check(parsed: Parsed, tokens: Tokenizing, spans: list[Span]) -> None:
    text, at = parsed.text, 0
    for span in spans:
        assert at <= span.start < span.stop <= len(text)
        assert not any(map(str.isprintable, "".join(text[at : span.start].split())))
        assert any(map(str.isprintable, text[span.start : span.stop].replace(" ", "")))
        assert span.anchor.start <= span.anchor.stop
        at = span.stop
    assert not any(map(str.isprintable, "".join(text[at:].split())))
    embedded = [embedded_text(parsed.title, span.heading, text[span.start : span.stop]) for span in spans]
    for span, found in zip(spans, tokens.token_spans(embedded), strict=True):
        # one character alone may make more tokens than there is room for
        assert len(found) <= tokens.max_tokens or span.stop - span.start == 1


@FEW
@given(text=TEXTS, title=st.text(max_size=60), tokens=st.sampled_from(TOKENIZERS))
@example(text="a " * 400, title="t " * 200, tokens=Words(16))
@example(text="x" * 600, title="", tokens=Unknowns(16))
@example(text="word " * 47, title="", tokens=Pairs(24))
@example(text="👍" * 9, title="", tokens=Bytes(3))
@example(text="\n" * 3000 + "a" + " " * 3000 + "b", title="x", tokens=Words(16))
@example(text="👍🏽" * 200, title="👍🏽" * 30, tokens=Bytes(64))
def test_any_text(text: str, title: str, tokens: Tokenizing) -> None:
    parsed = parse_document(text, title)
    check(parsed, tokens, split(parsed, tokens))


@FEW
@given(name=NAMES, text=TEXTS, tokens=st.sampled_from(TOKENIZERS))
def test_any_file(name: str, text: str, tokens: Tokenizing) -> None:
    data = text.encode("utf-8", "replace")
    read_or_refused(name, data)
    try:
        parsed = read_bytes(Path(name), data, Settings())
    except SourceUnreadable:
        return
    check(parsed, tokens, split(parsed, tokens))


@FEW
@given(
    name=st.one_of(NAMES, st.sampled_from(["a.pdf", "a.docx", "a", "a.xyz"])),
    head=st.sampled_from([b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"{", b"\xd0\xcf\x11\xe0"]),
    data=st.binary(max_size=400),
)
def test_any_bytes_are_read_or_named(name: str, head: bytes, data: bytes) -> None:
    read_or_refused(name, head + data)


@FEW
@given(
    lines=st.lists(
        st.sampled_from(["", "  ", "word", "two words", "# Heading", "- item", "\x0cfeed", "a\u2028b"]), max_size=60
    )
)
def test_anchors_are_the_lines_of_the_file(lines: list[str]) -> None:
    for name in ("a.txt", "a.md", "a.py"):
        try:
            parsed = read_bytes(Path(name), "\r\n".join(lines).encode(), Settings())
        except SourceUnreadable:
            continue
        for span in split(parsed, Words(8)):
            shown = "\n".join(lines[span.anchor.start - 1 : span.anchor.stop])
            assert parsed.text[span.start : span.stop] in shown
            assert parsed.text[: span.start].count("\n") + 1 == span.anchor.start
            assert parsed.text[: span.stop].count("\n") + 1 == span.anchor.stop


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return load_encoder(DEFAULT_MODEL)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(name=NAMES, text=TEXTS, times=st.integers(1, 12))
@example(name="a.txt", text="a" * 250 + " ", times=60)
@example(name="a.txt", text="abcdefghij" * 3000, times=1)
def test_the_default_encoder_never_cuts_anything_off(encoder: Encoder, name: str, text: str, times: int) -> None:
    try:
        parsed = read_bytes(Path(name), (text * times).encode("utf-8", "replace"), Settings())
    except SourceUnreadable:
        return
    check(parsed, encoder, split(parsed, encoder))
