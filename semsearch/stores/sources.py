"""Where the documents of an index come from: its roots, and the way between a path and (source, path below it)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from unicodedata import normalize

from semsearch.stores.records import ADDED

__all__ = ["Sources"]


class Sources:
    """The roots of one state, by their numbers, as absolute paths."""

    def __init__(self, roots: Mapping[int, str]) -> None:
        """Take them as they are."""
        self.roots = dict(roots)

    def absolute(self, source: int, path: str) -> str:
        """Return the absolute path of a document, or the caller's own id for added ones."""
        if source == ADDED:
            return path
        root = self.roots[source]
        if path.startswith("/"):  # inside a root that is a file
            return f"{root}!{path}"
        return f"{root.rstrip('/')}/{path}" if path else root

    def split(self, path: str) -> list[tuple[int, str]]:
        """Return every (source, path below it) that a document id may mean, the longest root first.

        As it is written first, then in the other forms of Unicode: what is typed is composed, and files that came from
        macOS have decomposed names.
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
