"""How client and daemon talk: one frame there, one or more back; a frame is a list of byte strings.

b"smsh", 4 bytes of length, then for each field 4 bytes of length and the field (big-endian). The first field of a
request is what is wanted, the second the installation that asks. `status` and `stop` look the same in every version.
"""

from __future__ import annotations

import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _socket import socket
    from collections.abc import Sequence

__all__ = [
    "ACCEPTED",
    "ANSWER",
    "ANSWER_BYTES",
    "DECLINED",
    "FACTS",
    "OTHER",
    "QUERY",
    "REQUEST_BYTES",
    "STATUS",
    "STOP",
    "STOPPING",
    "WireError",
    "pack",
    "receive",
    "unpack",
]

QUERY, STATUS, STOP = b"query", b"status", b"stop"
ACCEPTED, ANSWER, DECLINED, OTHER, FACTS, STOPPING = (
    b"accepted",
    b"answer",
    b"declined",
    b"other",
    b"facts",
    b"stopping",
)
REQUEST_BYTES, ANSWER_BYTES = 1 << 20, 1 << 26
"""The largest request and the largest answer; what does not fit is searched without a daemon."""
_MAGIC = b"smsh"
_PIECE = 1 << 16


class WireError(Exception):
    """What came is no frame, or too much, or ended early."""


def pack(fields: Sequence[bytes]) -> bytes:
    """Return the frame of some fields."""
    body = b"".join([part for field in fields for part in (len(field).to_bytes(4, "big"), field)])
    return b"".join([_MAGIC, len(body).to_bytes(4, "big"), body])


def unpack(body: bytes) -> list[bytes]:
    """Return the fields of a frame's body. Raises WireError."""
    fields = []
    at = 0
    while at < len(body):
        stop = at + 4 + int.from_bytes(body[at : at + 4], "big")
        if at + 4 > len(body) or stop > len(body):
            raise WireError("a field ends beyond its frame")
        fields.append(body[at + 4 : stop])
        at = stop
    if not fields:
        raise WireError("an empty frame")
    return fields


def receive(connection: socket, limit: int, seconds: float) -> list[bytes]:
    """Read one frame of at most `limit` bytes within `seconds`. Raises WireError; OSError, TimeoutError included."""
    end = time.monotonic() + seconds
    head = _exactly(connection, 8, end)
    length = int.from_bytes(head[4:], "big")
    if head[:4] != _MAGIC or length > limit:
        raise WireError("not a frame, or too long")
    return unpack(_exactly(connection, length, end))


def _exactly(connection: socket, length: int, end: float) -> bytes:
    parts = []
    while length:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the other side is too slow")
        connection.settimeout(left)
        part = connection.recv(min(length, _PIECE))
        if not part:
            raise WireError("the other side has gone")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
