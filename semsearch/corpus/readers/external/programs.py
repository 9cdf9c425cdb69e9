"""External programs for formats without a library: which ones, whether they are installed, and how to run them.

A run has limits on time, memory and output, a temporary folder of its own, and no shell.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from semsearch.corpus.text.decode import one_line
from semsearch.errors import SourceUnreadable

__all__ = ["PROGRAMS", "Program", "Run", "installed", "run", "state", "why_not"]

_OLDER = {"docx": "doc", "pptx": "ppt"}
"""An old file may have the suffix of the new format."""
_MEMORY = 1_000_000_000
"""Bytes of memory that a program may use."""
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its arguments: `{}` is the file, `{out}` the output if that is not standard output."""

    name: str
    arguments: Sequence[str]
    package: str
    """Its name in package managers."""
    writes: str = ""
    """The name of its output; empty for standard output."""


@dataclass(frozen=True, slots=True)
class Run:
    """The limits of one run: seconds, and bytes of each output file."""

    seconds: float = 60.0
    most: int = 200_000_000


PROGRAMS: Mapping[str, tuple[str, Sequence[Program]]] = {
    "doc": (
        "old Word format",
        (
            Program("catdoc", ("-w", "-d", "utf-8", "{}"), "catdoc"),
            Program("antiword", ("-w", "0", "-m", "UTF-8.txt", "{}"), "antiword"),
        ),
    ),
    "ppt": ("old PowerPoint format", (Program("catppt", ("-d", "utf-8", "{}"), "catdoc"),)),
    "djvu": ("a DjVu document", (Program("djvutxt", ("{}",), "djvulibre-bin"),)),
    **dict.fromkeys(
        ("mobi", "azw3"),
        ("an e-book for Kindle", (Program("ebook-convert", ("{}", "{out}"), "calibre", "book.epub"),)),
    ),
    **dict.fromkeys(
        ("pst", "ost"),
        ("a mailbox of Outlook", (Program("readpst", ("-q", "-e", "-8", "-o", "{out}", "{}"), "pst-utils", "mail"),)),
    ),
}
"""By type: a description, and the programs that read it, the best first."""


def installed(kind: str) -> Program | None:
    """Return the installed program that reads files of a type, or None."""
    _, programs = PROGRAMS.get(kind, ("", ()))
    return next((program for program in programs if shutil.which(program.name)), None)


def state(kind: str, *, holder: bool = False) -> str:
    """Return the installed programs for this type as a string; when it changes, unread files are tried again.

    A `holder` contains files of any type.
    """
    kinds = list(PROGRAMS) if holder else [k for k in (kind, _OLDER.get(kind, "")) if k in PROGRAMS]
    return " ".join(program.name if (program := installed(k)) is not None else "none" for k in kinds)


def why_not(kind: str) -> str:
    """Return why a file of this type is not read, with advice; empty when its program is installed."""
    what, programs = PROGRAMS.get(kind, ("", ()))
    if not programs or installed(kind) is not None:
        return ""
    first = programs[0]
    named = first.package if first.name == first.package else f"{first.package} ({first.name})"
    return f"{what}: install {named} and index again"


def run(program: Program, data: bytes, kind: str, folder: Path, limits: Run) -> Path:
    """Run a program on a file that is written into `folder`; return its output, a file or a folder.

    Raises SourceUnreadable with one line when it fails.
    """
    source, printed, stderr = folder / f"file.{kind}", folder / "printed", folder / "stderr"
    source.write_bytes(data)
    output = folder / (program.writes or printed.name)
    if program.writes and "." not in program.writes:
        output.mkdir()
    names = {"{}": str(source), "{out}": str(output)}
    command = [shutil.which(program.name) or program.name, *(names.get(word, word) for word in program.arguments)]
    with printed.open("wb") as out, stderr.open("wb") as errors:
        code = _wait(command, folder, out.fileno(), errors.fileno(), limits, program.name)
    if code != 0:
        words = one_line(stderr.read_bytes()[:1000].decode("utf-8", "replace").replace(str(source), "it"), _LONGEST)
        raise SourceUnreadable(f"{program.name} cannot read it" + (f": {words}" if words else f" (status {code})"))
    return output


def _wait(command: list[str], folder: Path, out: int, errors: int, limits: Run, name: str) -> int:
    known = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR") if name in os.environ}
    environment = known | {"HOME": str(folder), "LC_ALL": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
    try:
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=errors
        )
    except OSError as error:
        raise SourceUnreadable(f"{name} does not start: {(error.strerror or type(error).__name__).lower()}") from error
    try:
        _limit(process.pid, limits)
        return process.wait(limits.seconds)
    except subprocess.TimeoutExpired:
        raise SourceUnreadable(f"{name} takes more than {limits.seconds:g} s to read it") from None
    finally:
        process.kill()
        process.wait()


def _limit(pid: int, limits: Run) -> None:
    """Limit a process that has just started. Only Linux allows that from outside; elsewhere only time is limited."""
    if sys.platform != "linux":
        return
    import resource

    values = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_FSIZE: limits.most,
        resource.RLIMIT_CPU: int(limits.seconds) + 1,
        resource.RLIMIT_CORE: 0,
    }
    with suppress(ProcessLookupError, PermissionError, ValueError):  # it has ended, or has lower limits already
        for which, value in values.items():
            _, most = resource.prlimit(pid, which)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.prlimit(pid, which, (value, value))
