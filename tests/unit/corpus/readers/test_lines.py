"""Formats whose text is the file itself: Markdown, reStructuredText, code, notebooks' Markdown, plain text."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.make_files import notebook

HEADING, PARAGRAPH, LIST, TABLE, CODE = (
    BlockKind.HEADING,
    BlockKind.PARAGRAPH,
    BlockKind.LIST,
    BlockKind.TABLE,
    BlockKind.CODE,
)


def read(name: str, text: str | bytes) -> Parsed:
    return read_bytes(Path(name), text.encode() if isinstance(text, str) else text, Settings())


def shape(parsed: Parsed) -> list[tuple[BlockKind, str, str]]:
    return [(b.kind, str(b.anchor), b.label) for b in parsed.blocks]


MARKDOWN = """---
title: "Wells: a report"
date: 2024-03-05
tags: [water, "deep, old"]
authors:
  - Ida
  - Ole  # second
draft: false
version: 1.10
country: no
summary: >
  About the
  well.
nested:
  key: value
---
# Wells `of` [the *village*](http://x) {#wells}

The well is
deep.

Pumps
-----
- one

  ```
  # no heading
  ```
- two

| a | b |
|---|---|
| 1 | 2 |

```python
# no heading either
```

[ref]: http://nowhere
## Last ##
> quoted
"""


def test_markdown() -> None:
    parsed = read("a.md", MARKDOWN)
    assert shape(parsed) == [
        (PARAGRAPH, "L1-16", ""),
        (HEADING, "L17", "Wells of the village"),
        (PARAGRAPH, "L19-20", ""),
        (HEADING, "L22-23", "Pumps"),
        (LIST, "L24-28", ""),
        (LIST, "L29", ""),
        (TABLE, "L31-33", ""),
        (CODE, "L35-37", ""),
        (PARAGRAPH, "L39", ""),
        (HEADING, "L40", "Last"),
        (PARAGRAPH, "L41", ""),
    ]
    assert parsed.text == MARKDOWN
    assert parsed.title == "Wells: a report"
    assert parsed.metadata == {
        "date": "2024-03-05",
        "tags": ("water", "deep, old"),
        "authors": ("Ida", "Ole"),
        "draft": False,
        "version": "1.10",
        "country": "no",
        "summary": "About the well.",
    }


def test_front_matter_in_toml_and_none_at_all() -> None:
    parsed = read("a.md", '+++\ntitle = "Wells"\ndate = 2024-03-05\ntags = ["a", "b"]\nweight = 3\n+++\nText')
    assert (parsed.title, dict(parsed.metadata)) == ("Wells", {"date": "2024-03-05", "tags": ("a", "b"), "weight": 3})
    listed = (
        "---\nyears: [2001, 2002]\nmixed: [2001, b, 'true']\nnone: []\none: [x]\nnames:\n  - Holm, Ida\n  - ''\n---\n"
    )
    wanted = {"years": (2001, 2002), "mixed": ("2001", "b", "true"), "one": ("x",), "names": ("Holm, Ida",)}
    assert read("a.md", listed).metadata == wanted
    assert read("a.md", "---\nonly a rule\n---\n").metadata == {}
    assert read("a.md", "---\ntitle: never closed\n").title == ""


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Intro.\n\n# Top\n", "Top"),
        ("## Second\n\nText\n\n# Top\n", "Top"),
        ("## Only\n\nText\n", "Only"),
        ('<div align="center">\n<h1>In <b>HTML</b></h1>\n</div>\n\nText', "In HTML"),
        ("Text.\n\nMore text.\n\n### Note\n\nText", ""),
    ],
)
def test_markdown_titles(text: str, title: str) -> None:
    assert read("a.md", text).title == title


RST = """=====
Wells
=====

:Author: Ida
:Date: 2024-03-05

The *well* is deep::

    a literal
    =========

Pumps ``now``
~~~~~~~~~~~~~

.. code-block:: python

   x = 1

   y = 2

- one
- two

====  ====
 a     b
====  ====

Valves
~~~~~~

.. note:: Mind the valve.

Not a title
--

  Indented
  --------

Costs of :ref:`all <x>`
***********************

Text.
"""


def test_restructuredtext() -> None:
    parsed = read("a.rst", RST)
    assert [(b.label, b.level, str(b.anchor)) for b in parsed.blocks if b.kind is HEADING] == [
        ("Wells", 1, "L1-3"),
        ("Pumps now", 2, "L13-14"),
        ("Valves", 2, "L29-30"),
        ("Costs of all", 3, "L40-41"),
    ]
    kinds = [(b.kind, str(b.anchor)) for b in parsed.blocks if b.kind in (CODE, LIST, TABLE)]
    assert kinds == [(CODE, "L10-11"), (CODE, "L16"), (CODE, "L18"), (CODE, "L20"), (LIST, "L22-23"), (TABLE, "L25-27")]
    assert parsed.title == "Wells"
    assert parsed.metadata == {"author": "Ida", "date": "2024-03-05"}


def test_the_title_may_follow_a_licence_fields_and_targets() -> None:
    above = ".. SPDX: GPL\n\n.. include:: <a>\n\n:Original: :ref:`wells`\n\n.. _tw_wells:\n\n"
    assert read("a.rst", f"{above}井戸 Wells\n==========\n\nText.\n").title == "井戸 Wells"


def test_notebook() -> None:
    data = notebook(
        ("markdown", "# Wells\n\nThe well\nis deep.\n\n## Pumps"),
        ("code", ""),
        ("code", "x = 1\n# no heading"),
        ("raw", "as it is"),
        kernelspec={"language": "python"},
        authors=[{"name": "Ida"}],
    )
    parsed = read("a.ipynb", data)
    assert [(b.kind, str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks] == [
        (HEADING, "cell 1", "# Wells"),
        (PARAGRAPH, "cell 1", "The well\nis deep."),
        (HEADING, "cell 1", "## Pumps"),
        (CODE, "cell 3", "x = 1\n# no heading"),
        (PARAGRAPH, "cell 4", "as it is"),
    ]
    assert parsed.title == "Wells"
    assert parsed.metadata == {"author": "Ida", "kernel": "python"}


def test_old_and_broken_notebooks() -> None:
    old = '{"worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}, 7, {"source": 5}]}]}'
    assert read("a.ipynb", old).text == "x = 1"
    assert read("a.ipynb", '{"cells": [{"cell_type": "code", "source": "a\\ud800b"}]}').text == "a\ufffdb"
    for broken in ("[1]", "{}", '{"cells": 3}', "{", "[" * 100_000, '{"worksheets": [{"cells": 7}]}'):
        with pytest.raises(SourceUnreadable, match=r"^(broken ipynb file|empty)"):
            read("a.ipynb", broken)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.py", "a.js", "LICENSE", "a.unknown"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_anchors_are_the_line_numbers_of_an_editor(name: str, newline: str) -> None:
    lines = ["one", "", "two\x0c still two", "\x0cthree \x1c\u2028\x85 still three", "", "", "four"]
    parsed = read(name, newline.join(lines))
    assert [str(b.anchor) for b in parsed.blocks] == ["L1", "L3-4", "L7"]
    for block in parsed.blocks:
        numbers = range(block.anchor.start - 1, block.anchor.stop)
        assert parsed.text[block.start : block.stop] == "\n".join(lines[at] for at in numbers)


def test_markdown_footnotes_admonitions_and_includes_are_text() -> None:
    text = (
        "# A\n\nText[^1].\n\n!!! note\n    Careful.\n\n> [!TIP]\n> Boil it.\n\n[^1]: The note.\n\n{% include x.md %}\n"
    )
    parsed = read("a.md", text)
    assert parsed.text == text
    assert [anchor for _, anchor, _ in shape(parsed)] == ["L1", "L3", "L5-6", "L8-9", "L11", "L13"]


def test_rst_footnotes_admonitions_and_includes_are_text() -> None:
    text = "Ab\n==\n\nText [1]_.\n\n.. note::\n\n   Careful.\n\n.. include:: x.rst\n\n.. [1] The note.\n\n"
    text += "=== ===\n a   b\n=== ===\n"
    parsed = read("a.rst", text)
    assert parsed.text == text
    assert [(kind, anchor) for kind, anchor, _ in shape(parsed)] == [
        (HEADING, "L1-2"),
        (PARAGRAPH, "L4"),
        (PARAGRAPH, "L6"),
        (PARAGRAPH, "L8"),
        (PARAGRAPH, "L10"),
        (PARAGRAPH, "L12"),
        (TABLE, "L14-16"),
    ]
