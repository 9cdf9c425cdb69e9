"""What the catalogue has inside files, compared with what each of those files is said to hold."""

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
    """What the catalogue has inside one file: the sum over its documents, and what could not be read."""

    proof: Proof = field(default_factory=Proof)
    unread: Mapping[str, Unreadable] = field(default_factory=dict)
    current: bool = True
    """Whether every document has the version that its file's gives it."""

    @property
    def documents(self) -> int:
        """How many documents."""
        return self.proof.documents


class Insides:
    """All files of a source, or of a part of it, that hold documents."""

    def __init__(self, members: Iterable[Known], unread: Mapping[str, Unreadable], versions: Versions) -> None:
        """Look through the documents inside files, and the paths that could not be read."""
        self._read: dict[str, set[tuple[int, str]]] = {}
        self._proofs: dict[str, Proof] = {}
        self._named: dict[str, list[str]] = {}
        self._unread = unread
        for one in members:
            holder = holder_of(one.path, one.content)
            proof = self._proofs.setdefault(holder, Proof())
            name = name_in(holder, one.path)
            proof.document(name, one.content, one.splitter)
            self._read.setdefault(holder, set()).add((one.splitter, versions.reader(name)))
        for path in unread:
            for holder in holders_named(path):
                self._named.setdefault(holder, []).append(path)

    def of(self, path: str, known: Known | None) -> KnownMembers:
        """Return what is known inside a file; `known` is what the catalogue has of the file itself."""
        proof = self._proofs.get(path) or Proof()
        if known is None or not is_holder(known.content):
            return KnownMembers(proof)
        current = all(with_reader(known.splitter, by) == version for version, by in self._read.get(path, ()))
        unread = {named: self._unread[named] for named in self._named.get(path, ()) if named in self._unread}
        for named, (_, reason, _) in unread.items():
            proof.unread(name_in(path, named), reason)
        return KnownMembers(proof, unread, current)


def whole(content: bytes, inside: KnownMembers) -> bool:
    """Return whether the catalogue has what a file with this content holds, all of it and nothing else."""
    if not is_holder(content):
        return not inside.documents
    return content == holder_content(content[:DIGEST], inside.proof)


@dataclass(frozen=True, slots=True)
class FoundMember:
    """A document that was found inside a file, by its name there, with its own hash where it could be read."""

    name: str
    member: Member
    digest: bytes = b""


def found_inside(members: Sequence[Member], above: str = "") -> Iterator[FoundMember]:
    """Yield everything inside a file in the order of the file, also what is inside of that."""
    for member in members:
        name = f"{above}!/{member.name}" if above else member.name
        yield FoundMember(name, member, _digest(member.parsed) if member.parsed is not None else b"")
        if member.parsed is not None:
            yield from found_inside(member.parsed.members, name)


def proof_of(found: Sequence[FoundMember], version: Callable[[str], int]) -> Proof:
    """Return what proves that the catalogue has all of this; `version` gives that of a document by its name."""
    proof = Proof()
    for one in found:
        if one.member.parsed is not None:
            proof.document(one.name, one.digest, version(one.name))
        else:
            proof.unread(one.name, one.member.reason)
    return proof


def _digest(parsed: Parsed) -> bytes:
    whole = json.dumps(packed(replace(parsed, members=())), sort_keys=True)
    return hashlib.blake2b(whole.encode("ascii"), digest_size=DIGEST).digest()
