"""Programs that read what no library here does: which ones, whether they are installed, and one run of one of them.

A run has a limit of time, of memory and of what it writes, a folder of its own that is gone afterwards, and no shell.
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
"""An old file may have the name of a new one."""
_MEMORY = 1_000_000_000
"""Bytes of memory that a program may take."""
_SAID = 120


@dataclass(frozen=True, slots=True)
class Program:
    """A program and how it is called: `{}` stands for the file, `{out}` for what it writes beside standard output."""

    name: str
    arguments: Sequence[str]
    package: str
    """What a system's package manager calls it."""
    writes: str = ""
    """The name of its output; empty where that is standard output."""


@dataclass(frozen=True, slots=True)
class Run:
    """The limits of one run: seconds, and bytes of each file that it writes."""

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
"""By type: what such a file is, and the programs that read it, the better one first."""


def installed(kind: str) -> Program | None:
    """Return the program that reads files of a type here; None when there is none."""
    _, programs = PROGRAMS.get(kind, ("", ()))
    return next((one for one in programs if shutil.which(one.name)), None)


def state(kind: str, *, holder: bool = False) -> str:
    """Return what a file of this type waits for: another answer than before means that it is tried again.

    A `holder` has others inside, of any type.
    """
    kinds = list(PROGRAMS) if holder else [one for one in (kind, _OLDER.get(kind, "")) if one in PROGRAMS]
    return " ".join(found.name if (found := installed(one)) is not None else "none" for one in kinds)


def why_not(kind: str) -> str:
    """Return why a file of this type is not read, and what to do; empty when its program is installed."""
    what, programs = PROGRAMS.get(kind, ("", ()))
    if not programs or installed(kind) is not None:
        return ""
    first = programs[0]
    named = first.package if first.name == first.package else f"{first.package} ({first.name})"
    return f"{what}: install {named} and index again"


def run(program: Program, data: bytes, kind: str, folder: Path, limits: Run) -> Path:
    """Run a program over a file that is put into `folder`; return where its output is, a file or a folder.

    Raises SourceUnreadable with one line when it fails.
    """
    source, printed, reported = folder / f"file.{kind}", folder / "printed", folder / "reported"
    source.write_bytes(data)
    output = folder / (program.writes or printed.name)
    if program.writes and "." not in program.writes:
        output.mkdir()
    names = {"{}": str(source), "{out}": str(output)}
    command = [shutil.which(program.name) or program.name, *(names.get(word, word) for word in program.arguments)]
    with printed.open("wb") as out, reported.open("wb") as errors:
        code = _wait(command, folder, out.fileno(), errors.fileno(), limits, program.name)
    if code != 0:
        words = one_line(reported.read_bytes()[:1000].decode("utf-8", "replace").replace(str(source), "it"), _SAID)
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
    """Limit a process that has just begun. Only Linux lets another process do so; elsewhere time is what is limited."""
    if sys.platform != "linux":
        return
    import resource

    values = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_FSIZE: limits.most,
        resource.RLIMIT_CPU: int(limits.seconds) + 1,
        resource.RLIMIT_CORE: 0,
    }
    with suppress(ProcessLookupError, PermissionError, ValueError):  # it has ended, or has less already
        for which, value in values.items():
            _, most = resource.prlimit(pid, which)
            value = value if most == resource.RLIM_INFINITY else min(value, most)
            resource.prlimit(pid, which, (value, value))
