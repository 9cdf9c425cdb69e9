"""Whatever happens to archives between two runs, the index is that of the files as they are now."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from semsearch.api.index import Index
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_archives import zipped

ARCHIVES = st.sampled_from(["a.zip", "b.zip", "sub/c.zip", "sub/plain.txt"])
NAMES = st.sampled_from(["a.md", "b.md", "notes/c.txt", "no.dat"])
TEXTS = st.sampled_from(["# One\n\nThe heron waits.\n", "# Two\n\nThe otter swims.\n", "kestrel\n", "", "\0\1\2"])
INNER = st.dictionaries(NAMES, TEXTS, max_size=2).map(zipped)
CONTENTS = st.dictionaries(NAMES, TEXTS, max_size=4)


class Archives(RuleBasedStateMachine):
    """Files that come, change, move and go; now and then a run, and a fresh index beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="semsearch-property-"))
        self.folder = self.place / "docs"
        self.folder.mkdir()
        self.clock = 10_000
        self.fresh = 0
        self.write("always.md", b"always here\n")
        self.index = Index.create(self.place / "index", encoder=HashingEncoder())

    def write(self, name: str, data: bytes) -> None:
        """Write a file with dates that were never there before and are old enough to be trusted."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        self.clock -= 1
        past = time.time_ns() - self.clock * 10**9
        os.utime(path, ns=(past, past))

    @rule(name=ARCHIVES, files=CONTENTS, inner=st.none() | INNER)
    def put(self, name: str, files: dict[str, str], inner: bytes | None) -> None:
        self.write(name, zipped({**files, **({"in.zip": inner} if inner is not None else {})}))

    @rule(name=ARCHIVES, data=st.sampled_from([b"", b"PK\x03\x04 broken", b"only a text\n"]))
    def replace(self, name: str, data: bytes) -> None:
        self.write(name, data)

    @rule(name=ARCHIVES)
    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)

    @rule(name=ARCHIVES, other=ARCHIVES)
    def move(self, name: str, other: str) -> None:
        if (self.folder / name).exists():
            (self.folder / other).parent.mkdir(exist_ok=True)
            (self.folder / name).rename(self.folder / other)

    @rule(name=ARCHIVES, inside=NAMES)
    def forget(self, name: str, inside: str) -> None:
        """Take something out of the index alone: the next run brings it back."""
        wanted = str(self.folder / f"{name}!/{inside}")
        if any(d.path == wanted for d in self.index.documents()):
            self.index.remove([wanted])

    @rule()
    def refresh(self) -> None:
        summary = self.index.index([self.folder])
        self.fresh += 1
        with Index.create(self.place / f"fresh{self.fresh}", encoder=HashingEncoder()) as fresh:
            wanted = fresh.index([self.folder])
            assert content(self.index) == content(fresh)
        assert set(summary.skipped) == set(wanted.skipped)
        again = self.index.index()
        assert (again.bytes_read, again.added, again.changed, again.removed) == (0, 0, 0, 0)
        assert set(again.skipped) == set(wanted.skipped)

    def teardown(self) -> None:
        self.refresh()
        assert self.index.doctor().ok
        self.index.close()
        shutil.rmtree(self.place)


def content(index: Index) -> dict[str, object]:
    """Return everything that an index says of its documents."""
    return {
        d.path: (
            (d.title, d.type, d.size, d.modified, d.language, dict(d.metadata), index.document(d.id).text),
            [(p.start, p.stop, p.heading, str(p.anchor), p.text) for p in index.passages(d.id)],
        )
        for d in index.documents()
    }


Archives.TestCase.settings = settings(
    max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
test_archives = Archives.TestCase
