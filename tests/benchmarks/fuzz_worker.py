"""The process that reads files for the fuzzer: the product's own, which also tells what a file took and printed.

For every file a note lies in the folder `FUZZ_NOTES`, under the file's name: milliseconds of processor time, the most
memory, what was printed, and which line of semsearch an exception came from.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

from semsearch.corpus.parse.parse_worker import serve
from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.nested import Watch
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed

__all__ = ["origin"]

_PROC = Path("/proc/self")


def origin(error: BaseException | None) -> str:
    """Return the exception and the last line of semsearch that it came through: `KeyError html.py:120`."""
    if error is None:
        return ""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/semsearch/" in frame.filename]
    place = f" {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


class Reader:
    """Reads as the product does, and writes a note beside."""

    def __init__(self, settings: Settings, notes: Path) -> None:
        self.settings = settings
        self.notes = notes
        self.printed = -1

    def parse(self, path: Path, data: bytes, watch: Watch) -> Parsed:
        """Read a file. Raises what the product's reader raises."""
        self._listen()
        with suppress(OSError):
            (_PROC / "clear_refs").write_text("5")
        start = time.process_time()
        fault: BaseException | None = None
        try:
            return read_bytes(path, data, self.settings, watch)
        except SourceUnreadable as error:
            fault = error.__cause__
            raise
        except BaseException as error:
            fault = error
            raise
        finally:
            took = (time.process_time() - start) * 1e3
            note = {"ms": took, "memory": _most(), "printed": self._heard(), "fault": origin(fault)}
            (self.notes / path.name).write_text(json.dumps(note))

    def _listen(self) -> None:
        """Point standard output and error, which go nowhere in the product, to a file."""
        if self.printed < 0:
            with tempfile.TemporaryFile() as file:
                self.printed = os.dup(file.fileno())
            os.dup2(self.printed, 1)
            os.dup2(self.printed, 2)

    def _heard(self) -> str:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        size = os.lseek(self.printed, 0, os.SEEK_CUR)
        if not size:
            return ""
        words = os.pread(self.printed, 300, 0).decode("utf-8", "replace")
        os.ftruncate(self.printed, 0)
        os.lseek(self.printed, 0, os.SEEK_SET)
        return words


def _most() -> int:
    """Return the most bytes of memory since `clear_refs` was written (proc(5))."""
    with suppress(OSError):
        for line in (_PROC / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    reader = Reader(Settings.from_dict(json.loads(sys.argv[3])), Path(os.environ["FUZZ_NOTES"]))
    serve(reader.parse, lifeline=int(sys.argv[1]), memory=int(sys.argv[2]))


if __name__ == "__main__":
    main()
