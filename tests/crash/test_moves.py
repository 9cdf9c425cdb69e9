"""A move and a rollback stopped at every step, and killed at random: the old state or the new one, and it goes on."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from semsearch import Document, Index
from semsearch.indexing.move.move_index import move
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.open import open_store
from semsearch.stores.records import Kept, MoveTarget
from semsearch.types.reports import Progress
from tests.contract.hashing_encoder import HashingEncoder
from tests.crash.build import text_of

OLD, NEW = (64, 64), (96, 64)
BEGIN = ["catalog-written", "catalog-committed"]
BATCH = ["move-log-written", "move-log-synced", "catalog-written", "catalog-committed"]
SWITCH = ["move-rows-written", "move-lexical-written", "move-synced", *BEGIN, "move-switched", "move-cleaned"]
STEPS = {"move": BEGIN + BATCH + SWITCH, "rollback": BATCH + SWITCH, "rollback-unchanged": SWITCH}


def encoder(kind: tuple[int, int]) -> HashingEncoder:
    return HashingEncoder(*kind)


def documents(first: int, stop: int) -> list[Document]:
    return [Document(f"d{i}", "\n\n".join(text_of(i, 3).splitlines()), f"Note {i}") for i in range(first, stop)]


def opened(path: Path, step: Callable[[str], None] = lambda name: None) -> Index:
    """Open an index with the encoder of what serves."""
    with Index.open(path) as index:
        kind = OLD if index.status().dim == OLD[0] else NEW
    index = Index(open_store(path), encoder=encoder(kind))
    index._opened.step = step
    return index


def start(path: Path, action: str) -> None:
    """Make what an action begins with."""
    with Index.create(path, encoder=encoder(OLD)) as index:
        index.add(documents(0, 12))
        if action != "move":
            index.models.move_to(encoder(NEW))
        if action == "rollback":
            index.add(documents(12, 15))
            index.remove(["d3"])


def act(path: Path, action: str, step: Callable[[str], None] = lambda name: None, pause: float = 0.0) -> None:
    def told(progress: Progress) -> None:
        time.sleep(pause)

    with opened(path, step=step) as index:
        if action == "move":
            index.models.move_to(encoder(NEW), progress=told)
        elif index.status().model != "hashing" or index.status().dim == NEW[0]:
            index.models.rollback(encoder=encoder(OLD), progress=told)


def state(path: Path) -> tuple[int, Any, Any]:
    """Return the dimension that serves, and what both lists return: BM25's numbers apart, which dead rows move."""
    queries = ["tells of the otter", "line 2 of the lynx", "document 7"]
    with opened(path) as index:
        dense = index.search_many(queries, floor=False, mode="dense", k=50)
        words = index.search_many(queries, floor=False, mode="lexical", k=50)
        assert index.doctor().ok, index.doctor().problems
        hits = [[(h.passage.id, h.passage.text, h.scores["dense"]) for h in r.hits] for r in dense]
        return index.status().dim, hits, [sorted(h.passage.id for h in r.hits) for r in words]


@pytest.mark.parametrize("action", STEPS)
def test_stopped_at_every_step(tmp_path: Path, action: str) -> None:
    base, twin = tmp_path / "base", tmp_path / "twin"
    start(base, action)
    before = state(base)
    shutil.copytree(base, twin)
    passed: list[str] = []
    act(twin, action, passed.append)
    assert passed == STEPS[action]
    after = state(twin)
    assert before != after

    command = [sys.executable, "-W", "ignore", "-m", "tests.crash.test_moves", str(tmp_path), action, str(len(passed))]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for place, name in enumerate(passed):
        died = tmp_path / f"died-{place}"
        switched = place > passed.index("move-synced") + 1
        assert state(died) == (after if switched else before), name
        if not switched:
            act(died, action)
        assert state(died) == after, name
        with opened(died) as index:
            index.add([Document("later", "something new about the pine marten", "")])
            assert index.doctor().ok
        assert len(Layout(died).generations()) == 2, name


def test_killed_at_random_moments_it_goes_on(tmp_path: Path) -> None:
    base, twin = tmp_path / "base", tmp_path / "twin"
    with Index.create(base, encoder=encoder(OLD)) as index:
        index.add(documents(0, 200))
    before = state(base)
    shutil.copytree(base, twin)
    act(twin, "move")
    after = state(twin)
    chance, kills = random.Random(11), 0
    while state(base)[0] == OLD[0]:
        command = [sys.executable, "-m", "tests.crash.test_moves", str(base), "slowly"]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        try:
            run.wait(chance.uniform(0.05, 0.4 if kills < 2 else 1.0 + kills))
        except subprocess.TimeoutExpired:
            run.kill()
            run.wait()
            kills += 1
        run.stdout.close()
        assert state(base) in (before, after)
    assert kills >= 2
    assert state(base) == after


def slowly(path: Path) -> None:
    """Move with a pause at every report and a commit at every one, so that there is something to be killed."""
    with opened(path) as index:
        new, meta = encoder(NEW), index._opened.read_meta()
        mover = index.models._mover(meta, new, lambda progress: time.sleep(0.1))
        mover.every = 0.0
        target = MoveTarget("hashing", new.fingerprint, new.dim, own=True)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        move(mover, target, Kept.serving(meta), index._opened.encoder)


def die_everywhere(folder: Path, action: str, steps: int) -> None:
    """Run the action once for every step, each in a process that dies there without any clean-up."""
    for place in range(steps):
        path = folder / f"died-{place}"
        shutil.copytree(folder / "base", path)
        child = os.fork()
        if child == 0:
            passed = [0]

            def die(step: str, place: int = place, passed: list[int] = passed) -> None:
                if passed[0] == place:
                    os._exit(77)
                passed[0] += 1

            act(path, action, die)
            os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 77, (place, status)


if __name__ == "__main__":
    if sys.argv[2] == "slowly":
        slowly(Path(sys.argv[1]))
    else:
        die_everywhere(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
