"""Outlook messages (MSG): properties in the streams of an OLE file, see [MS-OXMSG]."""

from __future__ import annotations

import datetime
import struct
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers import extras
from semsearch.corpus.readers.mail import eml as mail
from semsearch.corpus.readers.mail.message import Address, Attachment, Letter, by_paragraphs, compose, readable
from semsearch.corpus.readers.nested import Inside
from semsearch.corpus.text.decode import one_line
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

if TYPE_CHECKING:
    from email.message import Message

__all__ = ["read"]

_SUBJECT, _BODY, _HTML, _RTF = 0x0037, 0x1000, 0x1013, 0x1009
_SENDER_NAME, _SENDER_ADDRESSES = 0x0C1A, (0x5D01, 0x0C1F, 0x5D02)
_NAME, _ADDRESSES = 0x3001, (0x39FE, 0x3003)
_HEADERS, _MESSAGE_ID = 0x007D, 0x1035
_LONG_NAME, _SHORT_NAME, _MEDIA_TYPE, _DATA, _CONTENT_ID = 0x3707, 0x3704, 0x370E, 0x3701, 0x3712
_SUBMITTED, _DELIVERED, _CREATED = 0x0039, 0x0E06, 0x3007
_CLASS, _RECIPIENT_TYPE, _CODE_PAGE, _HTML_CODE_PAGE = 0x001A, 0x0C15, 0x3FFD, 0x3FDE
_TO, _CC = 1, 2
_TOP_HEADER, _INNER_HEADER, _ITEM_HEADER = 32, 24, 8
"""Bytes before the properties of the message, of a nested one, and of a recipient or an attachment."""
_EPOCH = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
_ENCRYPTED = "encrypted: only its headers are read"


def read(data: bytes, inside: Inside) -> Parsed:
    """Read one message."""
    extras.need(extras.NO_MESSAGES)
    import olefile

    try:
        ole = olefile.OleFileIO(BytesIO(data))
    except Exception as error:  # also errors from invalid numbers
        raise _broken(error) from error
    with ole:
        return _read(_Storage(ole, (), _TOP_HEADER), inside)


def _read(storage: _Storage, inside: Inside) -> Parsed:
    return compose(_letter(storage), inside)


def _broken(error: Exception) -> SourceUnreadable:
    words = one_line(str(error), 80) if isinstance(error, OSError) else "an invalid reference"
    return SourceUnreadable(f"broken msg file: {words}")


class _Storage:
    """A message, a recipient or an attachment in an OLE file, with its properties."""

    def __init__(self, ole: Any, path: tuple[str, ...], header: int, encoding: str = "cp1252") -> None:
        self.ole, self.path = ole, path
        self._fixed = self._numbers(header)
        page = self.number(_CODE_PAGE) or self.number(_HTML_CODE_PAGE)
        self.encoding = {65001: "utf-8", 0: encoding}.get(page, f"cp{page}")

    def _numbers(self, header: int) -> dict[int, bytes]:
        """Return the properties of a fixed size, each as its eight bytes."""
        data = self._stream("__properties_version1.0")
        return {
            struct.unpack_from("<H", data, at + 2)[0]: data[at + 8 : at + 16]
            for at in range(header, len(data) - 15, 16)
        }

    def _stream(self, name: str) -> bytes:
        place = [*self.path, name]
        if not self.ole.exists(place):
            return b""
        try:
            data: bytes = self.ole.openstream(place).read()
        except Exception as error:
            raise _broken(error) from error
        return data

    def number(self, tag: int) -> int:
        return int.from_bytes(self._fixed.get(tag, b"")[:4], "little")

    def date(self, tag: int) -> str:
        ticks = int.from_bytes(self._fixed.get(tag, b""), "little")
        try:
            return (
                (_EPOCH + datetime.timedelta(microseconds=ticks // 10)).isoformat(timespec="seconds") if ticks else ""
            )
        except OverflowError:
            return ""

    def data(self, tag: int) -> bytes:
        return self._stream(f"__substg1.0_{tag:04X}0102")

    def text(self, tag: int) -> str:
        wide = self._stream(f"__substg1.0_{tag:04X}001F")
        if wide:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        return readable(self._stream(f"__substg1.0_{tag:04X}001E").rstrip(b"\0"), self.encoding)

    def has(self, name: str) -> bool:
        return bool(self.ole.exists([*self.path, name]))

    def inner(self, prefix: str) -> list[_Storage]:
        """Return the recipients or the attachments, in order."""
        depth = len(self.path)
        try:
            places = self.ole.listdir(streams=True, storages=True)
        except Exception as error:  # endlessly nested folders
            raise _broken(error) from error
        names = {place[depth] for place in places if self._holds(place)}
        chosen = sorted(name for name in names if name.startswith(prefix))
        return [_Storage(self.ole, (*self.path, name), _ITEM_HEADER, self.encoding) for name in chosen]

    def _holds(self, place: list[str]) -> bool:
        return len(place) > len(self.path) and tuple(place[: len(self.path)]) == self.path


def _letter(storage: _Storage) -> Letter:
    headers = mail.parse(storage.text(_HEADERS).encode("utf-8", "replace"), headers_only=True)
    people = storage.inner("__recip_version1.0_#")
    body = _body(storage)
    remark = _remark(storage, headers) if body is None else ""
    # The attachment of an encrypted message is the message.
    files = [_attachment(file) for file in storage.inner("__attach_version1.0_#")] if remark != _ENCRYPTED else []
    return Letter(
        subject=storage.text(_SUBJECT) or mail.first_header(headers, "subject"),
        sender=_sender(storage, headers),
        to=[_person(p) for p in people if p.number(_RECIPIENT_TYPE) in (0, _TO)] or mail.people(headers, "to"),
        cc=[_person(p) for p in people if p.number(_RECIPIENT_TYPE) == _CC] or mail.people(headers, "cc"),
        date=_date(storage, headers),
        message_id=storage.text(_MESSAGE_ID) or mail.first_header(headers, "message-id"),
        body=[body] if body else [],
        attachments=[file for file in files if file is not None],
        remark=remark,
    )


def _remark(storage: _Storage, headers: Message) -> str:
    """Return why there is no text."""
    if "smime" in storage.text(_CLASS).lower() or headers.get_content_subtype() == "encrypted":
        return _ENCRYPTED
    return "its text is RTF only: only its headers are read" if storage.data(_RTF) else ""


def _date(storage: _Storage, headers: Message) -> str:
    sent = mail.iso_date(mail.first_header(headers, "date"))
    return sent or storage.date(_SUBMITTED) or storage.date(_DELIVERED) or storage.date(_CREATED)


def _sender(storage: _Storage, headers: Message) -> Address | None:
    name = storage.text(_SENDER_NAME)
    address = next((a for tag in _SENDER_ADDRESSES if "@" in (a := storage.text(tag))), "")
    if name or address:
        return Address("" if name == address else name, address)
    return next(iter(mail.people(headers, "from")), None)


def _person(storage: _Storage) -> Address:
    name = storage.text(_NAME)
    address = next((a for tag in _ADDRESSES if "@" in (a := storage.text(tag))), "")
    return Address("" if name == address else name, address)


def _body(storage: _Storage) -> Parsed | None:
    """Return the text: the plain one, which Outlook always stores beside HTML, else the HTML."""
    plain = by_paragraphs(storage.text(_BODY).encode("utf-8", "replace"), "utf-8", is_html=False)
    if plain is not None:
        return plain
    page = storage.data(_HTML)
    if page:
        return by_paragraphs(page, storage.encoding if storage.number(_HTML_CODE_PAGE) else "", is_html=True)
    return by_paragraphs(storage.text(_HTML).encode("utf-8", "replace"), "utf-8", is_html=True)


def _attachment(storage: _Storage) -> Attachment | None:
    name = storage.text(_LONG_NAME) or storage.text(_NAME) or storage.text(_SHORT_NAME)
    kind = storage.text(_MEDIA_TYPE).lower()
    embedded = f"__substg1.0_{_DATA:04X}000D"
    if storage.has(embedded):
        message = _Storage(storage.ole, (*storage.path, embedded), _INNER_HEADER, storage.encoding)
        return Attachment(name, "message/rfc822", partial(_read, message), "msg")
    content = storage.data(_DATA)
    if not content or (storage.text(_CONTENT_ID) and _is_image(name, kind)):
        return None
    return Attachment(name, kind, content)


def _is_image(name: str, kind: str) -> bool:
    return kind.startswith("image/") or name.lower().endswith((".png", ".jpg", ".jpeg", ".gif", ".bmp"))
