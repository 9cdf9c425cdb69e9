"""Documents inside a file, as `<file>!/<name>`: how the catalogue tells them and their file from plain documents.

What tells them is the length of a document's `content`. A plain file has its hash there; a document inside a file has
its own hash and how long its name in the file is; a file with documents inside has its hash and a proof of all of them.
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
"""Bytes of the hash of a file, or of a document inside one."""
_NAME = 4
_PROOF = 8
MEMBER = DIGEST + _NAME
HOLDER = DIGEST + _PROOF


def member_path(path: str, name: str) -> str:
    """Return how a document inside the file at `path` is stored: of a root that is the file itself as `/name`."""
    return f"{path}!/{name}" if path else f"/{name}"


def name_in(holder: str, path: str) -> str:
    """Return what a document at `path` is called inside its file."""
    return path[len(member_path(holder, "")) :]


def member_content(digest: bytes, name: str) -> bytes:
    """Return what is stored as the content of a document inside a file."""
    return digest + len(name).to_bytes(_NAME, "little")


def is_member(content: bytes) -> bool:
    """Return whether a document is one inside a file."""
    return len(content) == MEMBER


def is_holder(content: bytes) -> bool:
    """Return whether a document is a file with documents inside."""
    return len(content) == HOLDER


def holder_of(path: str, content: bytes) -> str:
    """Return the path of the file that a document is in."""
    name = int.from_bytes(content[DIGEST:], "little")
    return path[: max(0, len(path) - name - len("!/"))]


def holders_named(path: str) -> list[str]:
    """Return every file that a path may name something inside of, the outermost first; a folder may be called `a!`."""
    found = [""] if path.startswith("/") else []
    at = path.find("!/")
    while at >= 0:
        found.append(path[:at])
        at = path.find("!/", at + 1)
    return found


class Proof:
    """A sum over what a file holds, in any order: equal sums mean that the catalogue has just that."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sum = 0
        self.documents = 0

    def document(self, name: str, content: bytes, version: int) -> None:
        """Count a document; `content` is its own hash, and may have the length of its name behind it."""
        self._add(b"d", name, content[:DIGEST] + version.to_bytes(8, "little"))
        self.documents += 1

    def unread(self, name: str, reason: str) -> None:
        """Count one that cannot be read."""
        self._add(b"u", name, reason.encode("utf-8", "surrogatepass"))

    def _add(self, kind: bytes, name: str, rest: bytes) -> None:
        known = hashlib.blake2b(kind + name.encode("utf-8", "surrogatepass") + b"\0" + rest, digest_size=_PROOF)
        self._sum = (self._sum + int.from_bytes(known.digest(), "little")) % (1 << 8 * _PROOF)

    @property
    def value(self) -> bytes:
        """What is stored."""
        return self._sum.to_bytes(_PROOF, "little")


def holder_content(digest: bytes, proof: Proof) -> bytes:
    """Return what is stored as the content of a file with documents inside."""
    return digest + proof.value
