"""ENEX, Evernote's export: one document per note, its content as HTML; attachments are left out.

No entity is expanded, nothing outside the file is read, and attached data is dropped during parsing.
"""

from __future__ import annotations

import html as escaping
import re
from collections import Counter
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from semsearch.corpus.readers.data.data_records import MOST
from semsearch.corpus.readers.text import parse as parse_text
from semsearch.corpus.readers.web import html
from semsearch.corpus.text.decode import decode, one_line, visible
from semsearch.types.documents import Anchor, AnchorKind, Member, Parsed, Value

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["TYPE", "read"]

TYPE = "note"
"""The type of a document that is a note of a file."""
_LONGEST_NAME = 120
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?")
_PROLOG = re.compile(r"\s*(?:<\?xml[^>]*\?>)?\s*(?:<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)?")
_SECRET = re.compile(r"<en-crypt\b[^>]*>.*?(?:</en-crypt>|\Z)", re.DOTALL)
_EMPTY = re.compile(r"</?en-(?:media|todo)\b[^<>]*>")
"""Attachments and checkboxes: self-closing in XML, they would remain open in HTML."""
_FIELDS = {"author": "author", "source-url": "url", "place-name": "place"}


def read(data: bytes) -> Parsed:
    """Read an export; a file without notes is read as plain text."""
    from lxml import etree

    events = etree.iterparse(
        BytesIO(data),
        tag=("note", "data"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        recover=True,
    )
    members: list[Member] = []
    left_out: Counter[str] = Counter()
    for _, element in events:
        if element.tag == "data":
            left_out["attached file"] += 1
        elif len(members) < MOST:
            members.append(_note(element, len(members) + 1, left_out))
        else:
            left_out["further note"] += 1
        element.clear()
    if not members:
        return parse_text(decode(data))
    counts = ", ".join(f"{number:,} {what}{'s' if number > 1 else ''}" for what, number in left_out.items())
    remarks = [f"left out: {counts}"] if left_out else []
    if len(events.error_log):
        remarks.append("broken, read up to the error")
    return Parsed("", (), metadata={"notes": len(members)}, members=tuple(members), remark="; ".join(remarks))


def _note(note: _Element, number: int, left_out: Counter[str]) -> Member:
    title = one_line(note.findtext("title") or "", 200)
    content = _PROLOG.sub("", note.findtext("content") or "", count=1)
    content, secrets = _SECRET.subn(" ", content)
    if secrets:
        left_out["encrypted passage"] += secrets
    heading = f"<h1>{escaping.escape(title)}</h1>" if title else ""
    page = html.parse(f"<html><body>{heading}{_EMPTY.sub(' ', content)}</body></html>")
    blocks = tuple(replace(b, anchor=Anchor(AnchorKind.PARAGRAPH, n, n)) for n, b in enumerate(page.blocks, 1))
    parsed = Parsed(page.text, blocks, title or page.title, _facts(note))
    name = title[:_LONGEST_NAME].replace("/", "-").strip() or str(number)
    return Member(name, TYPE, parsed) if visible(parsed.text) else Member(name, TYPE, None, "empty")


def _facts(note: _Element) -> dict[str, Value]:
    tags = tuple(text for tag in note.iterfind("tag") if (text := " ".join((tag.text or "").split())))
    facts: dict[str, Value] = {
        "date": _moment(note.findtext("created")),
        "updated": _moment(note.findtext("updated")),
        "tags": tags,
    }
    facts |= {name: one_line(note.findtext(f"note-attributes/{field}") or "", 500) for field, name in _FIELDS.items()}
    return {name: value for name, value in facts.items() if value}


def _moment(text: str | None) -> str:
    match = _MOMENT.fullmatch((text or "").strip())
    return "{}-{}-{}T{}:{}:{}".format(*match.groups()) if match else ""
