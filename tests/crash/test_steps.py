"""A writer stopped at every named step, a reader opened in every gap: it sees the state before or after, no other."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.upkeep.compaction import compact
from semsearch.stores.local.writer import Writer
from tests.crash.build import ENCODER, embedded_text, new_index, number_of, put, text_of

COMMIT = ["log-written", "log-synced", "lexical-committed", "catalog-written", "catalog-committed"]
DELETE = ["catalog-written", "catalog-committed"]
COMPACTION = [
    "compact-log-written",
    "compact-lexical-written",
    "compact-synced",
    "catalog-written",
    "catalog-committed",
    "compact-committed",
    "compact-old-removed",
]


def start(path: Path) -> Layout:
    layout = new_index(path)
    with Writer(layout) as writer:
        for i in range(6):
            put(writer, f"d{i}", text_of(i))
        writer.commit()
    return layout


def commit(layout: Layout, step: Callable[[str], None]) -> None:
    with Writer(layout, step=step) as writer:
        put(writer, "d1", text_of(1) + "a new line about the wolverine\n")
        put(writer, "d9", text_of(9))
        writer.commit()


def delete(layout: Layout, step: Callable[[str], None]) -> None:
    with Writer(layout, step=step) as writer:
        writer.delete([number_of(writer, "d2"), number_of(writer, "d3")])
        writer.commit()


def compaction(layout: Layout, step: Callable[[str], None]) -> None:
    with Writer(layout) as writer:
        writer.delete([number_of(writer, "d4")])
        writer.commit()
    with Writer(layout, step=step) as writer:
        compact(writer, embedded_text)


ACTIONS = {"commit": (commit, COMMIT), "delete": (delete, DELETE), "compaction": (compaction, COMPACTION)}
CASES = [(action, step) for action, (_, steps) in ACTIONS.items() for step in steps]


def snapshot(layout: Layout, searched: int = 60) -> dict[int, tuple[str, int, int, str]]:
    """Every passage as a new reader sees it, after checking that both lists find (up to `searched`) of them."""
    reader = Reader(layout)
    try:
        with reader.view() as view:
            ids = np.array([i for (i,) in view.rows("SELECT id FROM passages ORDER BY id")], dtype=np.int64)
            passages = view.fetch(ids.tolist())
            for passage in passages[:: max(1, len(passages) // searched)]:
                vector = ENCODER.encode_passages([embedded_text("", passage.heading, passage.text)])[0]
                assert view.similarity(vector, np.array([passage.id]))[0] > 0.999
                assert passage.id in view.dense(vector, len(ids)).ids
                assert passage.id in view.lexical(passage.text, len(ids)).ranking.ids
            assert len(view.dense(vector, len(ids) + 1).ids) == len(ids)
            return {p.id: (p.document_id, p.start, p.stop, p.text) for p in passages}
    finally:
        reader.close()


@pytest.mark.parametrize("action", ACTIONS)
def test_every_step_is_passed(tmp_path: Path, action: str) -> None:
    layout = start(tmp_path / "index")
    passed: list[str] = []
    run, steps = ACTIONS[action]
    run(layout, passed.append)
    assert passed == steps


@pytest.mark.parametrize("action", ACTIONS)
def test_a_reader_in_every_gap_sees_before_or_after(tmp_path: Path, action: str) -> None:
    run, _ = ACTIONS[action]
    twin = start(tmp_path / "twin")
    if action == "compaction":
        delete_d4(twin)
    before = snapshot(twin)
    run(twin, lambda step: None) if action != "compaction" else None
    after = snapshot(twin)

    layout = start(tmp_path / "index")
    seen: list[dict[int, tuple[str, int, int, str]]] = []
    held: list[Reader] = []

    def look(step: str) -> None:
        seen.append(snapshot(layout))
        held.append(Reader(layout))

    run(layout, look)
    assert all(state in (before, after) for state in seen)
    assert seen[-1] == after
    assert [state == after for state in seen] == sorted(state == after for state in seen) or before == after
    for reader in held:
        reader.close()
    assert check(layout) == []


def delete_d4(layout: Layout) -> None:
    with Writer(layout) as writer:
        writer.delete([number_of(writer, "d4")])
        writer.commit()


def test_a_reader_held_over_a_compaction_keeps_its_files(tmp_path: Path) -> None:
    layout = start(tmp_path / "index")
    reader = Reader(layout)
    with reader.view() as view:
        vector = ENCODER.encode_queries(["document 1 line 1 tells of the lynx"])[0]
        before = view.dense(vector, 5)
        compaction(layout, lambda step: None)
        assert layout.vectors(0).exists(), "a generation was removed while it was read"
        assert np.array_equal(view.dense(vector, 5).ids, before.ids)
        assert len(view.lexical("lynx", 5).ranking.ids)
    reader.close()
    del view
    with Writer(layout):
        pass
    assert not layout.vectors(0).exists()
    assert check(layout) == []


@pytest.mark.parametrize(("action", "step"), CASES)
def test_killed_at_a_step(tmp_path: Path, action: str, step: str) -> None:
    """The process dies at the step as by kill -9; the next run ends as an undisturbed one."""
    twin = start(tmp_path / "twin")
    ACTIONS[action][0](twin, lambda name: None)
    layout = start(tmp_path / "index")
    arguments = [sys.executable, "-m", "tests.crash.test_steps", str(layout.root), action, step]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True)
    assert done.returncode == 77, done.stderr
    assert check(layout) == []
    snapshot(layout)
    again(layout, action)
    assert check(layout) == []
    assert snapshot(layout) == snapshot(twin)


def again(layout: Layout, action: str) -> None:
    """Do what is still to be done."""
    with Writer(layout) as writer:
        names = {n for (n,) in writer.connection.execute("SELECT path FROM documents")}
    if action == "delete" and "d2" not in names:
        return
    if action == "compaction":
        with Writer(layout) as writer:
            compact(writer, embedded_text)
        return
    ACTIONS[action][0](layout, lambda name: None)


def main() -> None:
    """Run one action and die at a step, without any clean-up."""
    path, action, wanted = sys.argv[1:]

    def die(step: str) -> None:
        if step == wanted:
            os._exit(77)

    ACTIONS[action][0](Layout(Path(path)), die)


if __name__ == "__main__":
    main()
