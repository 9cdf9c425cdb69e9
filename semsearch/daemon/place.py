"""Where a user's daemon listens, which installation it is, and who may talk to it. Only built-in modules are needed."""

from __future__ import annotations

import os
import sys

import semsearch
from semsearch.errors import SemsearchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket

__all__ = ["PLACES", "check_folder", "folder", "identity", "peer_uid", "socket_path", "supported"]

PLACES = (
    "HOME",
    "SEMSEARCH_CACHE",
    "SEMSEARCH_CONFIG",
    "SEMSEARCH_DATA",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "HF_HOME",
    "HF_HUB_CACHE",
)
"""Variables that say where things lie: a shell with other values has a daemon of its own."""
_LONGEST = 100
"""Bytes of a socket's path: the kernel takes 108 on Linux and 104 on macOS, with the final NUL."""
_MODULUS, _PRIME, _OFFSET = 1 << 64, 0x100000001B3, 0xCBF29CE484222325


def supported() -> bool:
    """Whether this system has Unix sockets that tell who is at their other end."""
    return sys.platform.startswith(("linux", "darwin", "freebsd"))


def identity() -> str:
    """Return version, place and age of this installation: a daemon of any other answers no query."""
    file = semsearch.__file__
    return f"{semsearch.__version__} {os.path.dirname(file)} {os.stat(file).st_mtime_ns}"  # noqa: PTH116, PTH120


def folder() -> str:
    """Return the folder of the socket: $SEMSEARCH_DATA, $XDG_RUNTIME_DIR, or the user's data folder."""
    environ = os.environ
    if chosen := environ.get("SEMSEARCH_DATA"):
        found = f"{os.path.abspath(chosen)}/daemon"  # noqa: PTH100 - pathlib takes 8 ms to import
    elif (runtime := environ.get("XDG_RUNTIME_DIR", "")).startswith("/"):
        found = f"{runtime}/semsearch"
    else:
        own = "~/Library/Application Support" if sys.platform == "darwin" else "~/.local/share"
        found = f"{environ.get('XDG_DATA_HOME') or os.path.expanduser(own)}/semsearch/daemon"  # noqa: PTH111
    if len(os.fsencode(found)) + 22 > _LONGEST or not found.startswith("/"):
        return f"/tmp/semsearch-{os.geteuid()}"
    return found


def socket_path() -> str:
    """Return the path of the socket: one for each machine and for each set of places."""
    named = "\0".join([os.uname().nodename, *(os.environ.get(name, "") for name in PLACES)])
    digest = _OFFSET
    for byte in os.fsencode(named):  # FNV-1a; hashlib takes 5 ms to import
        digest = (digest ^ byte) * _PRIME % _MODULUS
    return f"{folder()}/{digest:016x}.sock"


def check_folder(path: str) -> None:
    """Refuse a folder or a socket in it that is not this user's alone. OSError when there is none."""
    for one, what in ((os.path.dirname(path), "folder"), (path, "socket")):  # noqa: PTH120
        facts = os.lstat(one)
        if facts.st_uid != os.geteuid():
            raise SemsearchError(f"{one} belongs to another user ({facts.st_uid}): that {what} is not used; remove it")
        if facts.st_mode & 0o170000 != (0o040000 if what == "folder" else 0o140000):
            raise SemsearchError(f"{one} is no {what}: remove it")
        if facts.st_mode & 0o077:
            raise SemsearchError(f"{one} is open to other users: that {what} is not used; run chmod go= {one}")


def peer_uid(connection: socket) -> int:
    """Return the user at the other end of a Unix socket: SO_PEERCRED (unix(7)), LOCAL_PEERCRED (macOS unix(4)).

    The first holds pid, uid and gid; the second a version and the uid, then groups. OSError where there is none.
    """
    if sys.platform.startswith("linux"):
        from _socket import SO_PEERCRED, SOL_SOCKET

        return int.from_bytes(connection.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)[4:8], sys.byteorder)
    return int.from_bytes(connection.getsockopt(0, 1, 76)[4:8], sys.byteorder)
