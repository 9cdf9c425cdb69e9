"""Find what has changed below a root since the last run, without reading files whose facts are unchanged."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader
from pathlib import Path
from typing import TypeAlias

from semsearch.corpus.files.walk import FoundFile, LeftOut, walk
from semsearch.corpus.readers.nested import sized
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.limits import Limited
from semsearch.indexing.scan.known_members import Insides, KnownMembers, whole
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.stores.base import Documents
from semsearch.stores.member_paths import DIGEST, holder_of, is_member, name_in
from semsearch.stores.records import FileFacts, Known, Unreadable
from semsearch.types.documents import Skipped

__all__ = [
    "Scan",
    "Work",
    "content_hash",
    "hash_stable",
    "read_part",
    "read_stable",
    "scan",
    "too_large",
    "vanished",
]

YOUNG_NS = 2_000_000_000
"""A file this young when scanned may change again within the same time stamp, so it is hashed again."""
_TRIES = 3
_NO_FILE = "not a regular file"
_Look: TypeAlias = Callable[[BufferedReader, int], bytes]
"""Reads from an open file of a given size."""


@dataclass(frozen=True, slots=True)
class Work:
    """A file to read: new, or changed."""

    source: int
    root: Path
    path: str
    known: Known | None
    young: bool = False
    """Whether its facts are the same, but it was too young to be sure."""
    inside: tuple[Known, ...] = ()
    """Its known nested documents."""
    whole: bool = True
    """Whether those are complete, if the file is unchanged."""
    skipped: tuple[Skipped, ...] = ()
    """What could not be read inside it."""

    @property
    def absolute(self) -> Path:
        """The path of the file; not stored, as there may be a million."""
        return self.root / self.path if self.path else self.root


@dataclass(slots=True)
class Scan:
    """The result of one scan, in the order of the walk."""

    files: int = 0
    unchanged: int = 0
    work: list[Work] = field(default_factory=list)
    vanished: list[Known] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unread_gone: list[tuple[int, str]] = field(default_factory=list)


def content_hash(data: bytes) -> bytes:
    """Return the 16-byte BLAKE2b of a file's content."""
    return hashlib.blake2b(data, digest_size=DIGEST).digest()


def read_stable(path: Path, limit: int, *, link: bool = False) -> tuple[bytes, FileFacts]:
    """Read a file, making sure that it does not change meanwhile; `link` follows a symbolic link.

    Raises SourceUnreadable if it is too large or not a regular file (any more), OSError if it is gone, still changing,
    or not readable for this user.
    """
    return _stable(path, limit, link, lambda file, size: file.read(size + 1))


def read_part(path: Path, look: _Look, *, link: bool = False) -> tuple[bytes, FileFacts]:
    """Return what `look` reads from a file of any size. Raises as `read_stable` does."""
    return _stable(path, sys.maxsize, link, look)


def too_large(size: int, limit: int) -> str:
    """Return the reason to skip a file for its size."""
    return f"too large ({sized(size)}, the limit is {sized(limit)})"


def hash_stable(path: Path, limit: int, *, link: bool = False) -> tuple[bytes, FileFacts]:
    """Return the hash of a file that does not change meanwhile, without loading it into memory.

    Raises as `read_stable` does.
    """

    def hashed(file: BufferedReader, _: int) -> bytes:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=DIGEST)).digest()

    return _stable(path, limit, link, hashed)


def _stable(path: Path, limit: int, link: bool, look: _Look) -> tuple[bytes, FileFacts]:
    """Return what `look` reads from a file, once the file is unchanged by the end."""
    for _ in range(_TRIES):
        scanned = time.time_ns()
        with _opened(path, link) as file:
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise SourceUnreadable(_NO_FILE)
            if before.st_size > limit:
                raise Limited(too_large(before.st_size, limit))
            content = look(file, before.st_size)
            after = path.stat(follow_symlinks=link)
        if _version(before) == _version(after):
            return content, FileFacts(after.st_size, after.st_mtime_ns, after.st_ctime_ns, after.st_ino, scanned)
    raise OSError(errno.EAGAIN, "it changed while being read")


def _version(status: os.stat_result) -> tuple[int, ...]:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _opened(path: Path, link: bool) -> BufferedReader:
    """Open a path without blocking on a FIFO that has replaced a file, and without following links."""
    more = getattr(os, "O_NONBLOCK", 0) | (0 if link else getattr(os, "O_NOFOLLOW", 0))
    try:
        return open(path, "rb", opener=lambda name, flags: os.open(name, flags | more))
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.EISDIR):  # a link, a socket, a folder
            raise SourceUnreadable(_NO_FILE) from None
        raise


def scan(
    documents: Documents,
    source: int,
    root: Path,
    settings: Settings,
    exclude: Sequence[Path],
    *,
    below: str = "",
    memory: int = 0,
) -> Scan:
    """Walk a root, or only `below` it, and compare it with the index; writes nothing.

    `memory` is the memory limit of the run (0: none); what another limit excluded is read again.
    """
    comparison = _Comparison(documents, source, root, below, Versions(settings, memory))
    for entry in walk(root / below if below else root, settings, exclude=exclude):
        comparison.add(entry)
    return comparison.finished()


class _Comparison:
    """Compares the entries of a walk with the index."""

    def __init__(self, documents: Documents, source: int, root: Path, below: str, versions: Versions) -> None:
        self._documents, self._source, self._below, self._versions = documents, source, below, versions
        self._root, self._base = root, os.fspath(root)
        self._unread = documents.unread(source, below)
        self._insides = Insides(documents.members(source, below), self._unread, versions)
        self._result = Scan()
        self._seen: set[int] = set()
        self._holders: set[str] = set()
        self._blind: list[str] = []

    def add(self, entry: FoundFile | Skipped | LeftOut) -> None:
        """Take an entry: a file, a path that could not be read, or one left out, whose document is removed."""
        if isinstance(entry, LeftOut):
            self._result.skipped.append(Skipped(entry.path, entry.reason))
            return
        if isinstance(entry, Skipped):
            self._result.skipped.append(entry)
            self._blind.append(_relative(entry.path, self._base))
            return
        self._result.files += 1
        path = _relative(os.fspath(entry.path), self._base)
        known = self._documents.find(self._source, path)
        stored = self._unread.pop(path, None)
        inside = self._insides.of(path, known)
        if known is not None:
            self._seen.add(known.number)
        if inside.documents:
            self._holders.add(path)
        for named in inside.unread:
            self._unread.pop(named, None)
        self._compare(entry, path, known, stored, inside)

    def _compare(
        self, entry: FoundFile, path: str, known: Known | None, stored: Unreadable | None, inside: KnownMembers
    ) -> None:
        """Decide whether a file has to be read; `stored` is the record of an earlier failure."""
        versions, result = self._versions, self._result
        complete = known is None or (
            inside.current and whole(known.content, inside) and _as_limited(entry, inside, versions)
        )
        facts = None
        if known is not None:
            facts = known.facts if complete and versions.fits(entry.path, known.splitter) else None
        elif stored is not None and not inside.documents and stored[2] in versions.all_unread(entry.path):
            facts = stored[0]
        if facts is not None and _same(facts, entry):
            result.unchanged += 1 + inside.documents if known is not None else 0
            result.skipped += [] if stored is None else [Skipped(os.fspath(entry.path), stored[1])]
            result.skipped += _inside_skipped(entry, path, inside)
            return
        young = facts is not None and _same_facts(facts, entry)
        mine = self._documents.inside(self._source, path) if inside.documents else ()
        unreadable = tuple(_inside_skipped(entry, path, inside))
        result.work.append(Work(self._source, self._root, path, known, young, mine, complete, unreadable))

    def finished(self) -> Scan:
        """Return the scan, with the documents that the walk no longer reached."""
        self._result.unread_gone = [(self._source, path) for path in self._unread]
        self._result.vanished = [
            known
            for known in self._documents.below(self._source, self._below)
            if known.number not in self._seen
            and not _under(known.path, self._blind)
            and not _inside_of(known, self._holders)
        ]
        return self._result


def vanished(documents: Documents, source: int, below: str) -> Scan:
    """Return the scan of a path that no walk reaches any more: all that is indexed at and below it."""
    gone = [(source, path) for path in documents.unread(source, below)]
    return Scan(vanished=list(documents.below(source, below)), unread_gone=gone)


def _as_limited(found: FoundFile, inside: KnownMembers, versions: Versions) -> bool:
    """Return whether these readers already tried, under these limits, what could not be read inside a file."""
    return all(version in versions.all_unread(found.path) for _, _, version in inside.unread.values())


def _inside_skipped(found: FoundFile, path: str, inside: KnownMembers) -> Iterator[Skipped]:
    for named, (_, reason, _) in inside.unread.items():
        yield Skipped(f"{os.fspath(found.path)}!/{name_in(path, named)}", reason)


def _inside_of(known: Known, holders: set[str]) -> bool:
    return is_member(known.content) and holder_of(known.path, known.content) in holders


def _relative(path: str, base: str) -> str:
    return "" if path == base else path[len(base.rstrip("/")) + 1 :]


def _under(path: str, blind: Sequence[str]) -> bool:
    return any(b == "" or _at(path, b) for b in blind)


def _at(path: str, place: str) -> bool:
    """Return whether a path is at, below or inside a place."""
    return path == place or path.startswith((place + "/", place + "!/"))


def _same(facts: FileFacts, found: FoundFile) -> bool:
    return _same_facts(facts, found) and facts.scanned_ns - facts.mtime_ns >= YOUNG_NS


def _same_facts(facts: FileFacts, found: FoundFile) -> bool:
    return (facts.size, facts.mtime_ns, facts.ctime_ns, facts.inode) == (
        found.size,
        found.mtime_ns,
        found.ctime_ns,
        found.inode,
    )
