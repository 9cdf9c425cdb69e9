"""Where a daemon listens, and that only this user's is believed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from semsearch import settings
from semsearch.daemon.client import is_query
from semsearch.daemon.place import PLACES, check_folder, folder, identity, peer_uid, socket_path
from semsearch.errors import SemsearchError


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PLACES, "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")


def test_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder() == str(settings.data_dir() / "daemon")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    assert folder() == "/run/user/7/semsearch"
    monkeypatch.setenv("SEMSEARCH_DATA", "/srv/data")
    assert folder() == "/srv/data/daemon"
    monkeypatch.setenv("SEMSEARCH_DATA", "/srv/" + 80 * "d")
    assert folder() == f"/tmp/semsearch-{os.geteuid()}"


@pytest.mark.parametrize("name", PLACES)
def test_other_places_have_another_daemon(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = Path(socket_path()).name
    monkeypatch.setenv(name, "/somewhere/else")
    assert Path(socket_path()).name != before
    assert len(os.fsencode(socket_path())) <= 100


def test_what_is_not_ours_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with pytest.raises(FileNotFoundError):
        check_folder(str(path))
    path.write_text("no socket")
    path.chmod(0o600)
    with pytest.raises(SemsearchError, match="is no socket"):
        check_folder(str(path))
    link = tmp_path / "link"
    link.symlink_to(tmp_path)
    with pytest.raises(SemsearchError, match="is no folder"):
        check_folder(str(link / "s"))
    tmp_path.chmod(0o750)
    with pytest.raises(SemsearchError, match="open to other users"):
        check_folder(str(path))


def test_the_other_end_is_known() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert peer_uid(near) == os.geteuid()


def test_the_installation_names_its_version() -> None:
    import semsearch

    assert identity().startswith(f"{semsearch.__version__} {Path(semsearch.__file__).parent} ")


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("query words", True),
        ("search words", True),
        ("-i notes query words", True),
        ("--index query -v search words", True),
        ("--index=notes --offline query index", True),
        ("-inotes query words", True),
        ("index query", False),
        ("-i query status", False),
        ("query words --no-daemon", False),
        ("--help", False),
        ("daemon status", False),
        ("-i", False),
    ],
)
def test_which_command_lines_are_queries(line: str, wanted: bool) -> None:
    assert is_query(line.split()) is wanted


@pytest.mark.parametrize("value", ["off", "0", "False", "no"])
def test_off_is_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SEMSEARCH_DAEMON", value)
    assert not is_query(["query", "words"])
