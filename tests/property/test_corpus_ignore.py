"""Git itself is the oracle: random trees of .gitignore files leave out exactly what `git ls-files` leaves out."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest

from semsearch.corpus.files.walk import FoundFile, explain_path, walk
from semsearch.settings import Settings

NAMES = "a|b|foo|bar.txt|x.log|build|docs|a b|[x]|foo.tar.gz|#c|!d|.hid|b\\q|ab".split("|")  # noqa: SIM905 - far shorter
PATTERNS = (  # noqa: SIM905
    "a|b|foo|*.log|build/|/docs|docs/*|!docs/a|**/foo|a/**|a/**/b|!*.log|*|!*/|!x.log|foo/bar.txt|/a/b|"
    "[ab]|[!a]|[a-c]*|?|a\\ b|a b|\\#c|\\!d|*.tar.gz|*.gz|[[]x]|[[:alpha:]]|[^a]?o|fo*o|*o*|/*|!/docs/|"
    "**|a/**/|**/a/b|foo/**/bar.txt|*/foo|*/*/b|.*|!.hid|[x|x\\|b\\\\q|a/|b/ |\\a|/|//|**/|a**b|*b*a*|"
    "docs/**/a|!a/b/|#c|!|[]a]|[a\\]b]|**/**/b|a/*/b|/**/x.log|d*/a|/foo/*|!/foo/bar.txt|a/**b|*/|  a|"
    "b  |\\ |b\\  |*a*b*|[z-a]|[!z-a]|**/**"
).split("|")


def grow(folder: Path, rng: random.Random, depth: int = 0) -> None:
    for name in rng.sample(NAMES, rng.randint(2, 6)):
        path = folder / name
        if depth < 3 and rng.random() < 0.5:
            path.mkdir()
            grow(path, rng, depth + 1)
        else:
            path.write_text("x")
    if rng.random() < (0.9 if depth == 0 else 0.35):
        lines = rng.choices(PATTERNS, k=rng.randint(1, 5))
        (folder / ".gitignore").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("seed", range(int(os.environ.get("SEMSEARCH_FUZZ", "25"))))
def test_leaves_out_what_git_leaves_out(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    rng = random.Random(seed)
    root = tmp_path / "repository"
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    grow(root, rng)
    if rng.random() < 0.3:
        (root / ".git/info").mkdir(exist_ok=True)
        (root / ".git/info/exclude").write_text("\n".join(rng.choices(PATTERNS, k=2)))
    command = ["git", "-C", str(root), "ls-files", "-z", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, check=True).stdout
    expected = sorted(os.fsdecode(name) for name in listed.split(b"\0") if name)

    settings = Settings(hidden=True)
    found = [str(item.path.relative_to(root)) for item in walk(root, settings) if isinstance(item, FoundFile)]

    assert sorted(found) == expected
    for path in root.rglob("*"):
        if path.is_file() and ".git" not in path.relative_to(root).parts:
            why = explain_path(root, path, settings)
            assert (why is None) == (str(path.relative_to(root)) in set(found)), why
