"""Folders and files made by tools are recognized by their signs; a user's folder of the same name is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from semsearch.corpus.files.walk import FoundFile, LeftOut, explain_path, folders, walk
from semsearch.settings import Settings
from tests.unit.corpus.files.test_walk import names, put

TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# made by a test\n"


def left_out(root: Path, settings: Settings | None = None) -> dict[str, str]:
    items = walk(root, settings or Settings())
    return {
        os.path.relpath(i.path, root) + "/" * i.path.endswith("/"): i.reason for i in items if isinstance(i, LeftOut)
    }


@pytest.mark.parametrize(
    ("signs", "folder"),
    [
        (["package.json"], "node_modules"),
        (["node_modules/.package-lock.json"], "node_modules"),
        (["Cargo.toml"], "target"),
        (["pom.xml"], "target"),
        (["build.gradle.kts"], "build"),
        (["go.mod", "vendor/modules.txt"], "vendor"),
        (["composer.json", "vendor/autoload.php"], "vendor"),
        (["Podfile"], "Pods"),
        (["App.xcodeproj/project.pbxproj"], "DerivedData"),
        (["App.csproj", "obj/project.assets.json"], "obj"),
        (["mix.exs"], "deps"),
        (["conf.py"], "_build"),
        (["build/CMakeCache.txt"], "build"),
        (["env/pyvenv.cfg"], "env"),
        (["coverage/lcov-report/index.html", "package.json"], "coverage"),
        ([], "__pycache__"),
        ([], "bower_components"),
        ([], ".tox"),
        (["package.json"], ".next"),
    ],
)
def test_a_folder_with_its_sign_is_left_out(tmp_path: Path, signs: list[str], folder: str) -> None:
    put(
        tmp_path,
        f"p/{folder}/a/readme.md",
        f"p/{folder}/b.md",
        "p/mine.md",
        "other/target/c.md",
        *(f"p/{s}" for s in signs),
    )
    hidden = Settings(hidden=True)
    found = names(tmp_path, hidden)
    assert not [name for name in found if f"/{folder}/" in name and name.startswith("p/")]
    assert {"p/mine.md", "other/target/c.md"} <= set(found)
    [(path, reason)] = left_out(tmp_path, hidden).items()
    assert path == f"p/{folder}/"
    assert reason.startswith("made by a tool")
    assert (explain_path(tmp_path, tmp_path / "p" / folder / "a" / "readme.md", hidden) or "").startswith(reason)
    assert f"p/{folder}/b.md" in names(tmp_path, Settings(hidden=True, ignore_files=False))


def test_folders_without_their_signs_are_read(tmp_path: Path) -> None:
    mine = [f"{name}/a.md" for name in ("target", "build", "vendor", "bin", "obj", "dist", "deps", "coverage", "env")]
    mine += ["node_modules/a.md", "_build/a.md", "Pods/a.md", "cache/CACHEDIR.TAG", "cache/a.md"]
    put(tmp_path, *mine)
    put(tmp_path, "js/package.json", "js/vendor/a.md", "js/build/a.md", "go/go.mod", "go/vendor/a.md", "rs/Cargo.toml")
    put(tmp_path, "rs/src/target/a.md", "app/App.csproj", "app/bin/run.md", "cs/CMakeLists.txt", "cs/CMakeCache.txt")
    assert set(mine) <= set(names(tmp_path))
    assert left_out(tmp_path) == {}


def test_a_cache_is_recognized_by_the_content_of_its_tag(tmp_path: Path) -> None:
    put(tmp_path, "a/CACHEDIR.TAG", text=TAG)
    put(tmp_path, "a/b/c.md", "link/c.md", "fifo/c.md", "folder/CACHEDIR.TAG/c.md")
    (tmp_path / "link" / "CACHEDIR.TAG").symlink_to(tmp_path / "a" / "CACHEDIR.TAG")
    os.mkfifo(tmp_path / "fifo" / "CACHEDIR.TAG")
    assert names(tmp_path) == ["fifo/c.md", "folder/CACHEDIR.TAG/c.md", "link/c.md"]
    assert left_out(tmp_path) == {"a/": "made by a tool: a cache with CACHEDIR.TAG"}
    assert explain_path(tmp_path, tmp_path / "a" / "b" / "c.md", Settings()) == (
        "made by a tool: a cache with CACHEDIR.TAG: a"
    )
    assert str(tmp_path / "a") not in set(folders(tmp_path, Settings())), "nor is it watched"


def test_a_named_root_is_read(tmp_path: Path) -> None:
    put(tmp_path, "package.json", "node_modules/a/readme.md", "node_modules/a/package.json", "node_modules/yarn.lock")
    put(tmp_path, "node_modules/a/node_modules/b/readme.md", "cache/a.md")
    put(tmp_path, "cache/CACHEDIR.TAG", text=TAG)
    assert names(tmp_path / "node_modules" / "a") == ["package.json", "readme.md"]
    assert "a.md" in names(tmp_path / "cache")
    [found] = walk(tmp_path / "node_modules" / "yarn.lock", Settings())
    assert isinstance(found, FoundFile)


def test_a_negated_rule_includes_them(tmp_path: Path) -> None:
    put(tmp_path, "package.json", "yarn.lock", "node_modules/a.md", "node_modules/b/__pycache__/c.md", "env/pyvenv.cfg")
    put(tmp_path, "env/d.md")
    put(tmp_path, ".semsearchignore", text="!node_modules\n!env/\n!yarn.lock\n")
    assert names(tmp_path) == ["env/d.md", "env/pyvenv.cfg", "node_modules/a.md", "package.json", "yarn.lock"]
    put(tmp_path, ".semsearchignore", text="node_modules\nyarn.lock\nenv\n")
    assert left_out(tmp_path) == {}, "what a rule leaves out is not told"


@pytest.mark.parametrize(
    "name", ["package-lock.json", "Cargo.lock", "go.sum", "app.min.js", "app.min.css", "app.js.map"]
)
def test_lock_files_and_bundles(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "lock.md", "min.js", "map.js", "my.lock")
    assert names(tmp_path) == ["lock.md", "map.js", "min.js", "my.lock"]
    assert list(left_out(tmp_path)) == [name]
    assert str(explain_path(tmp_path, tmp_path / name, Settings())).startswith("made by a tool")
