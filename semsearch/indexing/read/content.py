"""File contents: the hash first, and the parsed document or transcript on request."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import finished, is_picture, is_recording, known_type, needs_process, read_bytes
from semsearch.corpus.readers.pictures import ocr
from semsearch.corpus.readers.speech import transcript as recording
from semsearch.errors import ModelUnavailable, SourceUnreadable
from semsearch.indexing.control.limits import Limited
from semsearch.indexing.scan.scan import content_hash, hash_stable, read_stable
from semsearch.models.encoder_decoder.whisper import INSTALL, ListenerLost, installed
from semsearch.settings import NO_TRANSCRIBER, Settings
from semsearch.stores.records import FileFacts
from semsearch.types.documents import Parsed, Value
from semsearch.types.models import Transcriber, Utterance

__all__ = ["Begin", "Content", "Contents", "Describing", "Here", "Parsing", "Unheard", "beyond_memory"]


def beyond_memory(largest: int) -> str:
    """Return the reason to skip a file for which the memory limit is too low."""
    return f"too large for --max-memory (more than {largest / 1e6:.1f} MB)"


class Unheard(SourceUnreadable):
    """No transcriber is available: the recording itself is fine, and its document stays valid."""

    def __init__(self, reason: str, *, retry: bool) -> None:
        """`retry` makes the next run try again, whatever that costs."""
        super().__init__(reason)
        self.retry = retry


@runtime_checkable
class Describing(Protocol):
    """Optional for a transcriber: facts about a recording."""

    def facts(self, recording: str) -> Mapping[str, Value]:
        """Return title, author, duration..., as far as known. Raises SourceUnreadable."""


class Parsing(Protocol):
    """A file being parsed, in this or another process."""

    def done(self) -> bool:
        """Return whether `result` needs no waiting for another process."""

    def result(self) -> Parsed:
        """Return the document. Raises SourceUnreadable, and OSError if the file has changed meanwhile."""


Begin: TypeAlias = Callable[[], Parsing | Future[Parsed]]


class Here:
    """A file that this thread parses when the document is requested."""

    def __init__(self, parse: Callable[[], Parsed]) -> None:
        """Parse nothing yet."""
        self._parse = parse

    def done(self) -> bool:
        """Return True: it waits for no other process."""
        return True

    def result(self) -> Parsed:
        """Parse the file."""
        try:
            return self._parse()
        except MemoryError:
            raise Limited("not enough memory to read it") from None


@dataclass(frozen=True, slots=True)
class Content:
    """A file's hash and facts, how to parse it, and the bytes held until then."""

    facts: FileFacts
    digest: bytes
    begin: Begin
    held: int = 0
    kind: str = ""
    """Its type, empty for a recording."""


class Contents:
    """Reads the files of a run. The transcriber is loaded on the first recording, once."""

    def __init__(
        self,
        settings: Settings,
        parsers: Parsers,
        load: Callable[[], Transcriber] | None,
        heard: Callable[[], None],
        largest: int = 0,
    ) -> None:
        """`heard` is called after every utterance and may raise to end the run; `largest` limits a file (0: none)."""
        self._settings = settings
        self._parsers = parsers
        self._load = load
        self._heard = heard
        self._largest = largest
        self._transcriber: Transcriber | None = None
        self._missing: Unheard | None = None

    def of(self, path: Path, *, link: bool = False) -> Content:
        """Read and hash a file; `link` allows a symbolic link, for a path that the user gave.

        Raises SourceUnreadable, and OSError if it is gone, changing, or not readable for this user.
        """
        if not is_recording(path):
            if is_picture(path) and (why := ocr.why_not(self._settings)):
                raise SourceUnreadable(why if path.stat().st_size else "empty")
            data, facts = self._read(path, link)
            return Content(facts, content_hash(data), self._begin(path, data), len(data), known_type(path, data))
        if not path.stat().st_size:
            raise SourceUnreadable("empty")
        transcriber = self._get_transcriber()
        digest, facts = hash_stable(path, self._settings.max_recording_bytes, link=link)
        return Content(facts, digest, partial(Here, partial(self._transcribe, path, transcriber, facts)))

    def _begin(self, path: Path, data: bytes) -> Begin:
        """Return the function that parses the bytes of a file."""
        if needs_process(path, data):
            return partial(self._parsers.submit, path, data)
        return partial(Here, partial(read_bytes, path, data, self._settings))

    def _read(self, path: Path, link: bool) -> tuple[bytes, FileFacts]:
        if self._largest and path.stat().st_size > self._largest:
            raise Limited(beyond_memory(self._largest))
        return read_stable(path, self._settings.max_file_bytes, link=link)

    def _get_transcriber(self) -> Transcriber:
        if self._settings.transcriber == NO_TRANSCRIBER:
            raise SourceUnreadable("a recording, and listening is switched off: index --transcriber NAME")
        if self._transcriber is None and self._missing is None:
            try:
                self._transcriber = self._loaded()
            except ModelUnavailable as error:
                self._missing = Unheard(f"a recording: {error}", retry=True)
            except Unheard as error:
                self._missing = error
        if self._transcriber is None:
            assert self._missing is not None
            raise self._missing
        return self._transcriber

    def _loaded(self) -> Transcriber:
        if self._load is None or not installed():
            raise Unheard(f"a recording: {INSTALL} makes it searchable", retry=False)
        return self._load()

    def _transcribe(self, path: Path, transcriber: Transcriber, facts: FileFacts) -> Parsed:
        try:
            utterances = list(self._utterances(path, transcriber))
            known = transcriber.facts(os.fspath(path)) if isinstance(transcriber, Describing) else {}
        except (ListenerLost, ModelUnavailable) as error:
            raise Unheard(f"a recording: {error}; the next index tries again", retry=True) from error
        after = path.stat()
        if (after.st_mtime_ns, after.st_size) != (facts.mtime_ns, facts.size):
            raise OSError(errno.EAGAIN, "it changed while being transcribed")
        return finished(recording.read(utterances, known))

    def _utterances(self, path: Path, transcriber: Transcriber) -> Iterator[Utterance]:
        """Yield the utterances. Raises SourceUnreadable if there are none."""
        silent = True
        for utterance in transcriber.transcribe(os.fspath(path)):
            silent = False
            yield utterance
            self._heard()
        if silent:
            raise SourceUnreadable("no speech")
