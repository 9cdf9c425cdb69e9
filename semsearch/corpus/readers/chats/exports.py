"""Chats in JSON: Telegram's result.json, a channel's day in Slack, DiscordChatExporter, Discord's own package."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from semsearch.corpus.readers.chats.talk import ChatMessage, bare, talk
from semsearch.corpus.readers.data.data_records import DataRecord
from semsearch.corpus.readers.nested import Beside
from semsearch.corpus.text.decode import visible
from semsearch.types.documents import AnchorKind, Member, Parsed

__all__ = ["discord", "is_discord", "is_discord_package", "is_slack", "is_telegram", "package", "slack", "telegram"]

_SLACK_TIME = re.compile(r"\d{9,11}\.\d{1,9}")
_SLACK_LINK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_SLACK_LISTS = ("users.json", "channels.json", "groups.json")
"""Lists of users and channels, at the top of an export."""
_MOST_LISTED = 20_000_000
"""Most bytes read of such a list."""


def _most(records: Sequence[DataRecord], *wanted: str) -> bool:
    """Return whether most objects of a list have all of these fields."""
    matching = sum(all(name in record.fields for name in wanted) for record in records)
    return bool(records) and matching * 10 >= 8 * len(records)


def _kind(records: Sequence[DataRecord]) -> AnchorKind:
    """Return the kind of the messages' anchors: lines, or their numbers in a file of one line."""
    return AnchorKind.LINE if records and records[-1].last > 1 else AnchorKind.PARAGRAPH


def _message(
    author: str, when: datetime | None, text: str, record: DataRecord, number: int, kind: AnchorKind
) -> ChatMessage:
    first, last = (record.first, record.last) if kind is AnchorKind.LINE else (number, number)
    return ChatMessage(bare(author), when, bare(text), first, last)


def _iso(value: Any) -> datetime | None:
    try:
        when = datetime.fromisoformat(value.removesuffix("Z")) if isinstance(value, str) else None
    except ValueError:
        return None
    return when.replace(tzinfo=None) if when else None


def _words(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _inner(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def is_slack(records: Sequence[DataRecord]) -> bool:
    """Return whether the objects of a list are Slack messages."""
    ours = [r for r in records if r.fields.get("type") == "message" and _SLACK_TIME.fullmatch(str(r.fields.get("ts")))]
    return len(ours) * 10 >= 8 * len(records) > 0 and any("text" in record.fields for record in ours)


def slack(records: Sequence[DataRecord], path: Path, beside: Beside | None = None) -> Parsed:
    """Return a day of a channel; names of users and channels are in the messages, or in lists of the export."""
    names = _slack_names(path, beside)
    kind = _kind(records)
    messages = [_slack_message(record, number, names, kind) for number, record in enumerate(records, 1)]
    channel = path.parent.name
    return talk(messages, f"#{channel}" if channel else "", kind)


def _slack_names(path: Path, beside: Beside | None) -> dict[str, str]:
    """Return the names of users and channels by id, from the lists of the export, if present."""
    names: dict[str, str] = {}
    for listed in _SLACK_LISTS:
        try:
            names |= _names_by_id(_beginning(path.parent.parent / listed, beside))
        except OSError:  # the messages are readable without it
            continue
    return names


def _beginning(path: Path, beside: Beside | None) -> bytes:
    """Return the beginning of a file in an archive, or on disk; other nested files have no files beside them."""
    if path.is_absolute():
        with path.open("rb") as file:
            return file.read(_MOST_LISTED)
    if beside is None:
        raise FileNotFoundError(path)
    return beside(path, _MOST_LISTED)


@lru_cache(maxsize=2 * len(_SLACK_LISTS))
def _names_by_id(data: bytes) -> dict[str, str]:
    try:
        listed = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    users = [user for user in listed if isinstance(user, dict)] if isinstance(listed, list) else []
    return {str(user.get("id")): name for user in users if (name := _slack_name(_inner(user.get("profile")), user))}


def _slack_name(profile: Mapping[str, Any], user: Mapping[str, Any]) -> str:
    names = (profile.get("real_name"), user.get("real_name"), profile.get("display_name"), user.get("name"))
    return next((name for name in names if isinstance(name, str) and name.strip()), "")


def _slack_message(record: DataRecord, number: int, names: Mapping[str, str], kind: AnchorKind) -> ChatMessage:
    fields = record.fields
    user = _words(fields.get("user"))
    profile = _inner(fields.get("user_profile")) or _inner(fields.get("bot_profile"))
    author = names.get(user) or _slack_name(profile, profile) or _words(fields.get("username")) or user
    text = html.unescape(_SLACK_LINK.sub(lambda found: _slack_link(found, names), _words(fields.get("text"))))
    files = fields.get("files")
    for file in files if isinstance(files, list) else ():
        name = _words(_inner(file).get("title")) or _words(_inner(file).get("name"))
        text = f"{text}\n{name}" if name else text
    if _words(fields.get("subtype")).endswith(("_join", "_leave", "_topic", "_purpose", "_name")):
        author = ""
    try:
        when = datetime.fromtimestamp(float(fields.get("ts", 0)), UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError, OSError):
        when = None
    return _message(author, when, text, record, number, kind)


def _slack_link(found: re.Match[str], names: Mapping[str, str]) -> str:
    mark, target, label = found[1], found[2], found[3]
    if mark == "@":
        return f"@{names.get(target) or label or target}"
    if mark:
        return f"{'#' if mark == '#' else '@'}{label or names.get(target) or target.split('^')[0]}"
    return label or target.removeprefix("mailto:")


def is_discord(top: Mapping[str, Any], records: Sequence[DataRecord]) -> bool:
    """Return whether an object is a channel written by DiscordChatExporter."""
    return isinstance(top.get("channel"), dict) and _most(records, "timestamp", "content", "author")


def discord(top: Mapping[str, Any], records: Sequence[DataRecord]) -> Parsed:
    """Return a channel."""
    kind = _kind(records)
    messages = []
    for number, record in enumerate(records, 1):
        author = _inner(record.fields.get("author"))
        name = _words(author.get("nickname")) or _words(author.get("name"))
        attached = record.fields.get("attachments")
        names = [_words(_inner(file).get("fileName")) for file in (attached if isinstance(attached, list) else ())]
        text = "\n".join(filter(None, (_words(record.fields.get("content")), *names)))
        messages.append(_message(name, _iso(record.fields.get("timestamp")), text, record, number, kind))
    place = " ".join(filter(None, (_words(_inner(top.get("guild")).get("name")), _channel(top))))
    return talk(messages, place, kind)


def _channel(top: Mapping[str, Any]) -> str:
    name = _words(_inner(top.get("channel")).get("name"))
    return f"#{name}" if name and top.get("guild") else name


def is_discord_package(records: Sequence[DataRecord]) -> bool:
    """Return whether the objects of a list are a user's own messages, as exported by Discord."""
    return _most(records, "ID", "Timestamp", "Contents")


def package(records: Sequence[DataRecord]) -> Parsed:
    """Return the messages of the exporting user in a channel; the package lists the newest first."""
    kind = _kind(records)
    messages = [
        _message("", _iso(record.fields.get("Timestamp")), _words(record.fields.get("Contents")), record, number, kind)
        for number, record in enumerate(records, 1)
    ]
    times = [message.when for message in messages if message.when]
    return talk(messages[::-1] if len(times) > 1 and times[0] > times[-1] else messages, "", kind)


def is_telegram(top: Mapping[str, Any], records: Sequence[DataRecord]) -> bool:
    """Return whether an object is a Telegram chat, or all chats of an account."""
    chats = _inner(top.get("chats")).get("list")
    if isinstance(chats, list):
        return any("messages" in _inner(chat) for chat in chats)
    return "type" in top and "id" in top and _most(records, "id", "type", "date") and _most(records, "text")


def telegram(top: Mapping[str, Any], records: Sequence[DataRecord]) -> Parsed:
    """Return a Telegram chat; for an account, the stretches of all its chats."""
    chats = _inner(top.get("chats")).get("list")
    if not isinstance(chats, list):
        return _telegram_chat(_words(top.get("name")), records, _kind(records))
    members: list[Member] = []
    for chat in map(_inner, chats):
        messages = chat.get("messages")
        chat_records = (
            [DataRecord(one, 1, 1) for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
        )
        name = _words(chat.get("name")) or _words(chat.get("type"))
        if any(visible(bare(_telegram_text(record.fields))) for record in chat_records):
            parsed = _telegram_chat(name, chat_records, AnchorKind.PARAGRAPH)
            place = name.replace("/", "-") or "chat"
            members += [Member(f"{place}/{part.name}", part.type, part.parsed) for part in parsed.members]
    return Parsed("", (), metadata={"chats": len(chats)}, members=tuple(members))


def _telegram_chat(name: str, records: Sequence[DataRecord], kind: AnchorKind) -> Parsed:
    messages = []
    for number, record in enumerate(records, 1):
        fields = record.fields
        author = _words(fields.get("from")) if fields.get("type") == "message" else ""
        messages.append(_message(author, _iso(fields.get("date")), _telegram_text(fields), record, number, kind))
    return talk(messages, name, kind)


def _telegram_text(fields: Mapping[str, Any]) -> str:
    """Return the text of a message: a string, or a list of strings and formatted parts."""
    text = "".join(_pieces(fields.get("text")))
    extra = [_words(fields.get("file_name")), _words(_inner(fields.get("poll")).get("question"))]
    if fields.get("type") == "service":
        title = _words(fields.get("title"))
        extra.append(f"{_words(fields.get('actor'))}: {title}" if title else "")
    return "\n".join(filter(None, (text, *extra)))


def _pieces(text: Any) -> Iterator[str]:
    for piece in text if isinstance(text, list) else [text]:
        yield piece if isinstance(piece, str) else _words(_inner(piece).get("text"))
