"""E-mail as transmitted (EML, Apple's EMLX), and mailboxes (mbox)."""

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
"""The newer policies raise errors on very broken headers; those are decoded here."""
_HEADERS = ("from", "subject", "date", "to", "received", "message-id", "content-type", "mime-version")
_DEEPEST = 60
"""Deepest nesting of parts."""
_START = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d:\d\d[^\n]*\n(?=[\w-]+:|>From )")
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_SURROGATE = re.compile("[\udc80-\udcff]")
_STUB = 200
"""Characters of a plain text that may only refer to the HTML version."""
_TELLING = 16
"""Bytes beyond ASCII in a header that suffice to guess its encoding."""
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
    """Read a message of Apple Mail: its length is on the first line, and a property list follows it."""
    count, _, rest = data.partition(b"\n")
    return read(rest[: whole(count.strip().decode("latin-1"))] if count.strip().isdigit() else data, inside)


def read_mailbox(data: bytes, inside: Inside) -> Parsed:
    """Read a mailbox: its messages are nested, named by date and subject."""
    starts = [match.span() for match in _START.finditer(data)]
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
    """Return a message as its parts; this never fails."""
    parser = email.parser.BytesHeaderParser if headers_only else email.parser.BytesParser
    message: Message = parser(policy=_POLICY).parsebytes(data)
    return message


def _letter(message: Message) -> Letter:
    senders = people(message, "from") or people(message, "sender")
    content = _Content()
    _gather(message, content, 0)
    return Letter(
        subject=first_header(message, "subject"),
        sender=senders[0] if senders else None,
        to=people(message, "to"),
        cc=people(message, "cc"),
        date=iso_date(first_header(message, "date")),
        message_id=first_header(message, "message-id"),
        body=content.texts,
        attachments=content.attachments,
        remark="" if content.texts else content.remark,
    )


@dataclass(slots=True)
class _Content:
    """The texts and attachments of a message."""

    texts: list[Parsed] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    remark: str = ""
    plain: bool = False
    """Whether some of the texts are plain text."""

    @property
    def length(self) -> int:
        return sum(len(text.text) for text in self.texts)


def _gather(part: Message, content: _Content, depth: int) -> None:
    """Collect the content of a part."""
    main, minor = part.get_content_maintype(), part.get_content_subtype()
    inner = part.get_payload() if part.is_multipart() else ""  # text would be decoded, even with unsuitable codecs
    if depth > _DEEPEST:
        return
    if minor in ("pkcs7-mime", "x-pkcs7-mime") or (main == "multipart" and minor == "encrypted"):
        content.remark = _PACKED if str(part.get_param("smime-type")).startswith("signed") else _ENCRYPTED
    elif main == "multipart" and isinstance(inner, list):
        children = [child for child in inner if isinstance(child, Message)]
        options = [_gathered(child, depth + 1) for child in (children[:1] if minor == "signed" else children)]
        if minor == "related":  # images shown in a page are not attachments
            for option in options:
                option.attachments = [file for file in option.attachments if not file.type.startswith("image/")]
        _join(content, options, _best(options) if minor == "alternative" else options)
    elif main == "message" and isinstance(inner, list):
        _gather_message(part, [child for child in inner if isinstance(child, Message)], content)
    else:
        _gather_leaf(part, "text/plain" if main == "multipart" else f"{main}/{minor}", content)


def _gathered(part: Message, depth: int) -> _Content:
    content = _Content()
    _gather(part, content, depth)
    return content


def _best(options: list[_Content]) -> list[_Content]:
    """Choose among alternatives of the same text: the plain one, unless it only refers to the other."""
    plain = next((option for option in options if option.plain), None)
    other = next((option for option in options if option.texts and not option.plain), None)
    if plain is None or (other is not None and plain.length < _STUB and other.length > 4 * plain.length):
        plain = other
    return [plain] if plain is not None else []


def _join(content: _Content, options: list[_Content], chosen: list[_Content]) -> None:
    """Add the texts of the chosen parts, and the attachments of all."""
    for option in options:
        if any(option is one for one in chosen):
            content.texts += option.texts
            content.plain = content.plain or option.plain
        content.attachments += option.attachments
        content.remark = content.remark or option.remark


def _gather_message(part: Message, inner: list[Message], content: _Content) -> None:
    """Add an attached message, or the report of a mail server."""
    if part.get_content_subtype() in ("rfc822", "global") and inner:
        message = inner[0]
        subject = _file_name(part) or first_header(message, "subject") or "attached message"
        content.attachments.append(Attachment(subject, "message/rfc822", partial(_attached, message), "eml"))
        return
    lines = [f"{name}: {_decoded(str(value))}" for one in inner for name, value in one.raw_items()]
    report = by_paragraphs("\n".join(lines).encode("utf-8", "replace"), "utf-8", is_html=False)
    if report is not None:
        content.texts.append(report)
        content.plain = True


def _attached(message: Message, inside: Inside) -> Parsed:
    return compose(_letter(message), inside)


def _gather_leaf(part: Message, kind: str, content: _Content) -> None:
    name = _file_name(part)
    attached = part.get_content_disposition() == "attachment" or bool(name)
    if kind in ("text/plain", "text/html") and not attached:
        if payload_of(part).lstrip().startswith(_PGP):
            content.remark = _ENCRYPTED
            return
        is_html = kind == "text/html"
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        text = by_paragraphs(payload_of(part), charset_of(part), is_html=is_html, flowed=flowed)
        if text is not None:
            content.texts.append(text)
            content.plain = content.plain or not is_html
        return
    inline = part.get_content_disposition() != "attachment" and (part.get("content-id") or not name)
    if kind.startswith("image/") and inline:
        return
    payload = payload_of(part)
    if payload.strip():
        content.attachments.append(Attachment(name, kind, payload))


def payload_of(part: Message) -> bytes:
    """Return the content of a part, decoded if possible."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    if isinstance(payload, bytes):
        return payload
    raw = part.get_payload()
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def charset_of(part: Message) -> str:
    """Return the encoding that a part declares."""
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
    """Return the first header of a name in readable form, empty when there is none."""
    for own, value in message.raw_items():
        if own.lower() == name:
            return " ".join(_decoded(str(value)).split())
    return ""


def _decoded(value: str) -> str:
    """Decode encoded words (RFC 2047) and raw bytes in a header."""
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
    """Return the people in a header."""
    values = [_as_text(str(value)) for name, value in message.raw_items() if name.lower() == header]
    lines = [" ".join(value.split()) for value in values]
    if not any("@" in line for line in lines):  # only names, or the name of an empty list
        return [Address(name) for line in lines if (name := _decoded(line)) and not name.endswith(":;")]
    try:
        pairs = email.utils.getaddresses(lines)
    except RecursionError:  # nested groups
        return []
    addresses = [Address(" ".join(_decoded(name).split()).strip("'\" "), address) for name, address in pairs]
    return [a for a in addresses if a.name or a.address]


def iso_date(value: str) -> str:
    """Return the date of a header as ISO 8601, empty when invalid."""
    try:
        date = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError, IndexError, OverflowError):
        return ""
    return (date if date.tzinfo is not None else date.replace(tzinfo=datetime.UTC)).isoformat(timespec="seconds")
