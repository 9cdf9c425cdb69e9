"""Nested documents in the catalogue, verified against the checksum of each container."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from semsearch.corpus.parse.parsed_json import packed
from semsearch.indexing.scan.versions import Versions, with_reader
from semsearch.stores.member_paths import DIGEST, Proof, holder_content, holder_of, holders_named, is_holder, name_in
from semsearch.stores.records import Known, Unreadable
from semsearch.types.documents import Member, Parsed

__all__ = ["FoundMember", "Insides", "KnownMembers", "found_inside", "proof_of", "whole"]


@dataclass(slots=True)
class KnownMembers:
    """What the catalogue has inside one file: the checksum of its documents, and what could not be read."""

    proof: Proof = field(default_factory=Proof)
    unread: Mapping[str, Unreadable] = field(default_factory=dict)
    current: bool = True
    """Whether every document has the version that follows from that of its file."""

    @property
    def documents(self) -> int:
        """The number of documents."""
        return self.proof.documents


class Insides:
    """All containers of a source, or of a part of it."""

    def __init__(self, members: Iterable[Known], unread: Mapping[str, Unreadable], versions: Versions) -> None:
        """Index the nested documents and the unreadable paths by container."""
        self._read: dict[str, set[tuple[int, str]]] = {}
        self._proofs: dict[str, Proof] = {}
        self._named: dict[str, list[str]] = {}
        self._unread = unread
        for member in members:
            holder = holder_of(member.path, member.content)
            proof = self._proofs.setdefault(holder, Proof())
            name = name_in(holder, member.path)
            proof.document(name, member.content, member.splitter)
            self._read.setdefault(holder, set()).add((member.splitter, versions.reader(name)))
        for path in unread:
            for holder in holders_named(path):
                self._named.setdefault(holder, []).append(path)

    def of(self, path: str, known: Known | None) -> KnownMembers:
        """Return what is known inside a file; `known` is the document of the file itself."""
        proof = self._proofs.get(path) or Proof()
        if known is None or not is_holder(known.content):
            return KnownMembers(proof)
        current = all(with_reader(known.splitter, by) == version for version, by in self._read.get(path, ()))
        unread = {named: self._unread[named] for named in self._named.get(path, ()) if named in self._unread}
        for named, (_, reason, _) in unread.items():
            proof.unread(name_in(path, named), reason)
        return KnownMembers(proof, unread, current)


def whole(content: bytes, inside: KnownMembers) -> bool:
    """Return whether the catalogue has exactly the nested documents of a file with this content."""
    if not is_holder(content):
        return not inside.documents
    return content == holder_content(content[:DIGEST], inside.proof)


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A nested document found in a file: its name there, and its hash if it could be read."""

    name: str
    member: Member
    digest: bytes = b""


def found_inside(members: Sequence[Member], above: str = "") -> Iterator[FoundMember]:
    """Yield everything inside a file, recursively, in the order of the file."""
    for member in members:
        name = f"{above}!/{member.name}" if above else member.name
        yield FoundMember(name, member, _digest(member.parsed) if member.parsed is not None else b"")
        if member.parsed is not None:
            yield from found_inside(member.parsed.members, name)


def proof_of(found: Sequence[FoundMember], version: Callable[[str], int]) -> Proof:
    """Return the checksum of nested documents; `version` returns that of a document by its name."""
    proof = Proof()
    for item in found:
        if item.member.parsed is not None:
            proof.document(item.name, item.digest, version(item.name))
        else:
            proof.unread(item.name, item.member.reason)
    return proof


def _digest(parsed: Parsed) -> bytes:
    whole = json.dumps(packed(replace(parsed, members=())), sort_keys=True)
    return hashlib.blake2b(whole.encode("ascii"), digest_size=DIGEST).digest()
