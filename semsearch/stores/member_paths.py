"""Nested documents, `<file>!/<name>`: how the catalogue distinguishes them and their container from plain files.

The length of a document's `content` decides. A plain file stores its hash there; a nested document its own hash and the
length of its name; a container its hash and a checksum of everything in it.
"""

from __future__ import annotations

import hashlib

__all__ = [
    "DIGEST",
    "MEMBER",
    "Proof",
    "holder_content",
    "holder_of",
    "holders_named",
    "is_holder",
    "is_member",
    "member_content",
    "member_path",
    "name_in",
]

DIGEST = 16
"""Bytes of the hash of a file or a nested document."""
_NAME = 4
_PROOF = 8
MEMBER = DIGEST + _NAME
HOLDER = DIGEST + _PROOF


def member_path(path: str, name: str) -> str:
    """Return the stored path of a document inside the file at `path`: `/name` if the file itself is the root."""
    return f"{path}!/{name}" if path else f"/{name}"


def name_in(holder: str, path: str) -> str:
    """Return the name, inside its container, of the document at `path`."""
    return path[len(member_path(holder, "")) :]


def member_content(digest: bytes, name: str) -> bytes:
    """Return the `content` value of a nested document."""
    return digest + len(name).to_bytes(_NAME, "little")


def is_member(content: bytes) -> bool:
    """Return whether a document is nested in a file."""
    return len(content) == MEMBER


def is_holder(content: bytes) -> bool:
    """Return whether a document is a container of nested documents."""
    return len(content) == HOLDER


def holder_of(path: str, content: bytes) -> str:
    """Return the path of the container of a nested document."""
    name_length = int.from_bytes(content[DIGEST:], "little")
    return path[: max(0, len(path) - name_length - len("!/"))]


def holders_named(path: str) -> list[str]:
    """Return every possible container of a path, the outermost first; a folder may be called `a!`."""
    containers = [""] if path.startswith("/") else []
    at = path.find("!/")
    while at >= 0:
        containers.append(path[:at])
        at = path.find("!/", at + 1)
    return containers


class Proof:
    """An order-independent checksum of a container's documents: equal sums mean that the catalogue is current."""

    def __init__(self) -> None:
        """Begin with the empty sum."""
        self._sum = 0
        self.documents = 0

    def document(self, name: str, content: bytes, version: int) -> None:
        """Add a document; `content` is its hash, which the length of its name may follow."""
        self._add(b"d", name, content[:DIGEST] + version.to_bytes(8, "little"))
        self.documents += 1

    def unread(self, name: str, reason: str) -> None:
        """Add a document that cannot be read."""
        self._add(b"u", name, reason.encode("utf-8", "surrogatepass"))

    def _add(self, kind: bytes, name: str, rest: bytes) -> None:
        entry = hashlib.blake2b(kind + name.encode("utf-8", "surrogatepass") + b"\0" + rest, digest_size=_PROOF)
        self._sum = (self._sum + int.from_bytes(entry.digest(), "little")) % (1 << 8 * _PROOF)

    @property
    def value(self) -> bytes:
        """The checksum as stored."""
        return self._sum.to_bytes(_PROOF, "little")


def holder_content(digest: bytes, proof: Proof) -> bytes:
    """Return the `content` value of a container of nested documents."""
    return digest + proof.value
