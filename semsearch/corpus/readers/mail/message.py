"""A message, whatever format it was kept in: one document of who wrote to whom and what, its attachments inside."""

from __future__ import annotations

import codecs
import mimetypes
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from semsearch.corpus.readers.nested import Inside
from semsearch.corpus.readers.web import html
from semsearch.corpus.text.blocks import Lines, TextBuilder, join_values
from semsearch.corpus.text.decode import decode, visible
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Parsed, Value

__all__ = ["Address", "Attachment", "Letter", "by_paragraphs", "compose", "file_name", "message_name", "readable"]

_TOLD = 5
"""Recipients that are named in the text."""
_SUBJECT = 100
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]+")
_SEVEN_BITS = ("iso2022", "utf-7", "hz")
"""Encodings whose bytes are ASCII and mean something else."""
_WIDE = ("utf-16", "utf-32")
_AS_BROWSERS_DO = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_SIGNATURES = ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature", "pgp-keys")


@dataclass(frozen=True, slots=True)
class Address:
    """Who sent or gets a message; either may be empty."""

    name: str
    address: str = ""

    def __str__(self) -> str:
        """Return both: `Ada Miller <ada@example.org>`."""
        return f"{self.name} <{self.address}>" if self.name and self.address else self.name or self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file at a message: its bytes or, of an attached message, what makes a document of it."""

    name: str
    type: str
    """Its media type, such as `application/pdf`; may be empty."""
    content: bytes | Callable[[Inside], Parsed]
    kind: str = ""
    """The type of an attached message: `eml`, `msg`."""


@dataclass(slots=True)
class Letter:
    """A message as it was read."""

    subject: str = ""
    sender: Address | None = None
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    date: str = ""
    """ISO 8601, with its own time zone."""
    message_id: str = ""
    body: list[Parsed] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    remark: str = ""


def compose(letter: Letter, inside: Inside) -> Parsed:
    """Return a message as a document; what is attached goes to the readers of its type."""
    builder = TextBuilder()
    head = _head(letter)
    if head:
        builder.add(head, Anchor())
    number = 0
    for part in letter.body:
        last = 0
        for block in part.blocks:
            number += bool(block.stop > block.start)
            separator = part.text[last : block.start] if last and block.start > last else "\n\n"
            text = part.text[block.start : block.stop]
            anchor = Anchor(AnchorKind.PARAGRAPH, max(1, number), max(1, number))
            builder.add(text, anchor, block.kind, level=block.level, label=block.label, separator=separator)
            last = block.stop
    for place, attachment in enumerate(letter.attachments, 1):
        _attach(attachment, place, inside)
    parsed = builder.parsed(letter.subject, _metadata(letter))
    return Parsed(parsed.text, parsed.blocks, parsed.title, parsed.metadata, inside.members, letter.remark)


def _head(letter: Letter) -> str:
    """Return who wrote to whom in one line, by names: addresses say nothing in a text."""
    lines = []
    if letter.sender is not None:
        lines.append(f"From: {letter.sender.name or letter.sender.address}")
    people = [one.name or one.address for one in (*letter.to, *letter.cc)]
    if people:
        rest = f" and {len(people) - _TOLD} more" if len(people) > _TOLD else ""
        lines.append(f"To: {', '.join(people[:_TOLD])}{rest}")
    return "\n".join(lines)


def _metadata(letter: Letter) -> dict[str, Value]:
    sender = letter.sender
    names = [one.name for one in letter.attachments if one.name]
    return {
        "author": (sender.name or sender.address) if sender is not None else "",
        "from": str(sender or ""),
        "to": join_values([str(one) for one in letter.to]),
        "cc": join_values([str(one) for one in letter.cc]),
        "subject": letter.subject,
        "date": letter.date,
        "message_id": letter.message_id.strip("<> "),
        "attachments": join_values(names),
    }


def _attach(attachment: Attachment, place: int, inside: Inside) -> None:
    name = file_name(attachment.name)
    if not isinstance(attachment.content, bytes):
        inside.build(name or f"message {place}", attachment.kind, attachment.content)
        return
    main, _, minor = attachment.type.partition("/")
    if minor in _SIGNATURES or (main == "image" and not name):
        return
    suffix = mimetypes.guess_extension(attachment.type) or ""
    name = name or f"attachment {place}{suffix}"
    like = name if PurePosixPath(name).suffix else name + suffix
    inside.add(name, attachment.content, size=len(attachment.content), like=like)


def file_name(name: str) -> str:
    """Return a name that someone gave a file as one part of a path."""
    return " ".join(_UNSAFE.sub(" ", name.replace("\\", "/").rpartition("/")[2]).split())


def message_name(subject: str, date: str) -> str:
    """Return what a message is called in its mailbox: by what it says itself, so that others may come and go."""
    words = " ".join(_UNSAFE.sub("-", subject).split())
    short = words if len(words) <= _SUBJECT else words[: _SUBJECT - 1].rstrip() + "…"
    return f"{date[:10] or 'undated'} {short or 'without subject'}"


def by_paragraphs(data: bytes, charset: str, *, is_html: bool, flowed: bool = False) -> Parsed | None:
    """Return the text of a message's part; None when there is nothing to see in it."""
    if is_html:
        parsed = html.parse(readable(data, charset)) if charset else html.read(data)
    else:
        text = readable(data, charset)
        text = _unflowed(text) if flowed else text
        parsed = Parsed(text, tuple(Lines(text).paragraphs()))
    return parsed if visible(parsed.text) else None


def readable(data: bytes, charset: str) -> str:
    """Return the text of bytes that are said to be in an encoding; what is UTF-8 is that, whatever it is said to be."""
    name = charset.strip().strip("\"'").lower()
    try:
        known = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        known = ""
    known = _AS_BROWSERS_DO.get(known, known)
    if known and _fits(known, data):
        with suppress(UnicodeError, LookupError):
            return data.decode(known).replace("\r\n", "\n").replace("\r", "\n")
    try:
        return decode(data.replace(b"\0", b" "), known)
    except SourceUnreadable:
        return ""


def _fits(encoding: str, data: bytes) -> bool:
    """Return whether bytes may be in an encoding, and are not plainly UTF-8."""
    if encoding.startswith(_WIDE):
        return b"\0" in data
    return encoding.startswith(_SEVEN_BITS) or not (data.isascii() or _is_utf8(data))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _unflowed(text: str) -> str:
    """Join lines that were broken for a narrow screen (RFC 3676): those that end in a blank go on."""
    out: list[str] = []
    open_line = False
    for line in text.split("\n"):
        quoted = line.startswith(">")
        if open_line and not quoted and line != "-- ":
            out[-1] += line.removeprefix(" ")
        else:
            out.append(line if quoted else line.removeprefix(" "))
        open_line = line.endswith(" ") and not quoted and line != "-- "
    return "\n".join(out)
