"""A message of any format as one document, with its attachments nested in it."""

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

_MOST_NAMED = 5
"""Recipients that the text names."""
_SUBJECT = 100
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\]+")
_SEVEN_BITS = ("iso2022", "utf-7", "hz")
"""Encodings whose ASCII bytes stand for other characters."""
_WIDE = ("utf-16", "utf-32")
_AS_BROWSERS_DO = {"iso8859-1": "cp1252", "ascii": "cp1252"}
_SIGNATURES = ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature", "pgp-keys")


@dataclass(frozen=True, slots=True)
class Address:
    """A sender or recipient; either field may be empty."""

    name: str
    address: str = ""

    def __str__(self) -> str:
        """Return both: `Ada Miller <ada@example.org>`."""
        return f"{self.name} <{self.address}>" if self.name and self.address else self.name or self.address


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file: its bytes or, for an attached message, a function that makes a document of it."""

    name: str
    type: str
    """Its media type, such as `application/pdf`; may be empty."""
    content: bytes | Callable[[Inside], Parsed]
    kind: str = ""
    """The type of an attached message: `eml`, `msg`."""


@dataclass(slots=True)
class Letter:
    """A parsed message."""

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
    """Return a message as a document; attachments go to the readers of their types."""
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
    """Return the sender and the recipients by name, without addresses, which add nothing to a text."""
    lines = []
    if letter.sender is not None:
        lines.append(f"From: {letter.sender.name or letter.sender.address}")
    people = [person.name or person.address for person in (*letter.to, *letter.cc)]
    if people:
        rest = f" and {len(people) - _MOST_NAMED} more" if len(people) > _MOST_NAMED else ""
        lines.append(f"To: {', '.join(people[:_MOST_NAMED])}{rest}")
    return "\n".join(lines)


def _metadata(letter: Letter) -> dict[str, Value]:
    sender = letter.sender
    names = [file.name for file in letter.attachments if file.name]
    return {
        "author": (sender.name or sender.address) if sender is not None else "",
        "from": str(sender or ""),
        "to": join_values([str(person) for person in letter.to]),
        "cc": join_values([str(person) for person in letter.cc]),
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
    """Return the given name of a file as a single path component."""
    return " ".join(_UNSAFE.sub(" ", name.replace("\\", "/").rpartition("/")[2]).split())


def message_name(subject: str, date: str) -> str:
    """Return the name of a message in its mailbox, from its date and subject only, so that it is stable."""
    words = " ".join(_UNSAFE.sub("-", subject).split())
    short = words if len(words) <= _SUBJECT else words[: _SUBJECT - 1].rstrip() + "…"
    return f"{date[:10] or 'undated'} {short or 'without subject'}"


def by_paragraphs(data: bytes, charset: str, *, is_html: bool, flowed: bool = False) -> Parsed | None:
    """Return the text of a message's part; None when it has nothing visible."""
    if is_html:
        parsed = html.parse(readable(data, charset)) if charset else html.read(data)
    else:
        text = readable(data, charset)
        text = _unflowed(text) if flowed else text
        parsed = Parsed(text, tuple(Lines(text).paragraphs()))
    return parsed if visible(parsed.text) else None


def readable(data: bytes, charset: str) -> str:
    """Return the text of bytes with a declared encoding; valid UTF-8 is decoded as such, whatever is declared."""
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
    """Return whether bytes may be in an encoding, and are not clearly UTF-8."""
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
    """Join lines that were wrapped for display (RFC 3676): a line that ends in a blank continues."""
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
