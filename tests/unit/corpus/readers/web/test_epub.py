"""EPUB: chapters in order, metadata, and books that cannot or must not be read."""

from __future__ import annotations

import pytest

from semsearch.corpus.readers.web import epub as reader
from semsearch.errors import SourceUnreadable
from tests.formats.make_books import epub, page
from tests.formats.reading import blocks, read

METADATA = (
    "<dc:title>Wells</dc:title><dc:title>A subtitle</dc:title><dc:creator>Ida Holm</dc:creator>"
    "<dc:creator>Ole Berg</dc:creator><dc:date>2024-03-05T10:00:00+00:00</dc:date><dc:language>en</dc:language>"
    "<dc:subject>water</dc:subject><dc:subject>deep</dc:subject><dc:identifier>x</dc:identifier>"
)
NAV = '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'


def test_a_book() -> None:
    book = epub(
        [
            ("cover.xhtml", "<img src='x.jpg'/>"),
            (
                "a b.xhtml",
                "<h1>One</h1><a id='x'/><p>First<br/>line.</p><script src='x'/><ul><li>a</li><li>b</li></ul>",
            ),
            ("contents.xhtml", "<p>One</p>"),
            ("two.xhtml", "<p>Second.</p>"),
        ],
        labels={"a%20b.xhtml": "Not used", "two.xhtml": "Two &amp; more"},
        metadata=METADATA,
        items=NAV,
        guide='<reference type="toc" href="contents.xhtml"/>',
        extra={"OPS/nav.xhtml": page("<nav><a href='two.xhtml'>Two &amp; more</a></nav><p>Never</p>")},
    )
    parsed = read("a.epub", book)
    assert blocks(parsed) == [
        ("heading", "ch.1", "One"),
        ("paragraph", "ch.1", "First\nline."),
        ("list", "ch.1", "- a"),
        ("list", "ch.1", "- b"),
        ("heading", "ch.2", "Two & more"),
        ("paragraph", "ch.2", "Second."),
    ]
    assert parsed.text == "One\n\nFirst\nline.\n\n- a\n- b\n\nTwo & more\n\nSecond."
    assert parsed.title == "Wells"
    assert parsed.metadata == {
        "author": "Ida Holm, Ole Berg",
        "date": "2024-03-05T10:00:00",
        "language": "en",
        "tags": "water, deep",
    }
    assert parsed.remark == ""


def test_a_missing_chapter_is_reported() -> None:
    parsed = read("a.epub", epub([("a.xhtml", "<p>Here.</p>"), ("b.xhtml", "")]))
    assert (parsed.text, parsed.remark) == ("Here.", "1 chapter missing or broken")
    with pytest.raises(SourceUnreadable, match="none of its chapters"):
        read("a.epub", epub([("a.xhtml", "")]))


@pytest.mark.parametrize(
    ("algorithm", "encrypted"),
    [("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True), ("http://www.idpf.org/2008/embedding", False)],
)
def test_encrypted_books_are_reported(algorithm: str, encrypted: bool) -> None:
    method = f"<EncryptedData xmlns='x'><EncryptionMethod Algorithm='{algorithm}'/></EncryptedData>"
    book = epub([("a.xhtml", "<p>Text.</p>")], extra={"META-INF/encryption.xml": f"<encryption>{method}</encryption>"})
    if encrypted:
        with pytest.raises(SourceUnreadable, match=r"^encrypted$"):
            read("a.epub", book)
    else:
        assert read("a.epub", book).text == "Text."


def test_broken_books() -> None:
    whole = epub([("a.xhtml", "<p>Text.</p>")])
    for data in (b"PK\3\4 no zip", whole[: len(whole) // 2], b"plain text"):
        with pytest.raises(SourceUnreadable, match="broken epub file"):
            read("a.epub", data)


def test_a_book_that_would_fill_the_memory() -> None:
    bomb = "<p>" + " " * (reader.MOST_CHAPTER + 1) + "</p>"
    with pytest.raises(SourceUnreadable, match="expands to more than 30,000,000 bytes"):
        read("a.epub", epub([("a.xhtml", bomb)]))


def test_no_entity_is_resolved() -> None:
    body = '<!DOCTYPE ncx [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><ncx><navPoint>&a;&b;</navPoint></ncx>'
    book = epub([("a.xhtml", "<p>Text.</p>")], extra={"OPS/more.ncx": body}, items=(
        '<item id="m" href="more.ncx" media-type="application/x-dtbncx+xml"/>'
    ))  # fmt: skip
    assert read("a.epub", book).text == "Text."
