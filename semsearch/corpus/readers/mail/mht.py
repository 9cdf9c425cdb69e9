"""Saved web pages (MHTML): the page itself, without the images, styles and frames saved with it."""

from __future__ import annotations

from dataclasses import replace
from email.message import Message

from semsearch.corpus.readers.mail.eml import charset_of, first_header, iso_date, parse, payload_of
from semsearch.corpus.readers.mail.message import by_paragraphs, readable
from semsearch.corpus.readers.nested import Inside
from semsearch.corpus.readers.web import html
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Parsed

__all__ = ["read"]

_TEXTS = ("text/html", "application/xhtml+xml", "text/plain")


def read(data: bytes, inside: Inside) -> Parsed:
    """Read the main page; its address is metadata, and its title is the document's."""
    message = parse(data)
    if "content-type" not in message:
        return html.read(data)
    page = _main(message)
    if page is None:
        raise SourceUnreadable("no page in it")
    if page.get_content_type() == "text/plain":
        parsed = by_paragraphs(payload_of(page), charset_of(page), is_html=False) or Parsed("", ())
    else:
        content, charset = payload_of(page), charset_of(page)
        parsed = html.parse(readable(content, charset)) if charset else html.read(content)
    address = first_header(message, "snapshot-content-location") or first_header(page, "content-location")
    known = {"url": address, "saved": iso_date(first_header(message, "date")), **parsed.metadata}
    return replace(
        parsed,
        blocks=tuple(replace(b, anchor=Anchor(AnchorKind.PARAGRAPH, n, n)) for n, b in enumerate(parsed.blocks, 1)),
        title=parsed.title or first_header(message, "subject"),
        metadata=known,
    )


def _main(message: Message) -> Message | None:
    """Return the main part: the one declared as the start, else the first page."""
    pages = [part for part in message.walk() if part.get_content_type() in _TEXTS]
    start = str(message.get_param("start") or "").strip("<> ")
    named = [part for part in pages if start and str(part.get("content-id", "")).strip("<> ") == start]
    rich = [part for part in pages if part.get_content_type() != "text/plain"]
    return next(iter(named or rich or pages), None)
