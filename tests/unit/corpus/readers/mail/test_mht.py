"""Web pages saved as one file (MHTML): only the page itself is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed


def read(data: bytes, name: str) -> Parsed:
    return read_bytes(Path(name), data, Settings())


PAGE = b"""From: <Saved by Blink>
Snapshot-Content-Location: https://example.org/otters
Subject: =?utf-8?q?Otters_=E2=80=93_all?=
Date: Fri, 1 Mar 2024 10:20:30 -0000
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="--x"

----x
Content-Type: text/html
Content-ID: <frame@example.org>
Content-Transfer-Encoding: quoted-printable
Content-Location: https://example.org/otters

<html><head><meta charset=3D"utf-8"><meta name=3D"author" content=3D"Ada"></head><body><nav>Menu</nav><h1>Otters=
</h1><p>They swim =E2=80=93 well.</p><img src=3D"https://example.org/a.png"></body></html>
----x
Content-Type: image/png
Content-Transfer-Encoding: base64
Content-Location: https://example.org/a.png

iVBORw0KGgo=
----x
Content-Type: text/html
Content-Location: https://example.org/frame

<p>An advertisement.</p>
----x--
"""


def test_a_saved_page() -> None:
    for name in ("page.mht", "page.mhtml"):
        parsed = read(PAGE, name)
        assert document_type(Path(name)) == "mht"
        assert parsed.text == "Otters\n\nThey swim – well."
        assert parsed.title == "Otters"
        assert parsed.metadata == {
            "author": "Ada", "url": "https://example.org/otters", "saved": "2024-03-01T10:20:30+00:00",
        }  # fmt: skip
        assert [str(b.anchor) for b in parsed.blocks] == ["¶1", "¶2"]
        assert parsed.members == ()
    assert read(PAGE.replace(b"<h1>Otters=\n</h1>", b""), "a.mht").title == "Otters – all"
    assert read(b"<html><p>Only a page.</p></html>", "a.mht").text == "Only a page."
    with pytest.raises(SourceUnreadable, match="no page in it"):
        read(b"Content-Type: image/png\n\nzzz", "a.mht")
