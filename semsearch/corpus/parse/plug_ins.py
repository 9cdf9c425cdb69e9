"""Readers that installed packages bring, by entry points of the group `semsearch.readers`.

An entry point is called by the endings it reads, the first of which is the type's name: `ics.ical = "package:read"`.
To know them, nothing of a package is imported; its code runs in the process that parses.
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
_SAID = 120


class PlugIns(NamedTuple):
    """The readers of installed packages by each of their endings, and those that are not used: (package, why)."""

    by_suffix: Mapping[str, Registered]
    refused: Sequence[tuple[str, str]]


def installed_plug_ins(taken: Collection[str], ending: Pattern[str]) -> PlugIns:
    """Return the readers of installed packages; `taken` are the endings that have a reader already.

    Of two packages that claim an ending, the one whose name comes first has it.
    """
    found: dict[str, Registered] = {}
    refused: list[tuple[str, str]] = []
    for one in sorted(_entry_points()):
        for suffix in (one.type, *one.suffixes):
            if why := _why_not(suffix, taken, found, ending):
                refused.append((one.package, f"a reader of a package is not used, {why}"))
                if suffix == one.type:
                    break
            else:
                found[suffix] = one
    return PlugIns(found, refused)


def _why_not(suffix: str, taken: Collection[str], found: Mapping[str, Registered], ending: Pattern[str]) -> str:
    if not ending.fullmatch(suffix):
        return f"{one_line(suffix, 20)!r} is no ending of a file in small letters"
    if suffix in taken:
        return f"semsearch reads .{suffix} files itself"
    return f"{found[suffix].package} reads .{suffix} files" if suffix in found else ""


def _entry_points() -> Iterator[Registered]:
    from importlib import metadata  # it and what it looks for cost as much as a query, which needs neither

    for point in metadata.entry_points(group=GROUP):
        kind, *more = point.name.split(".")
        package = f"{point.dist.name} {point.dist.version}" if point.dist is not None else point.value
        yield Registered(kind, point.value.partition("[")[0].strip(), tuple(more), one_line(package, 80))


def read_by_plug_in(reader: Registered, data: bytes, settings: Settings) -> Parsed:
    """Read a file by the reader of a package, which may do whatever it likes; the settings bound what is inside.

    Raises SourceUnreadable with one line that names the package.
    """
    read = _loaded(reader)
    try:
        parsed: object = read(data)
    except SourceUnreadable as error:
        raise SourceUnreadable(f"{one_line(str(error), _SAID)} ({reader.package})") from error
    except (Exception, SystemExit) as error:
        raise SourceUnreadable(f"{reader.package} cannot read it: {_named(error)}") from error
    if not isinstance(parsed, Parsed):
        raise SourceUnreadable(f"{reader.package} returned no semsearch.Parsed: {type(parsed).__name__}")
    try:
        checked = unpacked(json.dumps({"parsed": packed(parsed)}).encode("ascii"))
        assert isinstance(checked, Parsed)
        return _within(checked, reader.type, settings)
    except (ArithmeticError, AttributeError, TypeError, ValueError, RecursionError) as error:
        raise SourceUnreadable(f"{reader.package} returned a broken document: {one_line(str(error), _SAID)}") from error


@cache
def _import(reader: Registered) -> Read | str:
    """Return the function, or why there is none: a module that fails is not tried again for every file."""
    try:
        return load(reader.target)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a package may fail in any way when it is imported
        return _named(error)


def _loaded(reader: Registered) -> Read:
    found = _import(reader)
    if isinstance(found, str):
        raise SourceUnreadable(f"{reader.package} {NOT_LOADED}: {found}")
    return found


def _named(error: BaseException) -> str:
    said = one_line(str(error), _SAID)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _within(parsed: Parsed, kind: str, settings: Settings) -> Parsed:
    """Return a document with blocks, and with as many documents inside as the settings allow."""
    sizes = accumulate(len(one.parsed.text) if one.parsed is not None else 0 for one in parsed.members)
    most = min(settings.max_members, sum(size <= settings.max_expanded_bytes for size in sizes))
    members = [_inside(member, kind) for member in parsed.members[:most]]
    if left := parsed.members[most:]:
        reported = f"more than {most:,} files inside: this and {len(left) - 1:,} {LEFT_OUT}"
        members.append(Member(left[0].name, kind, None, reported, limited=True))
    return replace(_with_blocks(parsed), members=tuple(members))


def _inside(member: Member, kind: str) -> Member:
    parsed = member.parsed
    if parsed is not None and parsed.members:
        raise ValueError(f"{member.name} inside of it holds others")
    named = replace(member, type=one_line(member.type, 20).lower() or kind, reason=one_line(member.reason, _SAID))
    if parsed is None:
        return replace(named, reason=named.reason or "unreadable")
    return replace(named, parsed=_with_blocks(parsed))


def _with_blocks(parsed: Parsed) -> Parsed:
    """Return a document whose paragraphs, between blank lines, are its blocks where its reader gave none."""
    if parsed.blocks:
        return parsed
    paragraphs = enumerate(Lines(parsed.text).paragraphs(), 1)
    blocks = (replace(one, anchor=Anchor(AnchorKind.PARAGRAPH, at, at)) for at, one in paragraphs)
    return replace(parsed, blocks=tuple(blocks))
