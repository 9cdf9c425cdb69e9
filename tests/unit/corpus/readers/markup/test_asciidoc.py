"""AsciiDoc: sections in both styles, delimited blocks, lists, and the header as metadata."""

from __future__ import annotations

from semsearch.types.documents import BlockKind
from tests.formats.reading import outline, read

PAGE = """// a comment
= Wells of the *village*
Ida Holm <ida@example.org>; Ole Berg
v1.2, 2024-03-05: second edition
:keywords: water, wells
:description: How deep they are
:toc:

The preamble, over
two lines.

[[pumps]]
== Pumps and snake_case

* one
  goes on
* two
. numbered

term:: what it is

[source,python]
----
== no heading

* no list
----

|===
| Depth | Age

| 12 m | 80
|===

.A title of its own
[NOTE]
====
Careful.
====

////
left out
////

include::other.adoc[]

=== Deeper `code`
 literal line
"""


def test_structure_and_metadata() -> None:
    parsed = read("a.adoc", PAGE)
    assert parsed.text == PAGE
    assert outline(parsed) == [
        ("heading", "L1-7", 1, "Wells of the village"),
        ("paragraph", "L9-10", 0, ""),
        ("paragraph", "L12", 0, ""),
        ("heading", "L13", 2, "Pumps and snake_case"),
        ("list", "L15-16", 0, ""),
        ("list", "L17", 0, ""),
        ("list", "L18", 0, ""),
        ("list", "L20", 0, ""),
        ("paragraph", "L22", 0, ""),
        ("code", "L23-27", 0, ""),
        ("table", "L29-33", 0, ""),
        ("paragraph", "L35-39", 0, ""),
        ("paragraph", "L45", 0, ""),
        ("heading", "L47", 3, "Deeper code"),
        ("code", "L48", 0, ""),
    ]
    assert parsed.title == "Wells of the village"
    assert parsed.metadata == {
        "author": "Ida Holm, Ole Berg",
        "version": "1.2",
        "date": "2024-03-05",
        "tags": "water, wells",
        "description": "How deep they are",
    }


def test_underlined_titles() -> None:
    parsed = read(
        "a.asciidoc", "well(1)\n=======\n\nNAME\n----\nwell - a hole\n\n----\ncode\n----\n\nSub title\n~~~~~~~~~\nx\n"
    )
    assert outline(parsed) == [
        ("heading", "L1-2", 1, "well(1)"),
        ("heading", "L4-5", 2, "NAME"),
        ("paragraph", "L6", 0, ""),
        ("code", "L8-10", 0, ""),
        ("heading", "L12-13", 3, "Sub title"),
        ("paragraph", "L14", 0, ""),
    ]


def test_unclosed_blocks_stay_text() -> None:
    parsed = read("a.adoc", "= T\n\n----\ntext\n\nmore\n")
    assert [b.kind for b in parsed.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]
    assert read("a.adoc", "only text\n").title == ""
