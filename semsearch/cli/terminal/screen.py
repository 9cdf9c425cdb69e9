"""What reaches the user's screen: safe text, colours where they are wanted, links where they work.

Results go to standard output, everything else to standard error. No text of a document and no file name is written
without passing `safe_text` or `safe_name` first: they may hold terminal escapes.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

from semsearch import client_context as caller

__all__ = [
    "Screen",
    "in_short",
    "notice",
    "prepare_streams",
    "safe_name",
    "safe_text",
    "screen_of",
    "warning",
    "write",
    "write_path",
]

# Characters that change what a terminal shows instead of being shown: C0 and C1 controls, line and paragraph
# separators, bidirectional overrides and isolates, and halves of surrogate pairs (bytes that are not UTF-8).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BLANK = "\t\n\v\f\r\x85\u2028\u2029"
_MAX_WIDTH = 100
_MIN_WIDTH = 30


def _picture(match: re.Match[str]) -> str:
    char = match.group()
    code = ord(char)
    if char in _BLANK:
        return " "
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def safe_text(text: str) -> str:
    """Make text harmless on a terminal, one character for one, so that ranges over it stay true.

    White space becomes a blank, other controls become their picture (`␛`), and what has none becomes `�`.
    """
    return _UNSAFE.sub(_picture, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a file name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def safe_name(name: str) -> str:
    r"""Make a file name or a message harmless on a terminal: `\x1b` for an escape, `\xff` for a stray byte."""
    return _UNSAFE.sub(_escape, name)


@dataclass(frozen=True, slots=True)
class Screen:
    """What one output stream can show. `width` is in columns, bounded so that lines of prose stay readable."""

    colour: bool = False
    links: bool = False
    width: int = 80
    terminal: bool = False

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text

    def bold(self, text: str) -> str:
        """Bold: the words that matched."""
        return self._paint("1", text)

    def underlined(self, text: str) -> str:
        """Underlined: the words that are near in meaning."""
        return self._paint("4", text)

    def dim(self, text: str) -> str:
        """Dim: what stands around the text itself."""
        return self._paint("2", text)

    def path(self, text: str) -> str:
        """Colour of a path."""
        return self._paint("36", text)

    def good(self, text: str) -> str:
        """Colour of something in order."""
        return self._paint("32", text)

    def bad(self, text: str) -> str:
        """Colour of a warning or an error."""
        return self._paint("33", text)

    def link(self, text: str, path: str, fragment: str = "") -> str:
        """Make `text` an OSC 8 hyperlink to a file, where the stream has them and the path is absolute."""
        if not self.links or not os.path.isabs(path):  # noqa: PTH117 - pathlib takes 8 ms to import
            return text
        from socket import gethostname
        from urllib.parse import quote

        target = f"file://{quote(gethostname())}{quote(os.fsencode(path))}"
        target += f"#{quote(fragment, safe='=')}" if fragment else ""
        return f"\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\"


def _wants_colour(terminal: bool, environ: Mapping[str, str]) -> bool:
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return terminal and environ.get("TERM") != "dumb"


def screen_of(stream: TextIO, environ: Mapping[str, str] | None = None) -> Screen:
    """Find out what a stream can show: NO_COLOR wins over FORCE_COLOR, which wins over what the stream is."""
    terminal = stream.isatty()
    environ = caller.environ() if environ is None else environ
    return Screen(
        colour=_wants_colour(terminal, environ),
        links=terminal and environ.get("TERM") != "dumb",
        width=max(_MIN_WIDTH, min(caller.columns(), _MAX_WIDTH)),
        terminal=terminal,
    )


def prepare_streams() -> None:
    """Make the standard streams able to take any text, also where they are closed or know ASCII only."""
    if sys.stdout is None:  # started with the stream closed
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - lives as long as the process
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write(line: str = "") -> None:
    """Write one line of results to standard output; the caller has made it safe."""
    caller.out().write(line + "\n")


def _escape_unless_stray(match: re.Match[str]) -> str:
    return match.group() if 0xDC80 <= ord(match.group()) <= 0xDCFF else _escape(match)


def write_path(path: str, *, null: bool = False) -> None:
    """Write one path for another program to read: its very bytes, with a NUL at its end if asked.

    Without the NUL, and always on a terminal, characters that could break a line or drive a terminal are escaped.
    """
    stream = caller.out()
    if stream.isatty():
        path = safe_name(path)
    elif not null:
        path = _UNSAFE.sub(_escape_unless_stray, path)
    try:
        data = path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # not a file's name but the id of an added document
        data = safe_name(path).encode("utf-8")
    stream.flush()
    stream.buffer.write(data + (b"\0" if null else b"\n"))


def in_short(text: str, room: int = 60) -> str:
    """Return a user's text on one line, and only so many characters of it: for a message that repeats it."""
    line = " ".join(text[: 4 * room].split())
    return safe_name(line if len(line) <= room else line[: room - 1].rstrip() + "…")


def notice(text: str) -> None:
    """Write one line to standard error."""
    caller.err().write(f"{safe_name(text)}\n")


def warning(text: str) -> None:
    """Write one warning line to standard error."""
    screen = screen_of(caller.err())
    caller.err().write(f"{screen.bad('semsearch: warning:')} {safe_name(text)}\n")
