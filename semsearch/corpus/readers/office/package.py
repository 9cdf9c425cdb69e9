"""Office files as packages: XML parts in a ZIP archive, read within limits, and the relations between them.

No entity is expanded and nothing outside the file is read. A part that would unpack to more than the limit is
rejected before it is unpacked; `zipfile` never returns more than the size in a part's entry.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from semsearch.corpus.readers.archives.zip_file import open_zip
from semsearch.corpus.readers.nested import sized
from semsearch.errors import SourceUnreadable

if TYPE_CHECKING:
    from lxml.etree import XMLSyntaxError, _Element

__all__ = ["BROKEN", "MOST_XML", "OfficePackage", "Relation", "TooLarge", "flat_xml"]

MOST_XML = 64_000_000
"""Most bytes that one part may unpack to."""
MOST_IN_ALL = 400_000_000
"""Most bytes that all parts read may unpack to together, or one part that is read row by row."""
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""Errors that reading a package may raise."""
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
"""Namespaces of ISO 29500 Strict; nearly all files use those of the transitional form."""


class TooLarge(ValueError):
    """A part unpacks to more than the limit."""


@dataclass(frozen=True, slots=True)
class Relation:
    """A reference of a part: the last word of the relation's type (`slide`, `comments`) and the target part."""

    kind: str
    part: str


class OfficePackage:
    """The parts of an Office file, by name."""

    def __init__(self, data: bytes) -> None:
        """Open the archive. Raises zipfile.BadZipFile."""
        self._archive = open_zip(data)
        self._entries = {
            info.filename.replace("\\", "/").lstrip("/").lower(): info for info in self._archive.infolist()
        }
        self._left = MOST_IN_ALL

    def __contains__(self, name: str) -> bool:
        """Return whether there is a part of this name, ignoring case."""
        return name.lower() in self._entries

    def names(self) -> Iterator[str]:
        """Yield the names of all parts, in lower case."""
        yield from self._entries

    def raw(self, name: str) -> bytes:
        """Return the bytes of a part, empty when there is no such part. Raises one of BROKEN."""
        if name not in self:
            return b""
        with self._open(name, MOST_XML) as file:
            return file.read()

    def xml(self, name: str) -> _Element | None:
        """Parse a part; None when there is no such part. Raises one of BROKEN."""
        return flat_xml(self.raw(name), name) if name in self else None

    def xml_if_whole(self, name: str) -> _Element | None:
        """Parse an optional part: None also when it is broken."""
        try:
            return self.xml(name)
        except BROKEN:
            return None

    def elements(self, name: str, *local: str) -> Iterator[_Element]:
        """Yield the elements with these local names while they are parsed; each is freed after its turn."""
        from lxml import etree

        tags = [f"{{*}}{word}" for word in local]
        with closing(self._open(name, MOST_IN_ALL)) as file:
            try:
                steps = etree.iterparse(file, tag=tags, resolve_entities=False, no_network=True, load_dtd=False)
                for _, element in steps:
                    yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]
            except etree.XMLSyntaxError as error:
                raise ValueError(f"{name}: {_syntax(error)}") from error

    def relations(self, name: str) -> dict[str, Relation]:
        """Return a part's references inside the file, by relation id; those of the package itself for ``""``."""
        folder, _, base = name.rpartition("/")
        root = self.xml_if_whole(posixpath.join(folder, "_rels", base + ".rels"))
        relations: dict[str, Relation] = {}
        for element in root if root is not None else ():
            if isinstance(element.tag, str) and element.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, element.get("Target") or "")).lstrip("/")
                relations[element.get("Id") or ""] = Relation((element.get("Type") or "").rpartition("/")[2], target)
        return relations

    def main_part(self, usual: str) -> str:
        """Return the name of the main document part."""
        named = (relation.part for relation in self.relations("").values() if relation.kind == "officeDocument")
        return next((part for part in named if part in self), usual)

    def _open(self, name: str, most: int) -> IO[bytes]:
        info = self._entries[name.lower()]
        self._left -= info.file_size
        if info.file_size > most or self._left < 0:
            raise TooLarge(f"{name} unpacks to {sized(info.file_size)}")
        if info.flag_bits & 1:
            raise SourceUnreadable("encrypted")
        return self._archive.open(info)


def flat_xml(xml: bytes, name: str) -> _Element:
    """Parse XML. Raises ValueError with the part's name when it is invalid."""
    from lxml import etree

    if b"purl.oclc.org" in xml[:4096]:
        xml = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", xml)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{name}: {_syntax(error)}") from error


def _syntax(error: XMLSyntaxError) -> str:
    bomb = "amplification" in (error.msg or "")
    return "its entities expand without end" if bomb else error.msg or "not XML"
