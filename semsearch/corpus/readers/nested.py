"""Files nested in a file: in archives, mailboxes, or attached to messages. Each goes to the ordinary readers.

Nothing is written to disk, and unpacking is limited in number, total size, depth and time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

from semsearch.corpus.text.decode import clean, one_line, visible
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Member, Parsed

__all__ = ["LEFT_OUT", "Beside", "Inside", "Limited", "Parse", "Watch", "sized", "unique"]

_SHARE = 0.7
"""The share of a file's time limit for nested files, after which the rest is left out."""
_PICTURES = 0.35
"""The share of that limit for pictures: text beside them is still read."""
_LONGEST = 240
"""Longest name, in characters."""
_BOMB_RATIO = 250
_BOMB_BYTES = 10_000_000
"""What expands to more bytes than this, and by this ratio, is malicious."""
_NO_TYPE = "txt"
LEFT_OUT = "more are left out"
"""The end of the reason on one nested file that stands for all that a limit left out."""

Open: TypeAlias = Callable[[], IO[bytes]]
Beside: TypeAlias = Callable[[Path, int], bytes]
"""(name, most bytes) -> the beginning of a file in the same archive. Raises OSError when there is none."""
Parse: TypeAlias = Callable[[Path, IO[bytes], "Inside"], tuple[str, Parsed]]
"""(name, its bytes, its own nested files) -> its type and the document. Raises SourceUnreadable."""


class Limited(SourceUnreadable):
    """A file that a limit excluded: it is tried again when that limit changes."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Lets a parsing process report the nested file it begins, and skip those that killed it before."""

    tell: Callable[[str], None]
    avoid: Mapping[str, str]
    """The reasons, by name."""


@dataclass(slots=True)
class _Usage:
    """The resources used by all files nested in one file."""

    until: float
    watch: Watch | None = None
    members: int = 0
    bytes: int = 0
    picture_seconds: float = 0.0
    """Seconds spent on pictures."""


class Inside:
    """Collects the files nested in a file: call `add` for each, then read `members`."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        parse: Parse,
        *,
        watch: Watch | None = None,
        outer: Inside | None = None,
        packed: int = 0,
    ) -> None:
        """`name` is the file's own, `outer` the file around it, `packed` its compressed size there."""
        self.name = name
        self.settings = settings
        self._parse = parse
        self._above: str = f"{outer._above}{name}!/" if outer is not None else ""
        self._depth: int = outer._depth + 1 if outer is not None else 0
        self._packed = packed
        usage = outer._usage if outer is not None else None
        self._usage: _Usage = usage or _Usage(time.monotonic() + _SHARE * settings.file_seconds, watch)
        self._members: list[Member] = []
        self._names: dict[str, int] = {}
        self._left: tuple[str, str] | None = None
        self._more = 0
        self.beside: Beside | None = outer.beside if outer is not None else None
        """Reads another file of the archive that this file is in."""

    @property
    def full(self) -> str:
        """Return why no more files are read; empty while they are."""
        settings = self.settings
        if self._usage.members >= settings.max_members:
            return f"more than {settings.max_members:,} files inside"
        if self._room() <= 0:
            return self._expands()
        if time.monotonic() > self._usage.until:
            return f"reading what is inside takes longer than {_SHARE * settings.file_seconds:g} s"
        return ""

    def add(self, name: str, content: bytes | Open, *, size: int = 0, packed: int = 0, like: str = "") -> None:
        """Read a nested file under this name; its errors affect no other.

        `size` and `packed` are its declared sizes, uncompressed and compressed; `like` is a name with its type, when
        its own name has none. SourceUnreadable from opening or reading the content becomes its reason.
        """
        path = Path(like or name)

        def read(deeper: Inside) -> tuple[str, Parsed]:
            self._check(size, packed)
            with BytesIO(content) if isinstance(content, bytes) else _opened(content) as file:
                return self._parse(path, file, deeper)

        self._add(name, _type(path), read, packed)

    def build(self, name: str, kind: str, make: Callable[[Inside], Parsed]) -> None:
        """Add a nested document that `make` builds, without a reader selected by name."""

        def read(deeper: Inside) -> tuple[str, Parsed]:
            parsed = make(deeper)
            if not parsed.members and not visible(parsed.text):
                raise SourceUnreadable("empty")
            return kind, parsed

        self._add(name, kind, read, 0)

    def _add(self, name: str, kind: str, read: Callable[[Inside], tuple[str, Parsed]], packed: int) -> None:
        if reason := self.full:
            self.leave(name, reason)
            return
        self._usage.members += 1
        name = unique(name, self._names)
        try:
            kind, parsed = read(self._deeper(name, packed))
        except (SourceUnreadable, MemoryError) as error:
            self._add_unread(name, kind, error)
        else:
            self._members.append(Member(name, kind, parsed))

    def _deeper(self, name: str, packed: int) -> Inside:
        if self._depth >= self.settings.max_nesting:
            raise Limited(f"more than {self.settings.max_nesting} files inside each other")
        watch = self._usage.watch
        if watch is not None:
            if reason := watch.avoid.get(self._above + name):
                raise Limited(reason)
            watch.tell(self._above + name)
        return Inside(name, self.settings, self._parse, outer=self, packed=packed)

    def _add_unread(self, name: str, kind: str, error: SourceUnreadable | MemoryError) -> None:
        memory = isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError)
        reason = "reading it takes too much memory" if memory else str(error)
        self._members.append(Member(name, kind, None, reason, memory or isinstance(error, Limited)))

    def leave(self, name: str, reason: str) -> None:
        """Leave a file out because a limit is reached; the first one stands for all."""
        self._more += 1
        if self._left is None:
            self._left = unique(name, self._names), reason

    @contextmanager
    def picture(self) -> Iterator[None]:
        """Time the reading of a picture. Raises Limited when the time for all pictures is used up."""
        most = _PICTURES * self.settings.file_seconds
        if self._usage.picture_seconds > most:
            raise Limited(f"reading the pictures inside takes longer than {most:g} s")
        started = time.monotonic()
        try:
            yield
        finally:
            self._usage.picture_seconds += time.monotonic() - started

    def take(self, file: IO[bytes], head: bytes) -> bytes:
        """Return the whole file, whose first bytes `head` were read before. Raises Limited beyond the limits."""
        most = min(self.settings.max_file_bytes, self._room())
        whole = head + (file.read(most + 1 - len(head)) if len(head) <= most else b"")
        self._usage.bytes += len(whole)
        self._check_ratio(len(whole), self._packed)
        if len(whole) > self.settings.max_file_bytes:
            raise Limited(f"too large (more than {sized(self.settings.max_file_bytes)})")
        if len(whole) > most:
            raise Limited(self._expands())
        return whole

    def _check(self, size: int, packed: int) -> None:
        """Check the declared size of a file."""
        self._check_ratio(size, packed)
        if size > self.settings.max_file_bytes:
            raise Limited(f"too large ({sized(size)} > {sized(self.settings.max_file_bytes)})")
        if size > self._room():
            raise Limited(self._expands())

    def _check_ratio(self, size: int, packed: int) -> None:
        if size > _BOMB_BYTES and packed and size > _BOMB_RATIO * packed:
            raise Limited(f"zip bomb: {sized(size)} packed into {sized(packed)}")

    def _room(self) -> int:
        return self.settings.max_expanded_bytes - self._usage.bytes

    def _expands(self) -> str:
        return f"what is inside expands to more than {sized(self.settings.max_expanded_bytes)}"

    @property
    def members(self) -> tuple[Member, ...]:
        """Return everything that was read, and one entry for the rest."""
        if self._left is None:
            return tuple(self._members)
        name, reason = self._left
        text = f"{reason}: this and {self._more - 1:,} {LEFT_OUT}" if self._more > 1 else reason
        return (*self._members, Member(name, _type(Path(name)), None, text, limited=True))


def _opened(content: Open) -> IO[bytes]:
    try:
        return content()
    except (SourceUnreadable, MemoryError):
        raise
    except Exception as error:
        raise SourceUnreadable(f"broken: {type(error).__name__}: {one_line(str(error), 80)}") from error


def _type(path: Path) -> str:
    return path.suffix[1:].lower()[:12] or _NO_TYPE


def unique(name: str, taken: dict[str, int]) -> str:
    """Return a storable name that is unique in the same file, and register it in `taken`."""
    parts = clean(name).replace("\0", "").replace("!/", "/").split("/")
    name = "/".join(part for part in parts if part not in ("", ".", "..")) or "unnamed"
    if len(name) > _LONGEST:
        name = f"{name[:40]}…{name[41 - _LONGEST :]}"
    wanted = name
    suffix = PurePosixPath(name).suffix
    stem = name.removesuffix(suffix)
    while name in taken:
        taken[wanted] += 1
        name = f"{stem} ({taken[wanted]}){suffix}"
    taken[name] = 1
    return name


def sized(size: int) -> str:
    """Return a number of bytes in a few characters: `0.1 kB` at least, `1.5 GB` (powers of 1000)."""
    for factor, unit in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB")):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{max(size / 1000, 0.1):.3g} kB"
