"""An environment for each peer, made by pip with pinned versions; what all of them share is installed once.

torch takes most of a gigabyte, so it and sentence-transformers lie in `stack`, which the environments of the peers
see behind their own packages. pip counts it as installed, and puts another version in front where a peer needs one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.benchmarks.peers import processes
from tests.benchmarks.peers.processes import Failed, undisturbed
from tests.benchmarks.peers.systems import STACK, System, digest, stack_constraints

OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "SEMSEARCH_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "LANCEDB_TELEMETRY": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "NO_COLOR": "1",
}


class Environments:
    """The folder of the environments; one without its stamp was not finished and is made anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._failed: dict[str, Failed] = {}

    def python(self, system: System) -> Path:
        """Return the interpreter of a system, installing what is missing. Raises Failed with the reason."""
        if system.requirements is None:
            return Path(sys.executable)
        stack = self.made("stack", STACK, stack_constraints())
        if not system.requirements:
            return stack
        return self.made(system.name, system.requirements, system.constraints, stack)

    def ready(self, system: System) -> bool:
        """Return whether nothing is left to install for a system."""
        if system.requirements is None:
            return True
        return (self.folder / (system.name if system.requirements else "stack") / "installed").is_file()

    def remove(self, system: System) -> None:
        """Let an environment be made anew."""
        if system.requirements:
            shutil.rmtree(self.folder / system.name, ignore_errors=True)

    def made(self, name: str, wanted: tuple[str, ...], constraints: Path, behind: Path | None = None) -> Path:
        """Return the interpreter of an environment with `wanted`, its packages before those of another one.

        Raises Failed, and again at once when it is asked for again.
        """
        if name in self._failed:
            raise self._failed[name]
        folder = self.folder / name
        python = folder / "bin" / "python"
        stamp = folder / "installed"
        known = digest([stack_constraints(), constraints]) + f" {sys.version_info[:2]} {' '.join(wanted)}"
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == known and python.exists():
            return python
        print(f"installing {name}", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, symlinks=True)
        if behind is not None:
            _site(folder).joinpath("stack.pth").write_text(f"{_site(behind.parents[1])}\n", encoding="utf-8")
        try:
            _install(python, wanted, [stack_constraints(), constraints])
        except Failed as error:
            self._failed[name] = error
            raise
        stamp.write_text(known, encoding="utf-8")
        return python


def _site(folder: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": os.fspath(folder), "platbase": os.fspath(folder)}))


def _install(python: Path, wanted: tuple[str, ...], constraints: list[Path]) -> None:
    """Call this environment's pip for another one. Raises Failed with the last error it printed."""
    log = python.parents[1] / "pip.log"
    command = [sys.executable, "-m", "pip", "--python", os.fspath(python), "install", "-qq", "--progress-bar", "off"]
    command += ["--log", os.fspath(log)]
    for file in dict.fromkeys(constraints):
        command += ["-c", os.fspath(file)]
    if processes.run_alone([*command, *wanted], undisturbed(PIP_DISABLE_PIP_VERSION_CHECK="1")):
        raise Failed(f"pip could not install it: {_reason(log)}")


def _reason(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "it printed nothing"
    found = (line.split("ERROR: ", 1)[1] for line in reversed(lines) if "ERROR: " in line)
    return " ".join(next(found, "see pip's log").split())[:200]


def packages(python: Path) -> str:
    """Return what is installed, as constraints: how the files in `constraints` were made."""
    command = [sys.executable, "-m", "pip", "--python", os.fspath(python), "freeze"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
