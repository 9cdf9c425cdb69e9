"""Org: outline, blocks, drawers, tables, lists, and the keywords at the top."""

from __future__ import annotations

from tests.formats.reading import outline, read

NOTES = """#+TITLE: Wells of the /village/
#+AUTHOR: Ida Holm
#+DATE: <2024-03-05 Tue>
#+FILETAGS: :water:deep:
#+LANGUAGE: en

Before all, over
two lines.
* TODO [#A] Dig a [[http://x][new *well*]] :work:garden:
:PROPERTIES:
:ID: 17
:END:
Text before a list:
- one
  goes on
- two
1. first
| Depth | Age |
|-------+-----|
| 12 m  |  80 |
** Code
#+begin_src python
* no heading
x = 1
#+end_src
: literal
- not an end *bold*
#+begin_quote
Quoted.
#+end_quote
*bold* is no heading
"""


def test_structure_and_metadata() -> None:
    parsed = read("a.org", NOTES)
    assert parsed.text == NOTES
    assert outline(parsed) == [
        ("paragraph", "L1-5", 0, ""),
        ("paragraph", "L7-8", 0, ""),
        ("heading", "L9", 1, "Dig a new well"),
        ("code", "L10-12", 0, ""),
        ("paragraph", "L13", 0, ""),
        ("list", "L14-15", 0, ""),
        ("list", "L16", 0, ""),
        ("list", "L17", 0, ""),
        ("table", "L18-20", 0, ""),
        ("heading", "L21", 2, "Code"),
        ("code", "L22-25", 0, ""),
        ("code", "L26", 0, ""),
        ("list", "L27-31", 0, ""),
    ]
    assert parsed.title == "Wells of the village"
    assert parsed.metadata == {"author": "Ida Holm", "date": "2024-03-05", "tags": "water, deep", "language": "en"}


def test_a_heading_is_the_title_and_nothing_has_to_be_closed() -> None:
    parsed = read("a.org", "* Wells\n#+begin_example\ntext\n** Pumps\n:LOGBOOK:\nmore\n")
    assert parsed.title == "Wells"
    assert [label for _, _, level, label in outline(parsed) if level] == ["Wells", "Pumps"]
