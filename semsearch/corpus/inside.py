"""Files inside a file: an archive's, a mailbox's, a message's attachments. Each goes to the ordinary readers.

Nothing is written to disk, and what is unpacked is bounded: how many, how large together, how deep, how long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, TypeAlias

from semsearch.corpus.decode import clean
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types import Member, Parsed

__all__ = ["Inside", "Limited", "Parse", "sized", "unique"]

Open: TypeAlias = Callable[[], IO[bytes]]
_SHARE = 0.7
"""Of the time that a file may take, what is spent on the files inside before the rest is left out."""
_LONGEST = 240
"""Characters of a name."""
BOMB_RATIO = 250
BOMB_BYTES = 10_000_000
"""What expands to more than this, and so many times its size, was made to do harm."""


class Limited(SourceUnreadable):
    """A file that one of the limits kept out: it is tried again when that limit is another one."""


Parse: TypeAlias = Callable[[Path, IO[bytes], "Inside"], tuple[str, Parsed]]
"""(name, its bytes, what it may still hold) -> its type and the document. Raises SourceUnreadable."""


@dataclass(slots=True)
class _Spent:
    """What all files inside one file have taken together."""

    until: float
    members: int = 0
    bytes: int = 0


@dataclass(slots=True)
class Inside:
    """Collects what is inside the file `name`, `depth` files deep; `add` one after the other, then take `members`."""

    name: str
    settings: Settings
    parse: Parse
    depth: int = 0
    packed: int = 0
    """How large it was when it was packed, where that is known."""
    _spent: _Spent | None = None
    _found: list[Member] = field(default_factory=list)
    _names: dict[str, int] = field(default_factory=dict)
    _left: list[str] = field(default_factory=list)
    _more: int = 0

    @property
    def spent(self) -> _Spent:
        """Return what is taken so far, here and all around."""
        if self._spent is None:
            self._spent = _Spent(time.monotonic() + _SHARE * self.settings.file_seconds)
        return self._spent

    @property
    def room(self) -> int:
        """Return how many bytes may still be unpacked."""
        return self.settings.max_expanded_bytes - self.spent.bytes

    @property
    def full(self) -> str:
        """Return why nothing more is read, empty while something is."""
        settings = self.settings
        if self.spent.members >= settings.max_members:
            return f"more than {settings.max_members:,} files inside"
        if self.room <= 0:
            return f"expands to more than {sized(settings.max_expanded_bytes)}"
        if time.monotonic() > self.spent.until:
            return f"reading it takes longer than {_SHARE * settings.file_seconds:g} s"
        return ""

    def add(self, name: str, content: bytes | Open, *, size: int = 0, packed: int = 0, like: str = "") -> None:
        """Read what is inside under this name; a fault of its own costs nothing else.

        `size` and `packed` are what it says of its size, unpacked and packed; `like` is a name that tells its type
        where its own does not. `content` may raise SourceUnreadable when it is opened or read.
        """
        if self.full:
            self.leave(name)
            return
        self.spent.members += 1
        name = unique(name, self._names)
        path = Path(like or name)
        try:
            if self.depth >= self.settings.max_nesting:
                raise Limited(f"more than {self.settings.max_nesting} files inside each other")
            self._check(size, packed)
            opened = BytesIO(content) if isinstance(content, bytes) else content()
            with opened:
                deeper = Inside(path.name, self.settings, self.parse, self.depth + 1, packed, self.spent)
                kind, parsed = self.parse(path, opened, deeper)
        except SourceUnreadable as error:
            self.refuse(name, path, str(error), limited=isinstance(error, Limited))
        else:
            self._found.append(Member(name, kind, parsed))

    def refuse(self, name: str, path: Path, reason: str, *, limited: bool = False) -> None:
        """Name what cannot be read; `name` is one that `unique` gave."""
        self._found.append(Member(name, path.suffix[1:].lower()[:12] or "txt", None, reason, limited))

    def leave(self, name: str) -> None:
        """Leave one out because there is enough: the first of them stands for all."""
        self._more += 1
        if not self._left:
            self._left = [unique(name, self._names), self.full]

    def take(self, data: IO[bytes], head: bytes = b"") -> bytes:
        """Return all of a file inside, its first bytes read already. Raises Limited beyond the limits."""
        most = min(self.settings.max_file_bytes, self.room)
        rest = data.read(most + 1 - len(head)) if len(head) <= most else b""
        whole = head + rest
        self.spent.bytes += len(whole)
        self._check_ratio(len(whole), self.packed)
        if len(whole) > self.settings.max_file_bytes:
            raise Limited(f"too large (more than {sized(self.settings.max_file_bytes)})")
        if len(whole) > most:
            raise Limited(f"expands to more than {sized(self.settings.max_expanded_bytes)}")
        return whole

    def _check(self, size: int, packed: int) -> None:
        """Look at what a file says of its size."""
        self._check_ratio(size, packed)
        if size > self.settings.max_file_bytes:
            raise Limited(f"too large ({sized(size)} > {sized(self.settings.max_file_bytes)})")
        if size > self.room:
            raise Limited(f"expands to more than {sized(self.settings.max_expanded_bytes)}")

    def _check_ratio(self, size: int, packed: int) -> None:
        if size > BOMB_BYTES and packed and size > BOMB_RATIO * packed:
            raise Limited(f"zip bomb: {sized(size)} packed into {sized(packed)}")

    @property
    def members(self) -> tuple[Member, ...]:
        """Return everything that was found, and what stands for the rest."""
        if not self._left:
            return tuple(self._found)
        name, reason = self._left
        told = reason if self._more == 1 else f"{reason}: this and {self._more - 1:,} more are left out"
        return (*self._found, Member(name, Path(name).suffix[1:].lower()[:12] or "txt", None, told, limited=True))


def unique(name: str, taken: dict[str, int]) -> str:
    """Return a name that can be stored and that nothing inside the same file has yet; it is taken then."""
    name = clean(name).replace("\0", "").replace("!/", "/").strip("/") or "unnamed"
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
    """Return a number of bytes in a few characters."""
    if size < 1_000_000:
        return f"{max(size / 1000, 0.1):.3g} kB"
    return f"{size / 1_000_000:.3g} MB"
