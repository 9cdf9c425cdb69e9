"""No space left: what was committed stays, the error says so, and with space the next run goes on.

The disk is a small tmpfs in a mount namespace of its own. Where the system has none (macOS), a limit on the size of
files stands in for it: writing beyond it fails in the same places.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.errors import StorageFull
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.writer import Writer
from tests.crash.build import new_index, put, text_of
from tests.crash.test_steps import snapshot

SIZE = 2_000_000


def fill(layout: Layout) -> int:
    """Commit batches until the disk is full; return how many documents were committed."""
    done = 0
    with Writer(layout) as writer:
        for number in range(100_000):
            put(writer, f"d{number}", text_of(number, 20))
            if number % 20 == 19:
                writer.commit()
                done = number + 1
    return done


def scenario(path: Path, limit: bool) -> None:
    """Run the whole story in this process; print `sound` at the end."""
    if limit:
        import resource

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
    else:
        # Room that is given back later, as when a user deletes something.
        (path / "ballast").write_bytes(b"\0" * 800_000)
    layout = new_index(path / "index")
    with pytest.raises(StorageFull, match="no space left"):
        fill(layout)
    assert check(layout) == []
    before = snapshot(layout)
    assert before
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        (path / "ballast").unlink()
    with Writer(layout) as writer:
        put(writer, "after", "there is space again for the marten\n")
        writer.commit()
    assert check(layout) == []
    after = snapshot(layout)
    assert {k: after[k] for k in before} == before
    assert len(after) == len(before) + 1
    sys.stdout.write("sound\n")


def command(path: Path, *, limit: bool) -> list[str]:
    run = [sys.executable, "-m", "tests.crash.test_full_disk", str(path), "limit" if limit else "tmpfs"]
    if limit:
        return run
    flags = "-m" if os.geteuid() == 0 else "-rm"
    script = f'mount -t tmpfs -o size={SIZE} tmpfs "$0" && exec "$@"'
    return ["unshare", flags, "sh", "-c", script, str(path), *run]


def can_mount(path: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = [*command(path, limit=False)[:6], "true"]
    return subprocess.run(probe, check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize("limit", [True, False], ids=["limit", "tmpfs"])
def test_a_full_disk_loses_nothing(tmp_path: Path, limit: bool) -> None:
    use_limit = limit or not can_mount(tmp_path)
    done = subprocess.run(command(tmp_path, limit=use_limit), check=False, capture_output=True, text=True)
    assert done.stdout == "sound\n", done.stderr


if __name__ == "__main__":
    scenario(Path(sys.argv[1]), sys.argv[2] == "limit")
