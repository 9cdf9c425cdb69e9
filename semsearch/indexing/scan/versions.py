"""Which settings a document or an unread file depends on: a number that is stored with each of them."""

from __future__ import annotations

import zlib
from functools import cached_property
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.read import READERS, is_picture, is_recording, may_hold_pictures
from semsearch.corpus.readers.external import programs
from semsearch.corpus.readers.pictures.ocr import switched_on
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.limits import Limited
from semsearch.models.encoder_decoder.whisper import installed
from semsearch.settings import Settings

__all__ = ["Versions"]


class Versions:
    """The numbers stored with documents and with unread files: another one now means that they are worked on again."""

    def __init__(self, settings: Settings, memory: int = 0) -> None:
        """Bind the settings of a run, and the memory that it may take (0: not limited)."""
        self._settings = settings
        self._memory = memory
        self._programs: dict[tuple[str, bool], str] = {}

    @cached_property
    def _recording(self) -> int:
        return _number(self._settings.version, self._settings.transcriber)

    @cached_property
    def _unheard(self) -> int:
        return _number(self._recording, installed())

    @cached_property
    def _seen(self) -> int:
        known = self._settings.version
        return _number(known, "ocr") if switched_on(self._settings) else known

    def document(self, path: Path) -> int:
        """Return the version of a document: a recording's depends on the transcriber as well, a picture's on OCR."""
        if is_recording(path):
            return self._recording
        return self._seen if may_hold_pictures(path) else self._settings.version

    def unread(self, path: Path, error: SourceUnreadable) -> int:
        """Return the version of a file that could not be read; what a limit kept out depends on that limit too."""
        known = self._unread(path)
        return self._limited(known) if isinstance(error, Limited) else known

    def unread_inside(self, path: Path, *, limited: bool) -> int:
        """Return the version of what could not be read inside a file."""
        known = self._unread(path)
        return self._limited(known) if limited else known

    def all_unread(self, path: Path) -> tuple[int, int]:
        """Return the versions of files that need not be tried again."""
        known = self._unread(path)
        return known, self._limited(known)

    def _unread(self, path: Path) -> int:
        """Recordings and pictures wait for their extras too, and what another program reads waits for that."""
        if is_recording(path):
            return self._unheard
        return _number(self.document(path), READERS, *filter(None, (self._waits(path),)))

    def _waits(self, path: Path) -> str:
        """Return which of the programs that could read a file, or what is inside it, are installed."""
        kind, holder = document_type(path), may_hold_pictures(path) and not is_picture(path)
        if (kind, holder) not in self._programs:
            self._programs[kind, holder] = programs.state(kind, holder=holder)
        return self._programs[kind, holder]

    def _limited(self, known: int) -> int:
        s = self._settings
        inside = (s.max_members, s.max_expanded_bytes, s.max_nesting, s.max_pixels)
        return _number(known, s.max_file_bytes, s.max_recording_bytes, s.file_seconds, self._memory, *inside)


def _number(*parts: object) -> int:
    return zlib.crc32(" ".join(map(str, parts)).encode())
