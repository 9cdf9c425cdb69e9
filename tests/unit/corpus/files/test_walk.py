"""Walks over real folders: which files are found, in which order, and why others are not."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from semsearch.corpus.files.walk import FoundFile, Lookup, explain_path, folders, walk
from semsearch.settings import Settings
from semsearch.types.documents import Skipped


@pytest.fixture(autouse=True)
def _no_user_excludes(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    home = str(tmp_path_factory.mktemp("home"))
    monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)


def put(root: Path, *names: str, text: str = "x") -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def names(root: Path, settings: Settings | None = None, exclude: Sequence[Path] = ()) -> list[str]:
    """Return the result of a walk, after checking that explain_path and folders agree with it."""
    settings = settings or Settings()
    items = list(walk(root, settings, exclude=exclude))
    found = [str(item.path.relative_to(root)) for item in items if isinstance(item, FoundFile)]
    if not exclude:
        lookup, entered = Lookup(root, settings), set(folders(root, settings))
        for folder, _, files in os.walk(root):
            assert (folder in entered) == (lookup.reason(folder) == "a folder")
            for file in files:
                path = Path(folder, file)
                assert lookup.reason(path) == explain_path(root, path, settings)
                assert (explain_path(root, path, settings) is None) == (str(path.relative_to(root)) in found)
    return found


def test_the_order_is_by_name_folder_by_folder(tmp_path: Path) -> None:
    put(tmp_path, "b.txt", "a/z.txt", "a/b/c.txt", "a.txt", "B.txt", "a/1.txt")
    assert names(tmp_path) == ["B.txt", "a/1.txt", "a/b/c.txt", "a/z.txt", "a.txt", "b.txt"]


def test_a_found_file_has_its_size_times_and_inode(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", text="twelve bytes")
    [found] = walk(tmp_path, Settings())
    status = (tmp_path / "a.txt").stat()
    assert found == FoundFile(tmp_path / "a.txt", 12, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def test_hidden_entries_need_the_setting_and_version_control_never_shows(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", ".b.txt", ".c/d.txt", ".git/config", ".hg/x", "sub/.git")
    assert names(tmp_path) == ["a.txt"]
    assert names(tmp_path, Settings(hidden=True)) == [".b.txt", ".c/d.txt", "a.txt"]


def test_gitignore_counts_in_a_repository_only_and_the_others_everywhere(tmp_path: Path) -> None:
    put(tmp_path, "a.log", "b.tmp", "c.bak", "d.txt")
    put(tmp_path, ".gitignore", text="*.log\n")
    put(tmp_path, ".ignore", text="*.tmp\n")
    put(tmp_path, ".semsearchignore", text="*.bak\n")
    assert names(tmp_path) == ["a.log", "d.txt"]
    (tmp_path / ".git").mkdir()
    assert names(tmp_path) == ["d.txt"]
    assert names(tmp_path, Settings(ignore_files=False)) == ["a.log", "b.tmp", "c.bak", "d.txt"]


def test_own_ignore_file_beats_ignore_beats_gitignore_at_any_depth(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    put(tmp_path, "sub/a.log", "sub/b.log", "sub/c.log")
    put(tmp_path, ".semsearchignore", text="!a.log\n")
    put(tmp_path, ".ignore", text="!b.log\n")
    put(tmp_path, "sub/.ignore", text="a.log\n")
    put(tmp_path, "sub/.gitignore", text="*.log\n")
    assert names(tmp_path) == ["sub/a.log", "sub/b.log"]


def test_a_deeper_file_decides_and_a_negated_rule_shows_a_hidden_entry(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    put(tmp_path, "a.log", "sub/a.log", ".config/x.txt", "build/a.txt", "deep/build/a.txt")
    put(tmp_path, ".gitignore", text="*.log\n/build/\n!.config\n")
    put(tmp_path, "sub/.gitignore", text="!a.log\n")
    assert names(tmp_path) == [".config/x.txt", "deep/build/a.txt", "sub/a.log"]


def test_rules_above_the_root_count_up_to_the_repository(tmp_path: Path) -> None:
    put(tmp_path, "outer/repo/docs/a.log", "outer/repo/docs/b.txt", "outer/repo/docs/c.tmp", "outer/repo/docs/d.md")
    (tmp_path / "outer/repo/.git").mkdir()
    put(tmp_path, "outer/.gitignore", text="*.md\n")
    put(tmp_path, "outer/repo/.gitignore", text="*.log\ndocs/\n")
    put(tmp_path, "outer/repo/.git/info/exclude", text="c.*\n")
    # docs/ itself was asked for, so the rule that leaves it out does not count
    assert names(tmp_path / "outer/repo/docs") == ["b.txt", "d.md"]


def test_rules_start_again_in_a_nested_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    put(tmp_path, ".gitignore", text="*.log\n")
    put(tmp_path, "inner/a.log", "inner/.git/HEAD", "a.log")
    assert names(tmp_path) == ["inner/a.log"]


@pytest.mark.parametrize("place", [".config/git/ignore", "own"])
def test_the_users_global_excludes(tmp_path: Path, place: str) -> None:
    home = Path(os.environ["HOME"])
    put(home, place, text="*.swp\n")
    if place == "own":
        put(home, ".gitconfig", text='[core]\n\texcludesFile = "~/own"\n')
    (tmp_path / ".git").mkdir()
    put(tmp_path, "a.swp", "b.txt")
    assert names(tmp_path) == ["b.txt"]


def test_links_are_not_followed_except_the_root(tmp_path: Path) -> None:
    put(tmp_path, "real/a.txt", "outside/b.txt")
    root = tmp_path / "real"
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(root / "a.txt")
    (root / "broken").symlink_to("nowhere")
    assert names(root) == ["a.txt"]
    assert explain_path(root, root / "loop", Settings()) == "symbolic link: loop"
    assert explain_path(root, root / "out/b.txt", Settings()) == "symbolic link: out"
    (tmp_path / "link").symlink_to(root)
    assert names(tmp_path / "link") == ["a.txt"]


def test_fifos_and_sockets_are_skipped(tmp_path: Path) -> None:
    put(tmp_path, "a.txt")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket"))
        assert names(tmp_path) == ["a.txt"]
    assert explain_path(tmp_path, tmp_path / "fifo", Settings()) == "not a regular file"
    assert list(walk(tmp_path / "fifo", Settings())) == [Skipped(str(tmp_path / "fifo"), "not a regular file")]


def test_a_root_may_be_a_file_whatever_its_name(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.log")
    put(tmp_path, ".ignore", text="*.log\n")
    [found] = walk(tmp_path / ".hidden.log", Settings())
    assert isinstance(found, FoundFile)
    assert found.path == tmp_path / ".hidden.log"


def test_a_missing_root_is_reported(tmp_path: Path) -> None:
    [skipped] = walk(tmp_path / "gone", Settings())
    assert skipped == Skipped(str(tmp_path / "gone"), "no such file or directory")


@contextmanager
def nested(root: Path, name: str, depth: int) -> Iterator[None]:
    """Change into the deepest of `depth` nested folders of one name; they are removed at the end."""
    with chdir(root):
        for _ in range(depth):
            Path(name).mkdir()
            os.chdir(name)
        yield
        for file in Path().iterdir():
            file.unlink()
        for _ in range(depth):
            os.chdir("..")
            Path(name).rmdir()


def test_an_unreadable_folder_is_reported(tmp_path: Path) -> None:
    # A path longer than the system takes cannot be listed, not even by root, who may read every folder.
    put(tmp_path, "a.txt", "z.txt")
    with nested(tmp_path, "d" * 250, 20):
        items = list(walk(tmp_path, Settings()))
    assert [item.path.name for item in items if isinstance(item, FoundFile)] == ["a.txt", "z.txt"]
    [skipped] = [item for item in items if isinstance(item, Skipped)]
    assert skipped.reason == "file name too long"


def test_a_name_that_is_not_utf8_is_found(tmp_path: Path) -> None:
    bad = os.fsencode(tmp_path) + b"/caf\xe9.txt"
    try:
        os.close(os.open(bad, os.O_CREAT | os.O_WRONLY))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    [found] = walk(tmp_path, Settings())
    assert isinstance(found, FoundFile)
    assert os.fsencode(found.path) == bad
    assert explain_path(tmp_path, Path(os.fsdecode(bad)), Settings()) is None


def test_indexes_and_excluded_paths_are_skipped(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "index/catalog.sqlite", "index/notes.txt", "out/b.txt", "c.txt")
    assert names(tmp_path) == ["a.txt", "c.txt", "out/b.txt"]
    assert names(tmp_path, exclude=[tmp_path / "out", tmp_path / "c.txt"]) == ["a.txt"]
    (tmp_path / "index/link").symlink_to(tmp_path)
    assert names(tmp_path, exclude=[tmp_path / "index/link/out"]) == ["a.txt", "c.txt"]
    reason = explain_path(tmp_path, tmp_path / "index/notes.txt", Settings())
    assert reason == f"part of an index: {tmp_path}/index"


def test_folders_nested_deeper_than_python_recurses(tmp_path: Path) -> None:
    with nested(tmp_path, "d", 1500):
        Path("a.txt").write_text("x")
        [found] = walk(tmp_path, Settings())
    assert isinstance(found, FoundFile)
    assert found.path.name == "a.txt"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("docs/a.log", "ignored by docs/.gitignore:2 `*.log`"),
        ("build/x/a.txt", "ignored by .gitignore:1 `build/`"),
        (".cache/a.txt", "hidden: .cache"),
        ("docs/.a.txt", "hidden: .a.txt"),
        ("gone.txt", "does not exist"),
        ("docs", "a folder"),
        (".git/config", "version control: .git"),
        ("../other.txt", "not below {root}"),
        ("docs/a.txt", None),
    ],
)
def test_why_a_file_is_not_found(tmp_path: Path, path: str, reason: str | None) -> None:
    root = tmp_path / "root"
    put(tmp_path, "other.txt")
    put(root, "docs/a.log", "docs/a.txt", "docs/.a.txt", "build/x/a.txt", ".cache/a.txt", ".git/config")
    put(root, ".gitignore", text="build/\n")
    put(root, "docs/.gitignore", text="# logs\n*.log\n")
    expected = reason.format(root=root) if reason else None
    assert explain_path(root, root / path, Settings()) == expected
