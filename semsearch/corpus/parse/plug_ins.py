"""Plug-in readers: entry points of installed packages in the group `semsearch.readers`.

The name of an entry point lists its suffixes, the first of which is the type's name: `ics.ical = "package:read"`.
Finding them imports nothing of a package; its code runs in the parsing process.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import accumulate
from re import Pattern
from typing import NamedTuple

from semsearch.corpus.parse.parsed_json import packed, unpacked
from semsearch.corpus.readers.nested import LEFT_OUT
from semsearch.corpus.readers.registry import NOT_LOADED, Read, Registered, load
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import one_line
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Anchor, AnchorKind, Member, Parsed

__all__ = ["GROUP", "PlugIns", "installed_plug_ins", "read_by_plug_in"]

GROUP = "semsearch.readers"
_MOST = 120


class PlugIns(NamedTuple):
    """The plug-in readers by suffix, and those that are rejected: (package, why)."""

    by_suffix: Mapping[str, Registered]
    refused: Sequence[tuple[str, str]]


def installed_plug_ins(taken: Collection[str], ending: Pattern[str]) -> PlugIns:
    """Return the plug-in readers; `taken` are the suffixes that have a reader already.

    Of two packages that claim a suffix, the first by name gets it.
    """
    found: dict[str, Registered] = {}
    refused: list[tuple[str, str]] = []
    for reader in sorted(_entry_points()):
        for suffix in (reader.type, *reader.suffixes):
            if why := _why_not(suffix, taken, found, ending):
                refused.append((reader.package, f"a reader of a package is not used, {why}"))
                if suffix == reader.type:
                    break
            else:
                found[suffix] = reader
    return PlugIns(found, refused)


def _why_not(suffix: str, taken: Collection[str], found: Mapping[str, Registered], ending: Pattern[str]) -> str:
    if not ending.fullmatch(suffix):
        return f"{one_line(suffix, 20)!r} is not a file suffix in lower case"
    if suffix in taken:
        return f"semsearch reads .{suffix} files itself"
    return f"{found[suffix].package} reads .{suffix} files" if suffix in found else ""


def _entry_points() -> Iterator[Registered]:
    from importlib import metadata  # the import and the lookup cost as much as a query, which needs neither

    for point in metadata.entry_points(group=GROUP):
        kind, *more = point.name.split(".")
        package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value
        yield Registered(kind, point.value.partition("[")[0].strip(), tuple(more), one_line(package, 80))


def read_by_plug_in(reader: Registered, data: bytes, settings: Settings) -> Parsed:
    """Read a file with a plug-in reader, whose code is not trusted; the settings limit the files inside.

    Raises SourceUnreadable with one line that names the package.
    """
    read = _loaded(reader)
    try:
        parsed: object = read(data)
    except SourceUnreadable as error:
        raise SourceUnreadable(f"{one_line(str(error), _MOST)} ({reader.package})") from error
    except (Exception, SystemExit) as error:
        raise SourceUnreadable(f"{reader.package} cannot read it: {_describe(error)}") from error
    if not isinstance(parsed, Parsed):
        raise SourceUnreadable(f"{reader.package} returned no semsearch.Parsed: {type(parsed).__name__}")
    try:
        checked = unpacked(json.dumps({"parsed": packed(parsed)}).encode("ascii"))
        assert isinstance(checked, Parsed)
        return _within(checked, reader.type, settings)
    except (ArithmeticError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise SourceUnreadable(f"{reader.package} returned a broken document: {one_line(str(error), _MOST)}") from error


@cache
def _import(reader: Registered) -> Read | str:
    """Return the function, or why it cannot be loaded, cached so that a failing module is not tried for every file."""
    try:
        return load(reader.target)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a package may fail in any way when it is imported
        return _describe(error)


def _loaded(reader: Registered) -> Read:
    read = _import(reader)
    if isinstance(read, str):
        raise SourceUnreadable(f"{reader.package} {NOT_LOADED}: {read}")
    return read


def _describe(error: BaseException) -> str:
    message = one_line(str(error), _MOST)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _within(parsed: Parsed, kind: str, settings: Settings) -> Parsed:
    """Return a document with blocks, and with no more documents inside than the settings allow."""
    sizes = accumulate(len(member.parsed.text) if member.parsed is not None else 0 for member in parsed.members)
    most = min(settings.max_members, sum(size <= settings.max_expanded_bytes for size in sizes))
    members = [_inside(member, kind) for member in parsed.members[:most]]
    if left := parsed.members[most:]:
        reason = f"more than {most:,} files inside: this and {len(left) - 1:,} {LEFT_OUT}"
        members.append(Member(left[0].name, kind, None, reason, limited=True))
    return replace(_with_blocks(parsed), members=tuple(members))


def _inside(member: Member, kind: str) -> Member:
    parsed = member.parsed
    if parsed is not None and parsed.members:
        raise ValueError(f"{member.name} inside of it holds others")
    named = replace(member, type=one_line(member.type, 20).lower() or kind, reason=one_line(member.reason, _MOST))
    if parsed is None:
        return replace(named, reason=named.reason or "unreadable")
    return replace(named, parsed=_with_blocks(parsed))


def _with_blocks(parsed: Parsed) -> Parsed:
    """Return a document with blocks: its paragraphs, between blank lines, when its reader gave none."""
    if parsed.blocks:
        return parsed
    paragraphs = enumerate(Lines(parsed.text).paragraphs(), 1)
    blocks = (replace(block, anchor=Anchor(AnchorKind.PARAGRAPH, at, at)) for at, block in paragraphs)
    return replace(parsed, blocks=tuple(blocks))
