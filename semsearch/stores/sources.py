"""The root folders of an index, and conversion between a path and (source, relative path)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from unicodedata import normalize

from semsearch.stores.records import ADDED

__all__ = ["Sources"]


class Sources:
    """The root folders of one state by number, as absolute paths."""

    def __init__(self, roots: Mapping[int, str]) -> None:
        """Copy the roots."""
        self.roots = dict(roots)

    def absolute(self, source: int, path: str) -> str:
        """Return the absolute path of a document; for an added one, the caller's id."""
        if source == ADDED:
            return path
        root = self.roots[source]
        if path.startswith("/"):  # inside a root that is a file
            return f"{root}!{path}"
        return f"{root.rstrip('/')}/{path}" if path else root

    def split(self, path: str) -> list[tuple[int, str]]:
        """Return every (source, relative path) that a document id may refer to, the longest root first.

        First as written, then in the other Unicode normalization forms: typed text is composed, file names from macOS
        are decomposed.
        """
        forms = (path,) if path.isascii() else (path, normalize("NFC", path), normalize("NFD", path))
        return list(dict.fromkeys(place for form in dict.fromkeys(forms) for place in self._split(form)))

    def _split(self, path: str) -> Iterator[tuple[int, str]]:
        yield ADDED, path
        for number, root in sorted(self.roots.items(), key=lambda item: -len(item[1])):
            if path == root:
                yield number, ""
            elif path.startswith(root.rstrip("/") + "/"):
                yield number, path[len(root.rstrip("/")) + 1 :]
            elif path.startswith(root + "!/"):
                yield number, path[len(root) + 1 :]
