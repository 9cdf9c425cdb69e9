"""With what a hit is opened: the user's editor at its line, or the desktop's program for the file at its page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from shutil import which
from urllib.parse import quote

from semsearch.cli.last_query import OpenPlace
from semsearch.errors import SemsearchError
from semsearch.types.documents import AnchorKind

__all__ = ["editor_command", "for_editor", "run_editor", "show_on_desktop", "split_member", "viewer_command"]

_EDITORS: Mapping[Sequence[str], Sequence[str]] = {
    ("vi", "vim", "nvim", "view", "gvim", "mvim", "vim.basic", "vim.tiny", "nano", "pico"): ("+{line}", "{file}"),
    ("emacs", "emacsclient", "mg", "kak", "joe", "jed", "ne", "micro", "gedit"): ("+{line}", "{file}"),
    ("code", "code-insiders", "code-oss", "codium", "vscodium", "cursor", "windsurf"): ("--goto", "{file}:{line}"),
    ("subl", "sublime_text", "hx", "helix", "zed", "zeditor"): ("{file}:{line}",),
    ("kate", "kwrite", "mate", "idea", "pycharm", "clion", "goland", "webstorm", "rubymine", "phpstorm", "rider"): (
        "--line",
        "{line}",
        "{file}",
    ),
}
"""How a line is passed to an editor, by the editor's name."""
_NO_TEXT = frozenset(["htm", "html", "xhtml", "mht", "mhtml", "epub", "pdf", "ipynb"])
"""What a browser shows better than an editor does, and what nobody reads as text."""
_PLACE = re.compile(r"\{[a-z]+\}")
_WAIT = 2.0
"""Seconds in which a program that cannot open a file says so."""
_ASK_SECONDS = 5.0


def for_editor(place: OpenPlace) -> bool:
    """Whether a hit is text that an editor shows: its passage has lines."""
    return place.anchor.kind is AnchorKind.LINE and place.type.lower() not in _NO_TEXT


def split_member(path: str) -> tuple[str, str]:
    """Split `archive.zip!/folder/file` into the file on disk and what is to be looked for in it, if anything."""
    at = path.find("!/")
    while at >= 0:
        if Path(path[:at]).is_file():
            return path[:at], path[at + 2 :]
        at = path.find("!/", at + 1)
    return path, ""


def editor_command(editor: str, file: str, line: int) -> list[str]:
    """Return how an editor, as $EDITOR has it, opens a file at a line; one that is not known opens just the file."""
    try:
        words = shlex.split(editor)
    except ValueError as error:
        raise SemsearchError(f"$VISUAL or $EDITOR cannot be understood ({error}): {editor}") from None
    if not words:
        raise SemsearchError("$VISUAL or $EDITOR is blank; name an editor there, or see where it is with --print")
    name = Path(words[0]).name.lower().removesuffix(".exe")
    form = next((form for names, form in _EDITORS.items() if name in names), ("{file}",))
    return [*words, *_filled(form, {"{line}": str(line), "{file}": file})]


def run_editor(environ: Mapping[str, str], file: str, line: int) -> None:
    """Open a file in the user's editor, and wait for it. Raises SemsearchError where there is none, or it fails."""
    editor = environ.get("VISUAL") or environ.get("EDITOR")
    if not editor:
        raise SemsearchError("no editor: set $VISUAL or $EDITOR (to vim, nano, 'code --wait', ...), or use --print")
    command = editor_command(editor, file, line)
    try:
        code = subprocess.run(command, check=False).returncode
    except OSError as error:
        raise SemsearchError(
            f"the editor {command[0]} cannot be run ({error.strerror}); set $VISUAL or $EDITOR"
        ) from None
    if code:
        raise SemsearchError(f"the editor {command[0]} ended with {code}")


_VIEWERS: Mapping[str, Sequence[str]] = {
    "evince": ("evince", "--page-index={page}", "{file}"),
    "papers": ("papers", "--page-index={page}", "{file}"),
    "atril": ("atril", "--page-index={page}", "{file}"),
    "xreader": ("xreader", "--page-index={page}", "{file}"),
    "okular": ("okular", "--page", "{page}", "{file}"),
    "zathura": ("zathura", "--page={page}", "{file}"),
    "sioyek": ("sioyek", "--page", "{page}", "{file}"),
    "mupdf": ("mupdf", "{file}", "{page}"),
    "qpdfview": ("qpdfview", "{file}#{page}"),
    "firefox": ("firefox", "{url}#page={page}"),
    "chromium": ("chromium", "{url}#page={page}"),
    "google-chrome": ("google-chrome", "{url}#page={page}"),
}
"""By a part of the name of its desktop entry: a viewer of PDF, and how it opens a page."""


def viewer_command(entry: str, file: str, page: int, find: Callable[[str], str | None] = which) -> list[str] | None:
    """Return how the viewer of a desktop entry (`org.gnome.Evince.desktop`) opens a page; None for one not known."""
    for part, (program, *arguments) in _VIEWERS.items():
        if part in entry.lower() and (found := find(program)):
            url = f"file://{quote(os.fsencode(file))}"
            return [found, *_filled(arguments, {"{page}": str(page), "{file}": file, "{url}": url})]
    return None


def _filled(form: Sequence[str], values: Mapping[str, str]) -> list[str]:
    return [_PLACE.sub(lambda match: values[match.group()], part) for part in form]


def show_on_desktop(file: str, page: int = 0) -> bool:
    """Open a file with the desktop's program for it; return whether it opens at the page, where there is one.

    Raises SemsearchError where there is no desktop, or its program fails at once.
    """
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    command = viewer_command(_default_viewer(), file, page) if page and opener == "xdg-open" else None
    paged = command is not None
    if command is None:
        if which(opener) is None:
            raise SemsearchError(f"no desktop here: {opener} is not installed; --print shows where the hit is")
        command = [opener, file]
    quiet = subprocess.DEVNULL
    try:
        running = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
    except OSError as error:
        raise SemsearchError(f"{command[0]} cannot be run ({error.strerror})") from None
    _fail_early(running, command[0])
    return paged


def _fail_early(running: subprocess.Popen[bytes], name: str) -> None:
    """Wait for a program that ends at once; one that stays open is left alone."""
    try:
        code = running.wait(_WAIT)
    except subprocess.TimeoutExpired:
        running.returncode = 0  # it goes on without us, which is no reason for a warning
        return
    if code:
        raise SemsearchError(f"{name} could not open it (it ended with {code}); --print shows where the hit is")


def _default_viewer() -> str:
    """Return the desktop entry that opens PDF here, or nothing."""
    if which("xdg-mime") is None:
        return ""
    command: Sequence[str] = ["xdg-mime", "query", "default", "application/pdf"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError, ValueError):
        return ""
    return done.stdout.strip()
