"""Split the messages of a chat into documents: one per stretch of talk, with its authors and times.

A stretch fits a passage. It ends at a pause, another day or its length limit, so that a hit is more than one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from semsearch.corpus.text.blocks import TextBuilder, join_values
from semsearch.corpus.text.decode import visible
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Member, Parsed, Value

__all__ = ["TYPE", "ChatMessage", "bare", "talk"]

TYPE = "chat"
"""The type of a document that is a stretch of talk."""
PAUSE = timedelta(hours=1)
LONGEST = 800
"""Characters of a stretch: with the names in it, it fits a passage of 256 tokens in most languages."""
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_MOST = 100_000
"""Above this number of stretches a chat is a single document."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """Who said what and when; without an author, a message of the program itself."""

    author: str
    when: datetime | None
    text: str
    first: int
    last: int
    """Its lines in the file, or twice its number when the file has no readable lines."""


def bare(text: str) -> str:
    """Return a text without the marks of writing direction."""
    return _MARKS.sub("", text).strip()


def talk(messages: Sequence[ChatMessage], name: str, kind: AnchorKind = AnchorKind.LINE) -> Parsed:
    """Return a chat of this name as its stretches, in the order of the file. Raises SourceUnreadable when empty."""
    written = [message for message in messages if visible(message.text)]
    if not written:
        raise SourceUnreadable("a chat without a word in it")
    stretches = list(_stretches(written))
    facts: dict[str, Value] = {"messages": len(written), **_facts(written)}
    if len(stretches) > _MOST:
        whole = _document(written, name, kind)
        return Parsed(whole.text, whole.blocks, name, facts)
    members = tuple(
        Member(f"{part[0].when:%Y-%m-%d %H.%M}" if part[0].when else str(number), TYPE, _document(part, name, kind))
        for number, part in enumerate(stretches, 1)
    )
    return Parsed("", (), name, facts, members)


def _stretches(messages: Sequence[ChatMessage]) -> Iterator[list[ChatMessage]]:
    part: list[ChatMessage] = []
    size = 0
    for message in messages:
        length = len(message.author) + len(message.text)
        if part and (size + length > LONGEST or _is_break(part[-1].when, message.when)):
            yield part
            part, size = [], 0
        part.append(message)
        size += length
    if part:
        yield part


def _is_break(before: datetime | None, when: datetime | None) -> bool:
    """Return whether a message begins another stretch; clocks in one chat may go back a little."""
    if before is None or when is None:
        return False
    return before.date() != when.date() or abs(when - before) >= PAUSE


def _document(messages: Sequence[ChatMessage], name: str, kind: AnchorKind) -> Parsed:
    builder = TextBuilder()
    for message in messages:
        text = f"{message.author}: {message.text}" if message.author else message.text
        builder.add(text, Anchor(kind, message.first, max(message.first, message.last)), separator="\n")
    return builder.parsed(name, _facts(messages))


def _facts(messages: Sequence[ChatMessage]) -> dict[str, Value]:
    """Return the authors, and the first and last time; names of `author` are separated by commas for filters."""
    times = [message.when for message in messages if message.when is not None]
    names = dict.fromkeys(message.author.replace(", ", " ") for message in messages if message.author)
    first, last = (times[0], times[-1]) if times else (None, None)
    return {
        "author": join_values(list(names)),
        "date": first.isoformat(timespec="seconds") if first else "",
        "until": last.isoformat(timespec="seconds") if last else "",
    }
