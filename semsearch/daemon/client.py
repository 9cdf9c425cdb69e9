"""The short way of a query: hand it to the daemon that is there, or say that there is none for it.

Only built-in modules are imported. What comes back is written at once and only when all of it has come, so a query that
a daemon does not answer can always be searched here.
"""

from __future__ import annotations

import os
import sys
import time
from _socket import AF_UNIX, SOCK_STREAM, socket

from semsearch.daemon.place import check_folder, identity, peer_uid, socket_path, supported
from semsearch.daemon.wire import (
    ACCEPTED,
    ANSWER,
    ANSWER_BYTES,
    QUERY,
    REQUEST_BYTES,
    WireError,
    pack,
    receive,
)
from semsearch.errors import SemsearchError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Answered", "ask", "connect", "converse", "is_query", "names_query", "show"]

ACCEPT_SECONDS = 2.0
"""How long a daemon may take to say that it has heard; one that is stopped (SIGSTOP) never does."""
ANSWER_SECONDS = 120.0
_SENT = ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS")
_SECRET = "SEMSEARCH_API_KEY"
_OFF = ("0", "false", "no", "off")

Answered = tuple[int, "list[tuple[int, bytes]]"]
"""An exit code, and the pieces of output in their order, each with its stream (1 or 2)."""


def is_query(args: Sequence[str]) -> bool:
    """Whether a command line is a query that a daemon may answer; what it does not understand is not."""
    if not supported() or "_SEMSEARCH_COMPLETE" in os.environ:
        return False
    if os.environ.get("SEMSEARCH_DAEMON", "").lower() in _OFF or "--no-daemon" in args:
        return False
    return names_query(args)


def names_query(args: Sequence[str]) -> bool:
    """Whether a command line is a query."""
    at = 0
    while at < len(args) and args[at].startswith("-"):
        at += 2 if args[at] in ("-i", "--index", "-m", "--model") else 1
    return at < len(args) and args[at] in ("query", "search")


def connect(seconds: float) -> socket:
    """Return a connection to this user's daemon. Raises OSError when there is none, SemsearchError when it is not ours.

    A socket is believed only when it and its folder are this user's alone, and its listener runs as this user.
    """
    path = socket_path()
    check_folder(path)
    connection = socket(AF_UNIX, SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect(path)
        if peer_uid(connection) != os.geteuid():
            raise SemsearchError(f"another user's process listens at {path}: remove that file")
    except BaseException:
        connection.close()
        raise
    return connection


def converse(fields: Sequence[bytes], seconds: float = ACCEPT_SECONDS) -> list[bytes]:
    """Send one request and return the first reply. Raises OSError, WireError, SemsearchError."""
    connection = connect(seconds)
    try:
        connection.sendall(pack(fields))
        return receive(connection, REQUEST_BYTES, seconds)
    finally:
        connection.close()


def ask(args: Sequence[str]) -> Answered | None:
    """Let the daemon answer a query; None when there is none, or it is not for this one, or it fails in the middle."""
    try:
        request = pack(_request(args))
        if len(request) > REQUEST_BYTES:
            return None
        connection = connect(ACCEPT_SECONDS)
    except (OSError, AttributeError, ValueError, SemsearchError):
        return None
    try:
        connection.sendall(request)
        if receive(connection, REQUEST_BYTES, ACCEPT_SECONDS) != [ACCEPTED]:
            return None
        reply = receive(connection, ANSWER_BYTES, ANSWER_SECONDS)
        return _answered(reply) if reply[0] == ANSWER else None
    except (OSError, WireError, ValueError):
        return None
    finally:
        connection.close()


def _request(args: Sequence[str]) -> list[bytes]:
    here = os.stat(".")  # noqa: PTH116 - pathlib takes 8 ms to import
    facts = [f"{here.st_dev} {here.st_ino}", str(_columns()), sys.getfilesystemencoding()]
    for stream in (sys.stdout, sys.stderr):
        kind = (stream.isatty(), stream.line_buffering, getattr(stream, "write_through", False))
        facts.append(f"{stream.encoding} {' '.join(str(int(one)) for one in kind)}")
    environ = [f"{k}={v}" for k, v in os.environ.items() if k in _SENT or (k.startswith("SEMSEARCH_") and k != _SECRET)]
    texts = [os.getcwd(), *facts, str(len(environ)), *environ, *args]  # noqa: PTH109
    return [QUERY, identity().encode(), *map(os.fsencode, texts)]


def _columns() -> int:
    try:
        return os.get_terminal_size(1).columns
    except OSError:
        return 0


def _answered(reply: list[bytes]) -> Answered:
    code, *pieces = reply[1:]
    if any(piece[:1] not in (b"\x01", b"\x02") for piece in pieces):
        raise WireError("output of an unknown stream")
    return int(code), [(piece[0], piece[1:]) for piece in pieces]


def show(pieces: Sequence[tuple[int, bytes]]) -> None:
    """Write the output of an answer. Raises OSError, BrokenPipeError included."""
    for stream, data in pieces:
        at = 0
        while at < len(data):
            try:
                at += os.write(stream, data[at:])
            except BlockingIOError:  # somebody has made the terminal non-blocking: wait for room
                time.sleep(0.01)
