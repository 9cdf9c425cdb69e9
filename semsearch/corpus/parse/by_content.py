"""The type of a file whose name does not tell it, from its first bytes, and only where they are unambiguous."""

from __future__ import annotations

import re
from pathlib import Path

from semsearch.corpus.text.decode import looks_binary

__all__ = ["content_type", "is_maildir"]

_HEAD = 65_536
"""Bytes that are examined."""
_MAILBOX = re.compile(rb"From [^\n]*\d\d:\d\d[^\n]*\n(?:[\w-]+:|>From )")
_HEADER = re.compile(rb"([!-9;-~]{1,60}):(?:[ \t]|\r?\Z|(?=\r?$))")
_WHO = {b"from", b"to", b"subject", b"sender", b"received", b"return-path", b"delivered-to", b"mime-version", b"cc"}
_WHICH = {b"date", b"message-id"}
_MAIL_FIELDS = 3
_MOST_HEADERS = 400
_MAILDIR = re.compile(r"\d{9,11}\.[^.]+\..+|.+[:;!]2,[A-Za-z]*")
_REFERENCES = re.compile(rb"^[ \t]*@[A-Za-z]+\s*\{\s*[^\s{}(),=\"]+\s*,\s*[A-Za-z-]+\s*=", re.MULTILINE)
_RIS = re.compile(rb"\s*TY  - [A-Z]{2,8}\s*\n[A-Z][A-Z0-9]  - ")
_JSON = re.compile(rb"\s*(?:\{\s*\"(?:[^\"\\]|\\.)*\"\s*:|\[\s*[{\[\"])")
_JSON_END = re.compile(rb"[\]}]\s*\Z")
_STAMP = re.compile(r"\W{0,3}\d{1,4}\u200f?[./-]")


def content_type(path: Path, data: bytes) -> str:
    """Return the type of a file's content; empty when it may be any text."""
    if data.startswith(b"%PDF-"):
        return "pdf"
    head = data[:_HEAD].removeprefix(b"\xef\xbb\xbf")
    if _MAILBOX.match(head):
        return "mbox"
    if _is_mail(head):
        return "eml"
    if looks_binary(head[:8192]):
        return ""
    if _JSON.match(head) and _JSON_END.search(data[-64:]):
        return "json"
    if _RIS.match(head):
        return "ris"
    if head.lstrip()[:1] in (b"@", b"%") and _REFERENCES.search(head):
        return "bib"
    return "chat" if _is_chat(head, path.name) else ""


def is_maildir(path: Path) -> bool:
    """Return whether a file is a Maildir message by its name and folder; such names end in a host name."""
    return path.parent.name in ("cur", "new") and _MAILDIR.fullmatch(path.name) is not None


def _is_mail(head: bytes) -> bool:
    """Return whether a text begins like a message of RFC 5322: header fields, some of them of mail, and a blank line.

    A text whose first line happens to be `From: ...` has no other fields, or no blank line after them.
    """
    fields: set[bytes] = set()
    for line in head.split(b"\n", _MOST_HEADERS)[:-1]:
        if not line.strip():
            return bool(fields & _WHICH) and bool(fields & _WHO) and len(fields & (_WHICH | _WHO)) >= _MAIL_FIELDS
        if fields and line[:1] in b" \t":
            continue
        match = _HEADER.match(line)
        if match is None:
            return False
        fields.add(match[1].lower())
    return False


def _is_chat(head: bytes, name: str) -> bool:
    text = head.decode("utf-8", "ignore")
    if not _STAMP.match(text):
        return False
    from semsearch.corpus.readers.chats.whatsapp import is_chat

    return is_chat(text if len(head) < _HEAD else text.rpartition("\n")[0], name)
