"""Which settings a document or an unread file depends on: a number that is stored with each of them."""

from __future__ import annotations

import zlib
from functools import cached_property
from pathlib import Path

from semsearch.corpus.read import is_recording
from semsearch.models.transcriber import installed
from semsearch.settings import Settings

__all__ = ["Versions"]


class Versions:
    """The numbers stored with documents and with unread files: another one now means that they are worked on again."""

    def __init__(self, settings: Settings) -> None:
        """Bind the settings of a run."""
        self._settings = settings

    @cached_property
    def _recording(self) -> int:
        return _number(self._settings.version, self._settings.transcriber)

    @cached_property
    def _unheard(self) -> int:
        return _number(self._recording, installed(), self._settings.max_recording_bytes)

    def document(self, path: Path) -> int:
        """Return the version of a document: that of a recording depends on the transcriber as well."""
        return self._recording if is_recording(path) else self._settings.version

    def unread(self, path: Path) -> int:
        """Return the version of a file that could not be read: a recording waits for the extra too."""
        return self._unheard if is_recording(path) else self._settings.version


def _number(*parts: object) -> int:
    return zlib.crc32(" ".join(map(str, parts)).encode())
