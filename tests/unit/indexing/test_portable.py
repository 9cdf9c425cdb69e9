"""Indexing imports no Unix-only module: on Windows files are parsed in the process itself."""

from __future__ import annotations

import subprocess
import sys

_WITHOUT = """
import sys

for name in ("fcntl", "resource", "grp", "pwd", "termios"):
    sys.modules[name] = None
import semsearch.api.planning
import semsearch.indexing.run
"""


def test_indexing_needs_no_unix_only_module() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
