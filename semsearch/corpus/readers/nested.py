"""Files inside a file: an archive's, a mailbox's, a message's attachments. Each goes to the ordinary readers.

Nothing is written to disk, and what is unpacked is bounded: how many, how large together, how deep, how long.
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
"""Of the time that a file may take, what is spent on the files inside before the rest is left out."""
_PICTURES = 0.35
"""Of that time, what is spent on pictures: text beside them is still read."""
_LONGEST = 240
"""Characters of a name."""
_BOMB_RATIO = 250
_BOMB_BYTES = 10_000_000
"""What expands to more than this, and so many times its size, was made to do harm."""
_NO_TYPE = "txt"
LEFT_OUT = "more are left out"
"""How the reason ends with which one stands for all that a limit kept out."""

Open: TypeAlias = Callable[[], IO[bytes]]
Beside: TypeAlias = Callable[[Path, int], bytes]
"""(name, most bytes) -> the beginning of a file of the same archive. Raises OSError where there is none."""
Parse: TypeAlias = Callable[[Path, IO[bytes], "Inside"], tuple[str, Parsed]]
"""(name, its bytes, what may be inside of it) -> its type and the document. Raises SourceUnreadable."""


class Limited(SourceUnreadable):
    """A file that one of the limits kept out: it is tried again when that limit is another one."""


@dataclass(frozen=True, slots=True)
class Watch:
    """How a process that may not survive what is inside tells which one it is at, and which ones it leaves alone."""

    tell: Callable[[str], None]
    avoid: Mapping[str, str]
    """Why, by name."""


@dataclass(slots=True)
class _Spent:
    """What everything inside one file has taken together."""

    until: float
    watch: Watch | None = None
    members: int = 0
    bytes: int = 0
    looking: float = 0.0
    """Seconds spent on pictures."""


class Inside:
    """Collects what is inside a file: `add` one after the other, then take `members`."""

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
        """`name` is the file's own, `outer` the file that it is inside of, `packed` how large it was there."""
        self.name = name
        self.settings = settings
        self._parse = parse
        self._above: str = f"{outer._above}{name}!/" if outer is not None else ""
        self._depth: int = outer._depth + 1 if outer is not None else 0
        self._packed = packed
        spent = outer._spent if outer is not None else None
        self._spent: _Spent = spent or _Spent(time.monotonic() + _SHARE * settings.file_seconds, watch)
        self._found: list[Member] = []
        self._names: dict[str, int] = {}
        self._left: tuple[str, str] | None = None
        self._more = 0
        self.beside: Beside | None = outer.beside if outer is not None else None
        """How to read another file of the archive that a file is in."""

    @property
    def full(self) -> str:
        """Return why nothing more is read; empty while something is."""
        settings = self.settings
        if self._spent.members >= settings.max_members:
            return f"more than {settings.max_members:,} files inside"
        if self._room() <= 0:
            return self._expands()
        if time.monotonic() > self._spent.until:
            return f"reading what is inside takes longer than {_SHARE * settings.file_seconds:g} s"
        return ""

    def add(self, name: str, content: bytes | Open, *, size: int = 0, packed: int = 0, like: str = "") -> None:
        """Read what is inside under this name; a fault of its own costs nothing else.

        `size` and `packed` are what the file says of its size, unpacked and packed; `like` is a name that tells its
        type where its own does not. SourceUnreadable from opening or reading the content becomes the reason.
        """
        path = Path(like or name)

        def read(deeper: Inside) -> tuple[str, Parsed]:
            self._check(size, packed)
            with BytesIO(content) if isinstance(content, bytes) else _opened(content) as file:
                return self._parse(path, file, deeper)

        self._add(name, _type(path), read, packed)

    def build(self, name: str, kind: str, make: Callable[[Inside], Parsed]) -> None:
        """Add what is inside and is read at once, not by the reader of its name."""

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
        self._spent.members += 1
        name = unique(name, self._names)
        try:
            kind, parsed = read(self._deeper(name, packed))
        except (SourceUnreadable, MemoryError) as error:
            self._refuse(name, kind, error)
        else:
            self._found.append(Member(name, kind, parsed))

    def _deeper(self, name: str, packed: int) -> Inside:
        if self._depth >= self.settings.max_nesting:
            raise Limited(f"more than {self.settings.max_nesting} files inside each other")
        watch = self._spent.watch
        if watch is not None:
            if reason := watch.avoid.get(self._above + name):
                raise Limited(reason)
            watch.tell(self._above + name)
        return Inside(name, self.settings, self._parse, outer=self, packed=packed)

    def _refuse(self, name: str, kind: str, error: SourceUnreadable | MemoryError) -> None:
        memory = isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError)
        reason = "reading it takes too much memory" if memory else str(error)
        self._found.append(Member(name, kind, None, reason, memory or isinstance(error, Limited)))

    def leave(self, name: str, reason: str) -> None:
        """Leave one out because there is enough: the first of them stands for all."""
        self._more += 1
        if self._left is None:
            self._left = unique(name, self._names), reason

    @contextmanager
    def picture(self) -> Iterator[None]:
        """Read a picture in the share of the time that all of them have together. Raises Limited when that is over."""
        most = _PICTURES * self.settings.file_seconds
        if self._spent.looking > most:
            raise Limited(f"reading the pictures inside takes longer than {most:g} s")
        started = time.monotonic()
        try:
            yield
        finally:
            self._spent.looking += time.monotonic() - started

    def take(self, file: IO[bytes], head: bytes) -> bytes:
        """Return all of this file, its first bytes read already. Raises Limited beyond the limits."""
        most = min(self.settings.max_file_bytes, self._room())
        whole = head + (file.read(most + 1 - len(head)) if len(head) <= most else b"")
        self._spent.bytes += len(whole)
        self._check_ratio(len(whole), self._packed)
        if len(whole) > self.settings.max_file_bytes:
            raise Limited(f"too large (more than {sized(self.settings.max_file_bytes)})")
        if len(whole) > most:
            raise Limited(self._expands())
        return whole

    def _check(self, size: int, packed: int) -> None:
        """Look at what a file says of its size."""
        self._check_ratio(size, packed)
        if size > self.settings.max_file_bytes:
            raise Limited(f"too large ({sized(size)} > {sized(self.settings.max_file_bytes)})")
        if size > self._room():
            raise Limited(self._expands())

    def _check_ratio(self, size: int, packed: int) -> None:
        if size > _BOMB_BYTES and packed and size > _BOMB_RATIO * packed:
            raise Limited(f"zip bomb: {sized(size)} packed into {sized(packed)}")

    def _room(self) -> int:
        return self.settings.max_expanded_bytes - self._spent.bytes

    def _expands(self) -> str:
        return f"what is inside expands to more than {sized(self.settings.max_expanded_bytes)}"

    @property
    def members(self) -> tuple[Member, ...]:
        """Return everything that was found, and what stands for the rest."""
        if self._left is None:
            return tuple(self._found)
        name, reason = self._left
        reported = f"{reason}: this and {self._more - 1:,} {LEFT_OUT}" if self._more > 1 else reason
        return (*self._found, Member(name, _type(Path(name)), None, reported, limited=True))


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
    """Return a name that can be stored and that nothing inside the same file has yet; it is taken then."""
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
