"""E-mail as the network carries it (EML, Apple's EMLX) and mailboxes of it (mbox)."""

from __future__ import annotations

import datetime
import email
import email.errors
import email.header
import email.parser
import email.policy
import email.utils
import re
from dataclasses import dataclass, field
from email.message import Message
from functools import partial

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.mail.message import Address, Attachment, Letter, by_paragraphs, compose, message_name
from semsearch.corpus.readers.nested import Inside
from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.text.decode import decode
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = [
    "charset_of",
    "first_header",
    "iso_date",
    "parse",
    "payload_of",
    "people",
    "read",
    "read_emlx",
    "read_mailbox",
]

_POLICY = email.policy.compat32
"""The newer policies raise on headers that are broken enough; these are decoded here."""
_HEADERS = ("from", "subject", "date", "to", "received", "message-id", "content-type", "mime-version")
_DEEPEST = 60
"""How deep parts may lie in each other."""
_START = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d:\d\d[^\n]*\n(?=[\w-]+:|>From )")
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_SURROGATE = re.compile("[\udc80-\udcff]")
_STUB = 200
"""Characters of a plain text that may only say that the message is in HTML."""
_TELLING = 16
"""Bytes beyond ASCII in a header that are enough to guess its encoding by."""
_ENCRYPTED = "encrypted: only its headers are read"
_PGP = b"-----BEGIN PGP MESSAGE"
_PACKED = "signed and packed: only its headers are read"


def read(data: bytes, inside: Inside) -> Parsed:
    """Read one message."""
    message = parse(data)
    if not any(name in message for name in _HEADERS):
        return plain_text.read(data)
    return compose(_letter(message), inside)


def read_emlx(data: bytes, inside: Inside) -> Parsed:
    """Read a message of Apple Mail: how long it is in the first line, and a list of properties behind it."""
    count, _, rest = data.partition(b"\n")
    return read(rest[: whole(count.strip().decode("latin-1"))] if count.strip().isdigit() else data, inside)


def read_mailbox(data: bytes, inside: Inside) -> Parsed:
    """Read a mailbox: its messages are inside, named by their day and subject."""
    starts = [found.span() for found in _START.finditer(data)]
    if not starts:
        raise SourceUnreadable("no message in it")
    ends = [start for start, _ in starts[1:]] + [len(data)]
    for (_, start), end in zip(starts, ends, strict=True):
        whole = _QUOTED.sub(rb"\1", data[start:end])
        head = parse(whole, headers_only=True)
        name = message_name(first_header(head, "subject"), iso_date(first_header(head, "date")))
        inside.add(name, whole, size=len(whole), like="message.eml")
    return Parsed("", (), members=inside.members)


def parse(data: bytes, *, headers_only: bool = False) -> Message:
    """Return a message as its parts; every input can be parsed."""
    parser = email.parser.BytesHeaderParser if headers_only else email.parser.BytesParser
    message: Message = parser(policy=_POLICY).parsebytes(data)
    return message


def _letter(message: Message) -> Letter:
    senders = people(message, "from") or people(message, "sender")
    found = _Found()
    _gather(message, found, 0)
    return Letter(
        subject=first_header(message, "subject"),
        sender=senders[0] if senders else None,
        to=people(message, "to"),
        cc=people(message, "cc"),
        date=iso_date(first_header(message, "date")),
        message_id=first_header(message, "message-id"),
        body=found.texts,
        attachments=found.attachments,
        remark="" if found.texts else found.remark,
    )


@dataclass(slots=True)
class _Found:
    """The texts of a message, and what is attached."""

    texts: list[Parsed] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    remark: str = ""
    plain: bool = False
    """Whether some of the texts are not HTML."""

    @property
    def length(self) -> int:
        return sum(len(text.text) for text in self.texts)


def _gather(part: Message, found: _Found, depth: int) -> None:
    """Take a part apart."""
    main, minor = part.get_content_maintype(), part.get_content_subtype()
    inner = (
        part.get_payload() if part.is_multipart() else ""
    )  # a text would be decoded, also by codecs that are not for text
    if depth > _DEEPEST:
        return
    if minor in ("pkcs7-mime", "x-pkcs7-mime") or (main == "multipart" and minor == "encrypted"):
        found.remark = _PACKED if str(part.get_param("smime-type")).startswith("signed") else _ENCRYPTED
    elif main == "multipart" and isinstance(inner, list):
        children = [child for child in inner if isinstance(child, Message)]
        options = [_gathered(child, depth + 1) for child in (children[:1] if minor == "signed" else children)]
        if minor == "related":  # what a page shows is not attached to it
            for option in options:
                option.attachments = [one for one in option.attachments if not one.type.startswith("image/")]
        _join(found, options, _best(options) if minor == "alternative" else options)
    elif main == "message" and isinstance(inner, list):
        _gather_message(part, [child for child in inner if isinstance(child, Message)], found)
    else:
        _gather_leaf(part, "text/plain" if main == "multipart" else f"{main}/{minor}", found)


def _gathered(part: Message, depth: int) -> _Found:
    found = _Found()
    _gather(part, found, depth)
    return found


def _best(options: list[_Found]) -> list[_Found]:
    """Choose among forms of the same text: the plain one, unless it only says that there is another."""
    plain = next((one for one in options if one.plain), None)
    other = next((one for one in options if one.texts and not one.plain), None)
    if plain is None or (other is not None and plain.length < _STUB and other.length > 4 * plain.length):
        plain = other
    return [plain] if plain is not None else []


def _join(found: _Found, options: list[_Found], chosen: list[_Found]) -> None:
    """Take the texts of some parts, and what is attached to any."""
    for option in options:
        if any(option is one for one in chosen):
            found.texts += option.texts
            found.plain = found.plain or option.plain
        found.attachments += option.attachments
        found.remark = found.remark or option.remark


def _gather_message(part: Message, inner: list[Message], found: _Found) -> None:
    """Take an attached message, or the report of a mail server."""
    if part.get_content_subtype() in ("rfc822", "global") and inner:
        message = inner[0]
        subject = _file_name(part) or first_header(message, "subject") or "attached message"
        found.attachments.append(Attachment(subject, "message/rfc822", partial(_attached, message), "eml"))
        return
    lines = [f"{name}: {_decoded(str(value))}" for one in inner for name, value in one.raw_items()]
    report = by_paragraphs("\n".join(lines).encode("utf-8", "replace"), "utf-8", is_html=False)
    if report is not None:
        found.texts.append(report)
        found.plain = True


def _attached(message: Message, inside: Inside) -> Parsed:
    return compose(_letter(message), inside)


def _gather_leaf(part: Message, kind: str, found: _Found) -> None:
    name = _file_name(part)
    attached = part.get_content_disposition() == "attachment" or bool(name)
    if kind in ("text/plain", "text/html") and not attached:
        if payload_of(part).lstrip().startswith(_PGP):
            found.remark = _ENCRYPTED
            return
        is_html = kind == "text/html"
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        text = by_paragraphs(payload_of(part), charset_of(part), is_html=is_html, flowed=flowed)
        if text is not None:
            found.texts.append(text)
            found.plain = found.plain or not is_html
        return
    inline = part.get_content_disposition() != "attachment" and (part.get("content-id") or not name)
    if kind.startswith("image/") and inline:
        return
    content = payload_of(part)
    if content.strip():
        found.attachments.append(Attachment(name, kind, content))


def payload_of(part: Message) -> bytes:
    """Return the content of a part, decoded as far as that works."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    if isinstance(payload, bytes):
        return payload
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def charset_of(part: Message) -> str:
    """Return the encoding that a part says it has."""
    try:
        return part.get_content_charset() or ""
    except (ValueError, LookupError, TypeError):
        return ""


def _file_name(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except (ValueError, LookupError, TypeError):
        return ""


def first_header(message: Message, name: str) -> str:
    """Return the first header of a name as people read it, empty when there is none."""
    for own, value in message.raw_items():
        if own.lower() == name:
            return " ".join(_decoded(str(value)).split())
    return ""


def _decoded(value: str) -> str:
    """Decode what stands for other characters: encoded words (RFC 2047), and bytes that should not be there."""
    value = _as_text(value)
    if "=?" not in value:
        return value
    try:
        parts = email.header.decode_header(value)
    except (email.errors.HeaderParseError, ValueError):
        return value
    return "".join(_word(text, charset) for text, charset in parts)


def _as_text(value: str) -> str:
    if not _SURROGATE.search(value):
        return value
    data = value.encode("utf-8", "surrogateescape")
    try:
        if len(_SURROGATE.findall(value)) >= _TELLING or _is_utf8(data):
            return decode(data)
    except SourceUnreadable:
        return _SURROGATE.sub("\ufffd", value)
    return data.decode("cp1252", "replace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _word(text: str | bytes, charset: str | None) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode(charset or "raw-unicode-escape")
    except (LookupError, ValueError):
        return text.decode("utf-8", "replace")


def people(message: Message, header: str) -> list[Address]:
    """Return the people that a header names."""
    values = [_as_text(str(value)) for name, value in message.raw_items() if name.lower() == header]
    lines = [" ".join(value.split()) for value in values]
    if not any("@" in line for line in lines):  # names alone, or the name of a list of nobody
        return [Address(name) for line in lines if (name := _decoded(line)) and not name.endswith(":;")]
    try:
        pairs = email.utils.getaddresses(lines)
    except RecursionError:  # groups inside groups
        return []
    found = [Address(" ".join(_decoded(name).split()).strip("'\" "), address) for name, address in pairs]
    return [one for one in found if one.name or one.address]


def iso_date(value: str) -> str:
    """Return the date of a header as ISO 8601, empty when malformed."""
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return ""
    return (date if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)).isoformat(timespec="seconds")
