"""Version numbers, stored with documents and unread files, of the settings and readers they depend on."""

from __future__ import annotations

import zlib
from functools import cached_property
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type, plug_in_state, plug_ins_state
from semsearch.corpus.parse.read import READERS, is_picture, is_recording, known_type, may_hold_pictures
from semsearch.corpus.readers import extras
from semsearch.corpus.readers.external import programs
from semsearch.corpus.readers.pictures.ocr import switched_on
from semsearch.corpus.readers.registry import NOT_LOADED
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.limits import Limited
from semsearch.models.encoder_decoder.whisper import installed
from semsearch.settings import Settings

__all__ = ["Versions", "with_reader"]


class Versions:
    """Computes the version of a document or unread file; if it differs from the stored one, the file is read again."""

    def __init__(self, settings: Settings, memory: int = 0) -> None:
        """Take the settings of a run, and its memory limit (0: none)."""
        self._settings = settings
        self._memory = memory
        self._programs: dict[tuple[str, bool], str] = {}
        self._by_lines: dict[str, bool] = {}
        self._office: dict[tuple[str, bool], bool] = {}

    @cached_property
    def _recording(self) -> int:
        return _number(self._settings.version, self._settings.transcriber)

    @cached_property
    def _unheard(self) -> int:
        return _number(self._recording, installed())

    @cached_property
    def _plug_ins(self) -> str:
        return plug_ins_state()

    @cached_property
    def _seen(self) -> int:
        known = self._settings.version
        return _number(known, "ocr") if switched_on(self._settings) else known

    def document(self, path: Path) -> int:
        """Return the version of a document; a recording's also depends on the transcriber, a picture's on OCR.

        That of a file read by an installed package depends on the package.
        """
        return with_reader(self._by_own_reader(path), plug_in_state(known_type(path)))

    def inside(self, version: int, name: str) -> int:
        """Return the version of a nested document in a file of this version."""
        return with_reader(version, self.reader(name))

    def reader(self, name: str) -> str:
        """Return the installed package that reads a nested document of this name; empty for our own readers."""
        return plug_in_state(known_type(Path(name))) if "." in name and self._plug_ins else ""

    def _by_own_reader(self, path: Path) -> int:
        if is_recording(path):
            return self._recording
        if may_hold_pictures(path):
            return self._seen
        known = self._settings.version
        return _number(known, "by lines") if self._lacks_grammar(path) else known

    def fits(self, path: Path, stored: int) -> bool:
        """Return whether a document of this version is current; also if an extra read it that is missing now."""
        return stored == self.document(path) or (stored == self._settings.version and self._lacks_grammar(path))

    def unread(self, path: Path, error: SourceUnreadable) -> int:
        """Return the version of an unreadable file; if a limit excluded it, it depends on that limit too."""
        if NOT_LOADED in str(error):
            return 0  # the next run tries again, whatever that costs
        known = self._unread(path)
        return self._limited(known) if isinstance(error, Limited) else known

    def unread_inside(self, path: Path, *, limited: bool) -> int:
        """Return the version of what could not be read inside a file."""
        known = self._unread(path)
        return self._limited(known) if limited else known

    def all_unread(self, path: Path) -> tuple[int, ...]:
        """Return the versions of unreadable files that need no retry, also one from when an extra was installed."""
        known = [self._unread(path)]
        if self._awaits_office(path):
            known.append(self._tried(path))
        return (*known, *map(self._limited, known))

    def _unread(self, path: Path) -> int:
        known = self._tried(path)
        return _number(known, "no office") if self._awaits_office(path) else known

    def _tried(self, path: Path) -> int:
        """Return the version with the extras and programs that could read the file."""
        if is_recording(path):
            return self._unheard
        return _number(self.document(path), READERS, *filter(None, (self._waits(path),)))

    def _waits(self, path: Path) -> str:
        """Return which programs that could read a file, or what is inside it, are installed."""
        kind, holder = _holds(path)
        if (kind, holder) not in self._programs:
            state = programs.state(kind, holder=holder)
            self._programs[kind, holder] = f"{state} {self._plug_ins}".strip() if holder else state
        return self._programs[kind, holder]

    def _awaits_office(self, path: Path) -> bool:
        kind, holder = _holds(path)
        if (kind, holder) not in self._office:
            self._office[kind, holder] = extras.awaits_office(kind, holder=holder)
        return self._office[kind, holder]

    def _lacks_grammar(self, path: Path) -> bool:
        kind = document_type(path)
        if kind not in self._by_lines:
            self._by_lines[kind] = extras.lacks_grammar(kind)
        return self._by_lines[kind]

    def _limited(self, known: int) -> int:
        s = self._settings
        inside = (s.max_members, s.max_expanded_bytes, s.max_nesting, s.max_pixels)
        return _number(known, s.max_file_bytes, s.max_recording_bytes, s.file_seconds, self._memory, *inside)


def with_reader(version: int, reader: str) -> int:
    """Return the version of a document read by this package; unchanged for our own readers (empty)."""
    return _number(version, reader) if reader else version


def _holds(path: Path) -> tuple[str, bool]:
    """Return the type of a file, and whether it may be a container."""
    return document_type(path), may_hold_pictures(path) and not is_picture(path)


def _number(*parts: object) -> int:
    return zlib.crc32(" ".join(map(str, parts)).encode())
