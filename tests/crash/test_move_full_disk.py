"""No space left during a move: what serves goes on serving, the error says so, and with space the move goes on."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch import Index, StorageFull
from semsearch.stores.local.files.layout import Layout
from tests.contract.hashing_encoder import HashingEncoder
from tests.crash.test_full_disk import can_mount, command
from tests.crash.test_moves import OLD, documents, encoder, state

DIM = 2048
COUNT = 300
LIMIT = 700_000


def scenario(path: Path, limit: bool) -> None:
    """Run the whole story in this process; print `sound` at the end."""
    base, new = path / "index", HashingEncoder(DIM)
    with Index.create(base, encoder=encoder(OLD)) as index:
        index.add(documents(0, COUNT))
    before = state(base)
    if limit:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, resource.RLIM_INFINITY))
    else:
        fill(path / "ballast")
    with Index.open(base, encoder=encoder(OLD)) as index, pytest.raises(StorageFull, match="no space left"):
        index.models.move_to(new)
    assert state(base) == before
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    else:
        (path / "ballast").unlink()
    with Index.open(base, encoder=encoder(OLD)) as index:
        assert index.models.move_to(new).model == "hashing"
        assert index.doctor().ok
        assert index.status().dim == DIM
        assert index.search("otter", floor=False).hits
        index.models.rollback()
    assert state(base) == before
    assert len(Layout(base).generations()) == 2
    sys.stdout.write("sound\n")


def fill(ballast: Path) -> None:
    """Leave less room than the vectors of the new model need."""
    import shutil

    free = shutil.disk_usage(ballast.parent).free
    assert free > LIMIT
    ballast.write_bytes(b"\0" * (free - LIMIT))


@pytest.mark.parametrize("limit", [True, False], ids=["limit", "tmpfs"])
def test_a_full_disk_during_a_move_loses_nothing(tmp_path: Path, limit: bool) -> None:
    use_limit = limit or not can_mount(tmp_path)
    ours = [
        "tests.crash.test_move_full_disk" if "test_full_disk" in c else c for c in command(tmp_path, limit=use_limit)
    ]
    ours = [c.replace("size=2000000", "size=6000000") for c in ours]
    done = subprocess.run(ours, check=False, capture_output=True, text=True)
    assert done.stdout == "sound\n", done.stderr


if __name__ == "__main__":
    scenario(Path(sys.argv[1]), sys.argv[2] == "limit")
