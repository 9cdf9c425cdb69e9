"""`make dist`: wheel and sdist, installed by pip, pipx and uv into empty environments and used as a newcomer does."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
CONSTRAINTS = ROOT / "constraints.txt"
OLDER = ("format-1", "format-2")
"""The indexes of the versions before."""
QUESTION = "toast turned stringy inside with a fruity stink"


def main() -> None:
    """Build, install in every way that was asked for, and follow the first commands of the README each time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with", dest="ways", action="append", choices=tuple(WAYS), help="this way only (repeatable)")
    ways = parser.parse_args().ways or list(WAYS)
    wheel, sdist = build()
    say(f"built {wheel.name} ({kilobytes(wheel)} kB) and {sdist.name} ({kilobytes(sdist)} kB)")
    for way in ways:
        with tempfile.TemporaryDirectory(prefix="semsearch-dist-") as folder:
            place, began = Path(folder), time.monotonic()
            command = WAYS[way](place, sdist if way == "pip-sdist" else wheel)
            seconds, megabytes = time.monotonic() - began, size(place) / 1e6
            follow(command, place)
            if gpu := [path.name for path in place.rglob("nvidia*") if path.is_dir()]:
                sys.exit(f"{way} took torch with libraries for GPUs: {gpu[0]}")
            say(f"{way}: {seconds:.0f} s, {megabytes:,.0f} MB, the first commands and {len(OLDER)} older indexes")


def build() -> tuple[Path, Path]:
    """Make both files in `dist/`, which is emptied before, from what git knows and nothing else."""
    shutil.rmtree(DIST, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        listed = run(["git", "ls-files", "-z"], cwd=ROOT).split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, Path(folder) / name)
        for hook in ("build_sdist", "build_wheel"):
            code = f"from setuptools import build_meta; build_meta.{hook}({os.fspath(DIST)!r})"
            run([sys.executable, "-c", code], cwd=Path(folder))
    return next(DIST.glob("*.whl")), next(DIST.glob("*.tar.gz"))


def by_pip(place: Path, package: Path) -> Path:
    """Install by pip into a new virtual environment."""
    run([sys.executable, "-m", "venv", os.fspath(place / "env")])
    run([os.fspath(place / "env/bin/python"), "-m", "pip", "install", "-q", "-c", CONSTRAINTS, package])
    return place / "env/bin/semsearch"


def by_pipx(place: Path, package: Path) -> Path:
    """Install by pipx, whose environments and commands lie below `place`."""
    homes = {name: os.fspath(place / name.lower()) for name in ("PIPX_HOME", "PIPX_BIN_DIR", "PIPX_MAN_DIR")}
    told = f"--pip-args=--constraint={CONSTRAINTS}"
    run([sys.executable, "-m", "pipx", "install", "--python", sys.executable, told, package], **homes, **small_torch())
    return place / "pipx_bin_dir/semsearch"


def by_uv(place: Path, package: Path) -> Path:
    """Install by uv."""
    uv = [sys.executable, "-m", "uv"]
    python = place / "env/bin/python"
    run([*uv, "venv", "-q", "--python", sys.executable, place / "env"])
    run([*uv, "pip", "install", "-q", "--python", python, "-c", CONSTRAINTS, package], **small_torch())
    return place / "env/bin/semsearch"


def small_torch() -> dict[str, str]:
    """Return what makes uv, which pipx runs where it finds it, take torch's build for the processor alone.

    Where pip is told of a folder of wheels, that is where its torch lies.
    """
    wheels = os.environ.get("PIP_FIND_LINKS", "")
    return {"UV_FIND_LINKS": wheels} if wheels else {"UV_TORCH_BACKEND": "cpu"}


WAYS: Mapping[str, Callable[[Path, Path], Path]] = {
    "pip": by_pip,
    "pip-sdist": by_pip,
    "pipx": by_pipx,
    "uv": by_uv,
}


def follow(semsearch: Path, place: Path) -> None:
    """Do what the README does first, where the checkout is not, and open the indexes of the versions before."""
    docs, index = place / "docs", place / "index"
    shutil.copytree(ROOT / "sample_corpus/docs/kitchen", docs)
    data = {"SEMSEARCH_DATA": os.fspath(place / "data")}
    run([semsearch, "index", "--index", index, docs], cwd=place, **data)
    expect(run([semsearch, "query", "--no-daemon", "--index", index, QUESTION], cwd=place, **data), r"^ *1\b")
    summary = [semsearch, "query", "--no-daemon", "--summarize", "--index", index, QUESTION]
    expect(run(summary, cwd=place, **data), r"\[1\]")
    for name in OLDER:
        older = shutil.copytree(ROOT / "indexes" / name, place / name)
        expect(run([semsearch, "status", "--index", older], cwd=place, **data), r"passages")
        run([semsearch, "query", "--no-daemon", "--no-floor", "--index", older, "key"], cwd=place, **data)


def expect(told: str, pattern: str) -> None:
    """End with what was told where it does not hold the pattern."""
    if not re.search(pattern, told, re.MULTILINE):
        sys.exit(f"no {pattern!r} in:\n{told}")


def run(command: list[str | Path], cwd: Path | None = None, **more: str) -> str:
    """Run a program without this environment's PYTHONPATH; end with its last lines when it fails."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    words = [os.fspath(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment | more, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def size(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def say(line: str) -> None:
    """Print a line at once: the next may take minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def kilobytes(path: Path) -> int:
    """Return the size of a file."""
    return round(path.stat().st_size / 1e3)


if __name__ == "__main__":
    main()
