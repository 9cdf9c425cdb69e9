"""The searchable words of a file's name, beside its passages, if the name says anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from semsearch.corpus.text.decode import clean
from semsearch.corpus.text.terms.file_name_query import spelled, stem
from semsearch.types.documents import Anchor, AnchorKind, Span

__all__ = ["RECORD", "name_parts", "name_span", "name_text", "place_of"]

RECORD = "record"
"""The type of a table row or a JSON record, whose name is an id."""
_FOLDERS = 3
"""Folders of a path that are used, the nearest ones: docs/decisions.md has the figures."""
_LONGEST = 100
"""Characters of a folder's or a file's name that are used."""
_LETTERS = re.compile(r"[^\W\d_]+")
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_DATE = re.compile(
    r"(?<!\d)(?:1[89]|20)\d\d(?P<mark>[-_. ]?)(?:0[1-9]|1[0-2])(?:(?P=mark)(?:0[1-9]|[12]\d|3[01]))?(?!\d)"
)
_HEX = re.compile(r"(?=.*\d)[0-9a-f]{7,}", re.IGNORECASE)
_INTERNAL = re.compile(r"__\w+__")
_UNNAMED = """
anhang attachment aufnahme bild bildschirmfoto blob capture cimg copia copie copy data datei dji doc document
documento dokument download dsc dscf dscn export fax fichier file gitkeep gopr imag image img keep kopie mvi mvimg neu
neue neuer neues new noname nouveau nouvelle nueva nuevo nuovo ohne output page pano part pdf photo pic picture pxl
sans scan scanned screenshot sem sin temp textdokument titel titre titulo tmp unbenannt unknown unnamed untitled vid
video
"""
"""Words in the default file names of cameras, scanners, browsers and editors."""
_DEFAULT_NAMES = frozenset(_UNNAMED.split())


def place_of(root: str, path: str) -> str:
    """Return a document's path for its name: relative to the indexed folder, or the file's own name."""
    own = root.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return own if not path else f"{own}!{path}" if path.startswith("/") else path


def name_parts(place: str) -> tuple[str, ...]:
    """Return a document's folders and its own name, outermost first; empty when the name says nothing.

    Numbers, hashes, UUIDs and the default names of cameras and editors say nothing; dates do. A folder inside an
    archive is a folder, and so is the archive.
    """
    *folders, name = [part for part in place.replace("!/", "/").split("/") if part] or [""]
    if not _is_telling(stem(name)):
        return ()
    return (*(_stored(folder) for folder in folders[-_FOLDERS:] if _is_telling(folder)), _stored(name))


def name_span(parts: Sequence[str], title: str, *, text: bool) -> Span | None:
    """Return the record of a name as an empty span of its document; None when it has nothing to search.

    The title of a document without `text` is in no passage, so it counts as a name, too.
    """
    if not parts and (text or not title):
        return None
    return Span(0, 0, Anchor(AnchorKind.NAME), tuple(parts))


def name_text(title: str, parts: Sequence[str]) -> str:
    """Return the embedded text of a name: `Title > folder > name.md`, in words."""
    words = [spelled(part) for part in parts]
    known = {_folded(stem(part)) for part in parts}
    return " > ".join([title, *words] if title and _folded(title) not in known else words)


def _is_telling(name: str) -> bool:
    if _INTERNAL.fullmatch(name):
        return False
    if any(match["mark"] or len(match[0]) == 8 for match in _DATE.finditer(name)):
        return True
    words = [word for part in re.split(r"[\W_]+", name) if not _HEX.fullmatch(part) for word in _LETTERS.findall(part)]
    return any(_WIDE.search(word) or (len(word) > 1 and word.casefold() not in _DEFAULT_NAMES) for word in words)


def _stored(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(clean(name).split()))[:_LONGEST]


def _folded(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()
