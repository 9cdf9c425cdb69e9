"""The command line as a user meets it: a process of its own, and one small index that is built once."""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from semsearch.cli.main import main

BREAD = "Knead the dough for ten minutes, let it rise until it has doubled, and bake it at 230 degrees"
SOUP = "Cut the carrots and the leek, fry them in butter, and let them simmer in vegetable broth."
CODE = '''"""Counting apples."""


def harvest(trees: int) -> int:
    """Return how many apples are picked from the trees."""
    return trees * 120
'''
BACKUP = """# Keeping copies

Everything in this house that was ever written down is kept twice, and the second time in another building.
The first copy is made every night at half past two, when nobody works and the network is quiet.
It goes to the grey box under the stairs, which holds the last fourteen nights and lets go of the oldest one.
The second copy is made on Sunday morning and is carried across the street in a padded envelope.
Photographs are copied once more, since they cannot be written again, onto discs that are stored upright.
Mail is not copied at all, for the company that delivers it keeps it longer than anybody here wants to remember.
Whoever adds a new machine writes its name on the sheet beside the door and tells the night job about it.
The sheet is read aloud on the first of the month, and a name that nobody knows is crossed out in pencil.
A copy that was never read back is a hope and not a copy, so every quarter somebody picks a file by lot.
The lot is drawn from a hat with paper slips, which is slow and fair and remembered by everyone afterwards.
Costs are shared by floor area, rounded up, and paid in spring together with the insurance for the roof.
Questions go to the person whose turn it is; the turn changes with the moon and is chalked on the wall.

## Restoring after a disk failure

Attach the external drive, run the restore script as root, and wait until every volume has been copied back.
Then compare the checksums of the restored files with the list that was written on the day of the backup.
"""
FILES = {
    "backup.md": BACKUP,
    "recipes/bread.txt": f"{BREAD}.\n",
    "recipes/soup.txt": f"{SOUP}\n",
    "orchard.py": CODE,
    "bread-copy.txt": f"{BREAD}\n\n",
}


@dataclass(frozen=True)
class Done:
    """What a finished run left."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Workplace:
    """A user with a data folder of their own, a corpus, and no settings but the test's."""

    root: Path
    corpus: Path

    def call(self, *args: str | Path, stdin: str | bytes = b"", cwd: Path | None = None, **environ: str | None) -> Done:
        """Run the command in this process: as `run`, but without the time that a new one takes to start."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        with ExitStack() as restored:
            patch = restored.enter_context(pytest.MonkeyPatch.context())
            restored.enter_context(warnings.catch_warnings())
            for name in set(os.environ) - set(self.environ(environ)):
                patch.delenv(name)
            for name, value in self.environ(environ).items():
                patch.setenv(name, value)
            patch.chdir(cwd or self.corpus)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", err)
            done = restored.enter_context(pytest.raises(SystemExit))
            main([str(arg) for arg in args])
        code = done.value.code
        assert isinstance(code, int)
        return Done(code, *(_text(stream.buffer.getvalue()) for stream in (out, err)))  # type: ignore[attr-defined]

    def environ(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SEMSEARCH_") or k == "SEMSEARCH_CACHE"}
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONUNBUFFERED"):
            kept.pop(name, None)
        kept |= {"SEMSEARCH_DATA": str(self.root / "data"), "SEMSEARCH_CONFIG": str(self.root / "config.toml")}
        kept |= {"TERM": "xterm-256color"}
        return {k: v for k, v in {**kept, **changes}.items() if v is not None}

    def run(self, *args: str | Path, stdin: str | bytes = b"", cwd: Path | None = None, **environ: str | None) -> Done:
        """Run the command in a process of its own, without a terminal."""
        done = subprocess.run(
            [sys.executable, "-m", "semsearch", *map(str, args)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            check=False,
            cwd=cwd or self.corpus,
            env=self.environ(environ),
            timeout=240,
        )
        return Done(done.returncode, _text(done.stdout), _text(done.stderr))

    def run_on_terminal(self, *args: str | Path, cwd: Path | None = None, **environ: str | None) -> Done:
        """Run the command with standard output and standard error on two terminals of 80 columns."""
        (out, out_end), (err, err_end) = pty.openpty(), pty.openpty()
        for end in (out_end, err_end):
            fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        process = subprocess.Popen(
            [sys.executable, "-m", "semsearch", *map(str, args)],
            stdin=subprocess.DEVNULL,
            stdout=out_end,
            stderr=err_end,
            cwd=cwd or self.corpus,
            env=self.environ(environ),
        )
        os.close(out_end)
        os.close(err_end)
        shown = _drain(out, err)
        return Done(process.wait(60), _text(shown[out]), _text(shown[err]))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _drain(*ends: int) -> dict[int, bytes]:
    shown = dict.fromkeys(ends, b"")
    waiting = list(ends)
    while waiting:
        for end in select.select(waiting, [], [])[0]:
            try:
                data = os.read(end, 65536)
            except OSError:  # the other side has closed
                data = b""
            shown[end] += data
            if not data:
                waiting.remove(end)
                os.close(end)
    return shown


def _make(root: Path) -> Workplace:
    corpus = root / "corpus"
    for name, text in FILES.items():
        file = corpus / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return Workplace(root, corpus)


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    """A user without an index."""
    return _make(tmp_path)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """A user with an index of the corpus, made with the default model; tests only read it."""
    place = _make(tmp_path_factory.mktemp("shared"))
    done = place.run("index", ".")
    assert done.code == 0, done.err
    return place
