"""Record the terminal at the top of the README: real commands over the sample corpus, as they look, in one SVG.

`python -m tests.benchmarks.terminal_picture` writes docs/plots/terminal.svg.
"""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "plots" / "terminal.svg"
COLUMNS = 88
COMMANDS = (
    ("index", "notes"),
    ("query", "-k", "2", "toast turned stringy inside with a fruity stink"),
    ("query", "-l", "-k", "3", "--in", "notes/bees", "signs that a beehive has lost its monarch"),
    ("query", "price of a used violin in Lisbon"),
)
_START = "import sys; from semsearch.__main__ import main; sys.argv[0] = 'semsearch'; main()"


def recorded(args: tuple[str, ...], folder: Path) -> str:
    """Run a command in a terminal of its own and return what it shows."""
    environ = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "SEMSEARCH_DATA": str(folder / "data"),
        "COLUMNS": str(COLUMNS),
        "TERM": "xterm-256color",
    }
    outer, inner = pty.openpty()
    subprocess.run(["stty", "cols", str(COLUMNS), "rows", "50"], stdin=inner, check=True)
    command = [sys.executable, "-c", _START, *args]
    with subprocess.Popen(command, cwd=folder, env=environ, stdin=inner, stdout=inner, stderr=inner) as process:
        os.close(inner)
        pieces = []
        while True:
            try:
                piece = os.read(outer, 65536)
            except OSError:  # the terminal is closed
                break
            if not piece:
                break
            pieces.append(piece)
    os.close(outer)
    text = b"".join(pieces).decode("utf-8").replace("\r\n", "\n")
    if process.returncode not in (0, 1):
        sys.exit(text)
    return "\n".join(line.rpartition("\r")[2] if "\x1b[K" not in line else _last(line) for line in text.split("\n"))


def _last(line: str) -> str:
    """Return what stays of a line that a progress bar has written over."""
    return line.rpartition("\x1b[K")[2].rpartition("\r")[2]


def main() -> None:
    console = Console(record=True, width=COLUMNS, file=StringIO())
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(ROOT / "sample_corpus" / "docs", folder / "notes")
        for args in COMMANDS:
            shown = " ".join(f'"{arg}"' if " " in arg else arg for arg in args)
            console.print(Text(f"$ semsearch {shown}", style="bold green"))
            console.print(Text.from_ansi(recorded(args, folder).strip("\n").replace(place, "~")))
            console.print()
    picture = console.export_svg(title="semsearch")
    picture = re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)  # nothing is fetched to look at it
    OUT.write_text(re.sub(r"\s*<!--.*?-->", "", picture, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main()
