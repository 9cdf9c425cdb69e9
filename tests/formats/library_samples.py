"""Small libraries of references, canvases, mail and exported chats, as the tests and the fuzzer read them."""

from __future__ import annotations

import json

__all__ = ["BIBTEX", "CANVAS", "CHAT", "CSL", "DISCORD", "MESSAGE", "RIS", "SLACK", "TELEGRAM"]

BIBTEX = r"""
@preamble{"\newcommand{\noop}[1]{}"}
@string{jgh = "Journal of " # {Groundwater}}
% @article{commented, title={Never}, year=1900}
@article{novak2029,
  author = {Nov{\'a}k, Petra and {\AA}str{\"o}m, Bj{\o}rn and {Society of Wells}},
  title = "{Deep} wells -- a survey of $\alpha$-emitters",
  journal = jgh, month = mar, year = 2029, pages = {3--14},
  doi = {10.1000/abc\_1}, abstract = {Most wells in the valley are deeper than they look.}
}
@inproceedings{oren2031, author = {Oren, Dana}, title = {Pumps}, crossref = {days31}}
@proceedings{days31, title = {Days of Water}, publisher = {Holm Press}, year = 2031}
"""

RIS = """TY  - JOUR
ID  - lind2028
AU  - Lindström, Åsa
AU  - van Dijk, Pim
TI  - Frost in pipes
PY  - 2028/11/03/
JO  - Cold Science
VL  - 4
SP  - 10
EP  - 19
KW  - frost
KW  - pipes
AB  - Pipes freeze from the
      outside.
ER  -\x20

TY  - BOOK
TI  - Ice
AU  - Berg, Ole
"""

CSL = json.dumps(
    [
        {
            "id": "kova2030",
            "type": "article-journal",
            "title": "On <i>moss</i>",
            "author": [{"family": "Kovács", "given": "Ida"}, {"literal": "Moss Society"}],
            "issued": {"date-parts": [[2030, 4]]},
            "container-title": "Bog Letters",
            "page": "1-2",
        },
        {"id": "x2", "type": "book", "title": "Peat", "author": [{"family": "Beek", "non-dropping-particle": "van"}]},
    ],
    ensure_ascii=False,
    indent=1,
)

CANVAS = json.dumps(
    {
        "nodes": [
            {"id": "d", "type": "link", "url": "https://example.org/tiles", "x": 900, "y": 0, "width": 9, "height": 9},
            {"id": "c", "type": "text", "text": "Paint the door", "x": 300, "y": 30, "width": 200, "height": 60},
            {"id": "g", "type": "group", "label": "House", "x": 0, "y": 0, "width": 600, "height": 400},
            {"id": "a", "type": "text", "text": "# Roof\nNew tiles", "x": 20, "y": 20, "width": 200, "height": 60},
            {
                "id": "b",
                "type": "file",
                "file": "Costs.md",
                "subpath": "#2031",
                "x": 20,
                "y": 200,
                "width": 9,
                "height": 9,
            },
        ],
        "edges": [
            {"id": "e", "fromNode": "a", "fromSide": "right", "toNode": "b", "toSide": "top", "label": "paid by"}
        ],
    }
)

MESSAGE = """Return-Path: <ada@example.org>
Received: from a (b [10.0.0.1])
\tby c with SMTP
From: Ada Holm <ada@example.org>
To: bo@example.org
Subject: The ladder
Date: Fri, 01 Mar 2024 10:20:30 +0000
Message-ID: <1@example.org>

The ladder is behind the shed.
"""

CHAT = """05/03/2024, 10:20 - Messages and calls are end-to-end encrypted. Nobody outside can read them.
05/03/2024, 10:21 - Ada Holm: Who has the ladder?
I need it today.

The long one.
05/03/2024, 10:25 - Bo: <Media omitted>
05/03/2024, 10:26 - Bo: Behind the shed
05/03/2024, 18:02 - Ada Holm changed the subject to "Ladders"
13/03/2024, 09:00 - Cy: Morning
"""

SLACK = json.dumps(
    [
        {
            "type": "message",
            "user": "U1",
            "text": "<@U2> see <https://e.org|the list> &amp; sign",
            "ts": "1709634000.000100",
        },
        {"type": "message", "user": "U2", "text": "done", "ts": "1709634060.000200"},
    ],
    indent=1,
)

TELEGRAM = json.dumps(
    {
        "name": "Boats",
        "type": "private_group",
        "id": 7,
        "messages": [
            {"id": 1, "type": "service", "date": "2024-03-05T09:00:00", "actor": "Ada", "action": "x", "text": ""},
            {
                "id": 2,
                "type": "message",
                "date": "2024-03-05T10:00:00",
                "from": "Ada",
                "text": ["see ", {"type": "bold", "text": "this"}, " keel"],
                "text_entities": [{"type": "plain", "text": "see "}, {"type": "bold", "text": "this"}],
            },
        ],
    },
    indent=1,
)

DISCORD = json.dumps(
    {
        "guild": {"name": "Harbour"},
        "channel": {"name": "tides"},
        "messages": [
            {
                "id": str(number),
                "type": "Default",
                "timestamp": f"2024-03-05T10:0{number}:00.123+00:00",
                "content": words,
                "author": {"name": "ada", "nickname": "Ada"},
                "attachments": [],
            }
            for number, words in enumerate(("high at noon", "low at six"))
        ],
    }
)
