"""What befalls a daemon never befalls a query: it is answered without one, and the next daemon starts clean."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from semsearch.daemon import wire
from tests.cli.conftest import Workplace, _make
from tests.cli.daemons import daemon_of, facts_of

FIRST = "The ferry to the island leaves at noon from the northern pier."


@pytest.fixture
def place() -> Iterator[Workplace]:
    """A user with a small index of their own, in a folder whose path is short enough for a socket in it."""
    with tempfile.TemporaryDirectory(prefix="sem-", dir="/tmp") as folder:
        made = _make(Path(folder))
        (made.corpus / "ferry.txt").write_text(FIRST, encoding="utf-8")
        assert made.run("index", ".").code == 0
        yield made


@pytest.fixture
def own_places(place: Workplace, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the socket of that user's daemon, and this process as that user."""
    from semsearch.daemon.place import socket_path

    for name, value in place.environ({}).items():
        monkeypatch.setenv(name, value)
    return Path(socket_path())


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return "zombie" in Path(f"/proc/{pid}/status").read_text() if Path("/proc").exists() else False


def ask(place: Workplace, *more: str) -> list[str]:
    done = place.run("query", "when does the boat sail", "-l", "--no-floor", "-k", "1", *more)
    assert (done.code, done.err) == (0, "")
    return done.out.splitlines()


def test_killed_before_and_in_the_middle_of_a_query(place: Workplace, own_places: Path) -> None:
    with daemon_of(place) as pid:
        os.kill(pid, signal.SIGSTOP)  # it takes the connection and says nothing
        query = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "query", "when does the boat sail", "-l", "-k", "1"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place.corpus,
            env=place.environ({}),
        )
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        assert query.communicate(timeout=60) == (b"ferry.txt\n", b"")
        assert own_places.exists()  # stale
        assert ask(place) == ["ferry.txt"]
        assert place.run("daemon", "status").code == 1
        assert place.run("daemon", "stop").err == "semsearch: no daemon is running\n"
        again = place.run("daemon", "start")
        assert (again.code, facts_of(place)["pid"] != pid) == (0, True)
        assert ask(place) == ["ferry.txt"]
        assert facts_of(place)["queries"] == 1


@pytest.mark.parametrize(
    "said",
    [
        [],
        [wire.pack([wire.ACCEPTED])],
        [wire.pack([wire.ACCEPTED]), wire.pack([wire.ANSWER, b"0", b"\x01half of a line"])[:-5]],
        [wire.pack([wire.ACCEPTED]), b"smsh\xff\xff\xff\xff"],
        [wire.pack([wire.ACCEPTED]), wire.pack([wire.ANSWER, b"zero"])],
        [wire.pack([wire.ACCEPTED]), wire.pack([wire.ANSWER, b"0", b""])],
        [wire.pack([wire.DECLINED])],
        [wire.pack([wire.OTHER, b"9.9.9 elsewhere"])],
        [b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ],
)
def test_whatever_a_daemon_says_the_query_is_answered(place: Workplace, own_places: Path, said: list[bytes]) -> None:
    """A server that dies after each part of its answer, or talks nonsense."""
    own_places.parent.mkdir(mode=0o700, parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(own_places))
        own_places.chmod(0o600)
        listener.listen()
        heard = []

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(wire.receive(connection, wire.REQUEST_BYTES, 30))
                for part in said:
                    connection.sendall(part)

        thread = threading.Thread(target=serve)
        thread.start()
        assert ask(place) == ["ferry.txt"]
        thread.join(30)
    assert heard[0][0] == wire.QUERY


def test_ctrl_c_while_a_daemon_is_silent(place: Workplace) -> None:
    with daemon_of(place) as pid:
        os.kill(pid, signal.SIGSTOP)
        query = subprocess.Popen(
            [sys.executable, "-m", "semsearch", "query", "boat"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=place.corpus,
            env=place.environ({}),
        )
        time.sleep(0.5)
        query.send_signal(signal.SIGINT)
        assert query.communicate(timeout=30) == (b"", b"semsearch: interrupted\n")
        assert query.returncode == 130


def test_garbage_and_silence_on_the_socket(place: Workplace, own_places: Path) -> None:
    with daemon_of(place) as pid:
        silent = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        silent.connect(str(own_places))
        for data in (
            b"",
            b"\0" * 100,
            b"GET / HTTP/1.1\r\n\r\n",
            b"smsh\xff\xff\xff\xff",
            b"smsh\0\0\0\0",
            b"smsh\0\0\0\x04\0\0\0\x09",
            wire.pack([b"format the disk"]),
            wire.pack([wire.QUERY]),
            wire.pack([wire.QUERY, b"another version", b"x"]),
            wire.pack([wire.QUERY, _identity(), b"not", b"enough"]),
            wire.pack([wire.QUERY, _identity(), *[b"\xff"] * 9]),
            wire.pack([wire.QUERY, _identity(), *_request(place, "index", ".")]),
            wire.pack([wire.QUERY, _identity(), *_request(place, "daemon", "stop")]),
        ):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(30)
                connection.connect(str(own_places))
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                said = b""
                with suppress(ConnectionResetError):
                    while part := connection.recv(65536):
                        said += part
                assert wire.ANSWER not in said
        assert ask(place) == ["ferry.txt"]
        facts = facts_of(place)
        assert (facts["pid"], facts["queries"]) == (pid, 1)
        silent.close()


def _identity() -> bytes:
    from semsearch.daemon.place import identity

    return identity().encode()


def _request(place: Workplace, *args: str) -> list[bytes]:
    facts = place.corpus.stat()
    stream = "utf-8 0 0 0"
    texts = [
        str(place.corpus),
        f"{facts.st_dev} {facts.st_ino}",
        "80",
        sys.getfilesystemencoding(),
        stream,
        stream,
        "0",
    ]
    return [os.fsencode(text) for text in (*texts, *args)]


def test_it_ends_when_nobody_asks_and_when_told(place: Workplace, own_places: Path) -> None:
    with daemon_of(place, "--idle-time", "1") as pid:
        assert ask(place) == ["ferry.txt"]
        until(lambda: gone(pid))
        assert not own_places.exists()
        assert ask(place) == ["ferry.txt"]
    with daemon_of(place) as pid:
        os.kill(pid, signal.SIGTERM)
        until(lambda: gone(pid))
        assert not own_places.exists()


def test_a_double_start_and_a_race(place: Workplace) -> None:
    with daemon_of(place) as pid:
        assert f"running already (process {pid})" in place.run("daemon", "start").err
        assert place.run("daemon", "start", "--foreground").err == "semsearch: the daemon is running already\n"
        assert place.run("daemon", "stop").code == 0
        racers = [
            subprocess.Popen(
                [sys.executable, "-m", "semsearch", "daemon", "start"],
                stderr=subprocess.PIPE,
                cwd=place.corpus,
                env=place.environ({}),
            )
            for _ in range(4)
        ]
        said = [racer.communicate(timeout=60)[1] for racer in racers]
        assert [racer.returncode for racer in racers] == [0] * 4, said
        assert len({line.split(b"process ")[1].split(b")")[0] for line in said}) == 1


def test_every_state_of_an_index_is_seen(place: Workplace) -> None:
    index = place.root / "data" / "indexes" / "default"
    with daemon_of(place) as pid:
        assert ask(place) == ["ferry.txt"]
        (place.corpus / "sail.txt").write_text("When does the boat sail? At nine.", encoding="utf-8")
        assert place.run("index", ".").code == 0
        assert ask(place) == ["sail.txt"]
        assert place.run("remove", "sail.txt").code == 0
        assert ask(place) == ["ferry.txt"]
        assert place.run("compact").code == 0
        assert ask(place) == ["ferry.txt"]
        shutil.rmtree(index)
        assert place.run("query", "boat").code == 2
        (place.corpus / "sail.txt").unlink()
        (place.corpus / "ferry.txt").rename(place.corpus / "boats.txt")
        assert place.run("index", ".").code == 0
        assert ask(place) == ["boats.txt"]
        facts = facts_of(place)
        assert (facts["pid"], facts["queries"], len(facts["indexes"])) == (pid, 5, 1)


def test_a_daemon_of_another_installation_is_replaced(place: Workplace, tmp_path: Path) -> None:
    import semsearch

    other = tmp_path / "other" / "semsearch"
    shutil.copytree(Path(semsearch.__file__).parent, other, ignore=shutil.ignore_patterns("__pycache__"))
    with daemon_of(place, PYTHONPATH=str(other.parent)) as old:
        assert ask(place) == ["ferry.txt"]
        status = place.run("daemon", "status")
        assert str(other) in status.err
        facts = facts_of(place)
        assert (facts["pid"], facts["same"], facts["queries"]) == (old, False, 0)
        started = place.run("daemon", "start")
        assert "ending the daemon of another installation" in started.err
        assert gone(old)
        assert ask(place) == ["ferry.txt"]
        facts = facts_of(place)
        assert (facts["same"], facts["queries"]) == (True, 1)


def test_what_is_not_this_users_alone_is_refused(place: Workplace, own_places: Path) -> None:
    own_places.parent.mkdir(mode=0o700, parents=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(own_places))
        own_places.chmod(0o600)
        listener.listen()
        listener.settimeout(0.2)
        spoilt = [
            (path, partial(path.chmod, spoilt_mode), partial(path.chmod, mode), "open to other users")
            for path, spoilt_mode, mode in ((own_places, 0o666, 0o600), (own_places.parent, 0o755, 0o700))
        ]
        if os.geteuid() == 0:
            spoilt += [
                (path, partial(os.chown, path, 12345, 12345), partial(os.chown, path, 0, 0), "another user (12345)")
                for path in (own_places, own_places.parent)
            ]
        for path, spoil, mend, why in spoilt:
            spoil()
            assert ask(place) == ["ferry.txt"]
            for command in (("daemon", "status"), ("daemon", "start"), ("daemon", "stop")):
                done = place.run(*command)
                assert (done.code, done.out) == (2, "")
                assert str(path) in done.err
                assert why in done.err
                assert done.err.count("\n") == 1
            with pytest.raises(TimeoutError):  # nobody has even connected
                listener.accept()
            mend()


_STRANGER = """
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o600)
os.setuid(12345)
listener.listen()
sys.stdout.write("up\\n")
sys.stdout.flush()
listener.settimeout(60)
while True:
    connection, _ = listener.accept()
    sys.stdout.write(f"heard {len(connection.recv(100))} bytes\\n")
    sys.stdout.flush()
"""


def test_a_socket_of_ours_behind_which_another_user_listens(place: Workplace, own_places: Path) -> None:
    if os.geteuid() != 0:  # only root can become somebody else
        return
    own_places.parent.mkdir(mode=0o700, parents=True)
    with subprocess.Popen([sys.executable, "-c", _STRANGER, str(own_places)], stdout=subprocess.PIPE) as stranger:
        try:
            assert stranger.stdout is not None
            assert stranger.stdout.readline() == b"up\n"
            assert ask(place) == ["ferry.txt"]
            done = place.run("daemon", "status")
            assert (done.code, "another user's process" in done.err) == (2, True)
            assert stranger.stdout.readline() == b"heard 0 bytes\n"
        finally:
            stranger.kill()


def test_the_first_query_starts_one_when_the_settings_ask(place: Workplace, own_places: Path) -> None:
    on = {"SEMSEARCH_DAEMON": "on"}
    assert place.run("query", "boat", "--no-daemon", **on).code == 0
    assert not own_places.exists()
    try:
        assert place.run("query", "boat", **on).code == 0
        until(own_places.exists)
        until(lambda: facts_of(place)["running"])
        assert ask(place) == ["ferry.txt"]
        assert facts_of(place)["queries"] == 1
        assert place.run("query", "boat", SEMSEARCH_DAEMON="off").code == 0
        assert facts_of(place)["queries"] == 1
    finally:
        assert place.run("daemon", "stop").code == 0
