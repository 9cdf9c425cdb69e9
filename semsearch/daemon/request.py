"""A query as it reaches the daemon, its answer as it goes back, and the streams that record what a client would see."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from semsearch.client_context import Caller
from semsearch.daemon.holdings import Elsewhere
from semsearch.daemon.wire import ANSWER_BYTES, WireError

__all__ = ["Reply", "Request", "Stream"]

_FACTS = 5


@dataclass(frozen=True, slots=True)
class Stream:
    """What one of a client's output streams is."""

    encoding: str
    terminal: bool
    line_buffering: bool
    write_through: bool

    @classmethod
    def read(cls, text: str) -> Stream:
        """Build from `encoding 0 1 0`. Raises WireError."""
        try:
            encoding, *flags = text.split(" ")
            "".encode(encoding)
            return cls(encoding, *(bool(int(flag)) for flag in flags))
        except (ValueError, TypeError, LookupError) as error:
            raise WireError(f"{text[:80]!r} describes no stream") from error


@dataclass(frozen=True, slots=True)
class Request:
    """A command line, and where it was typed. `folder` is device and inode of `cwd`."""

    args: Sequence[str]
    cwd: str
    folder: str
    columns: int
    encoding: str
    out: Stream
    err: Stream
    environ: Mapping[str, str]

    @classmethod
    def read(cls, fields: Sequence[bytes]) -> Request:
        """Build from the fields behind the first two of a frame. Raises WireError."""
        texts = [os.fsdecode(field) for field in fields]
        try:
            cwd, folder, columns, encoding, out, err, count = texts[: 2 + _FACTS]
            environ, args = texts[7 : 7 + int(count)], texts[7 + int(count) :]
            pairs = dict(pair.split("=", 1) for pair in environ)
            return cls(args, cwd, folder, int(columns), encoding, Stream.read(out), Stream.read(err), pairs)
        except ValueError as error:
            raise WireError(f"not a query: {error}") from error

    def same_world(self) -> bool:
        """Whether paths mean here what they mean to the client: file names are spelled alike, its folder is ours."""
        if self.encoding != sys.getfilesystemencoding() or not os.path.isabs(self.cwd):  # noqa: PTH117
            return False
        try:
            facts = os.stat(self.cwd)  # noqa: PTH116
        except OSError:
            return False
        return self.folder == f"{facts.st_dev} {facts.st_ino}"


@dataclass(slots=True)
class Reply:
    """The exit code, and the pieces of output in the order in which they would have reached the client's streams."""

    code: int = 0
    pieces: list[tuple[int, bytearray]] = field(default_factory=list)
    size: int = 0

    def caller(self, request: Request) -> Caller:
        """Return the client as the command line sees it; what it writes is recorded here."""
        return Caller(
            request.cwd,
            request.environ,
            self._stream(1, request.out),
            self._stream(2, request.err),
            request.columns,
        )

    def record(self, number: int, data: bytes) -> None:
        """Add what stream `number` was given. Raises Elsewhere when the answer becomes longer than one may be."""
        self.size += len(data)
        if self.size > ANSWER_BYTES:
            self.pieces.clear()
            raise Elsewhere("the answer is too long")
        if not self.pieces or self.pieces[-1][0] != number:
            self.pieces.append((number, bytearray()))
        self.pieces[-1][1].extend(data)

    def _stream(self, number: int, stream: Stream) -> TextIO:
        raw = _Recorder(number, stream.terminal, self.record)
        return io.TextIOWrapper(
            raw if stream.write_through else io.BufferedWriter(raw),  # type: ignore[type-var]
            encoding=stream.encoding,
            errors="backslashreplace",
            newline="\n",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )

    def frame(self) -> list[bytes]:
        """Return the fields of the reply behind the first."""
        return [str(self.code).encode(), *(bytes([number]) + data for number, data in self.pieces)]


class _Recorder(io.RawIOBase):
    """The file behind a recorded stream: buffered as Python buffers a real one (with -u not at all), so that pieces
    keep their order.
    """

    def __init__(self, number: int, terminal: bool, record: Callable[[int, bytes], None]) -> None:
        super().__init__()
        self._number, self._terminal, self._record = number, terminal, record

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._terminal

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]
        self._record(self._number, bytes(data))
        return len(data)
