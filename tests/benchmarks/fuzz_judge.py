"""Whether what became of a mutated file is what may become of any file: a document in order, or a reason that is true.

Fails of a native library that cost its own process, and of it the file alone, are told apart from findings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from semsearch.corpus.parse.read import LONGEST_TITLE, needs_process
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import AnchorKind, BlockKind, Member, Parsed

__all__ = ["Verdict", "judged"]

_SLOW, _SLOW_BYTE = 400.0, 0.01
"""Milliseconds, at least and for each byte, from which on a file is slow that is read beside all others."""
_LONGEST_REASON = 220
_MOST = 2**31 - 1
_LOST = re.compile(r"its reader (?:crashed|ended)|its reader failed")
_LIMIT = re.compile(
    r"takes (?:longer than|more than \d+ MB|too much memory)|its reader returned an invalid answer|does not respond"
)
_NAMED = re.compile(r"\b(?:[A-Z]\w*(?:Error|Exception|Exit|Interrupt)|error): ")
_OF_DATA = re.compile(r"\b(?:BadZipFile|BadGzipFile|LZMAError|ZstdError|EOFError|OSError|ReadError|error): ")
"""Exceptions by which the libraries that unpack say that a file is broken."""
_PYTHON = re.compile(
    "recursion|invalid literal|could not convert|object has no attribute|not subscriptable|to unpack"
    "|(?:list|string|tuple) index out"
    "|value out of range|arg not in range|codec can't|empty sequence|Exceeds the limit|null (?:byte|character)"
    "|not iterable|unhashable|NoneType"
)
"""What Python says of a fault in a program."""
_SURROGATE_OR_NUL = re.compile("[\ud800-\udfff\0]")


class Verdict(NamedTuple):
    """`kind` is read, refused, lost (a native library's process) or finding; `words` tell two faults apart."""

    kind: str
    words: str = ""


def judged(
    path: Path, data: bytes, found: Parsed | SourceUnreadable | BaseException, printed: str = "", ms: float = 0.0
) -> Verdict:
    """Judge the outcome of a file: what its reader gave or raised, what it printed, and how long it took.

    Time is limited in a process of its own only; what has none would hold up the whole run.
    """
    if isinstance(found, SourceUnreadable):
        faults = list(_of_reason(str(found)))
        kind = "refused"
    elif isinstance(found, Parsed):
        faults = list(_of_document(found))
        kind = "read"
    else:
        return Verdict("finding", f"raised {type(found).__name__}: {found}")
    if ms > max(_SLOW, _SLOW_BYTE * len(data)) and not needs_process(path, data):
        faults.append(f"slow: {ms:.0f} ms")
    lost = [fault for fault in faults if _LOST.search(fault)]
    other = [fault for fault in faults if fault not in lost]
    if printed and not lost:
        other.append(f"printed {printed[:80]!r}")
    if other or (lost and not needs_process(path, data)):
        return Verdict("finding", [*other, *lost][0])
    return Verdict("lost", lost[0]) if lost else Verdict(kind)


def _of_reason(reason: str) -> Iterator[str]:
    if _LOST.search(reason) or _LIMIT.search(reason):
        yield reason
    elif not reason or len(reason) > _LONGEST_REASON or not reason.isprintable():
        yield f"a reason that is none: {reason[:60]!r}"
    elif (
        not _OF_DATA.search(reason)
        and "while decompressing" not in reason
        and (_NAMED.search(reason) or _PYTHON.search(reason))
    ):
        yield f"refused by a fault: {reason}"


def _of_document(parsed: Parsed) -> Iterator[str]:
    yield from _of_text("text", parsed.text)
    for name, words in (("title", parsed.title), ("remark", parsed.remark)):
        yield from _of_text(name, words)
        if len(words) > LONGEST_TITLE or "\n" in words:
            yield f"{name} of more than a line"
    yield from _of_blocks(parsed)
    for key, value in parsed.metadata.items():
        yield from _of_text("a field's name", key)
        yield from _of_text(f"metadata {key}", value if isinstance(value, str) else "")
        if isinstance(value, float) and not math.isfinite(value):
            yield f"metadata {key} is {value}"
    names = [member.name for member in parsed.members]
    if len(set(names)) < len(names):
        yield "two members of one name"
    for member in parsed.members:
        yield from _of_member(member)


def _of_text(what: str, text: str) -> Iterator[str]:
    if _SURROGATE_OR_NUL.search(text):
        yield f"{what} with NUL or half a character"


def _of_blocks(parsed: Parsed) -> Iterator[str]:
    before = 0
    for block in parsed.blocks:
        if not before <= block.start <= block.stop <= len(parsed.text):
            yield f"{block.kind} blocks out of order or beyond the text"
        before = block.stop
        if (block.level > 0) != (block.kind is BlockKind.HEADING) or not 0 <= block.level < 1000:
            yield f"{block.kind} of level {block.level}"
        yield from _of_text("label", block.label)
        kind, start, stop = block.anchor.kind, block.anchor.start, block.anchor.stop
        least = 0 if kind in (AnchorKind.TIME, AnchorKind.NONE) else 1
        if not least <= start <= stop <= (0 if kind is AnchorKind.NONE else _MOST):
            yield f"{kind} anchor out of range"


def _of_member(member: Member) -> Iterator[str]:
    yield from _of_text("member's name", member.name)
    yield from _of_text("member's type", member.type)
    if not member.name or "!/" in member.name or set(member.name.split("/")) & {"", ".", ".."}:
        yield f"member's name {member.name[:40]!r}"
    if member.parsed is None:
        yield from _of_reason(member.reason)
    else:
        yield from _of_document(member.parsed)
