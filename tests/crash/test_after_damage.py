"""Writing after damage, before any repair: refused or healed, never made worse."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import IndexDamaged, SemsearchError
from semsearch.settings import Settings
from semsearch.stores.local.create import create_index
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import GenerationLock
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.upkeep.compaction import compact
from semsearch.stores.local.upkeep.repair import repair
from semsearch.stores.local.writer import Writer
from tests.crash.build import ENCODER, embedded_text, new_index, put, text_of
from tests.crash.test_steps import snapshot


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = new_index(tmp_path / "index")
    with Writer(made) as writer:
        for i in range(12):
            put(writer, f"d{i}", text_of(i))
            if i % 4 == 3:
                writer.commit()
    return made


def write_one(layout: Layout) -> None:
    with Writer(layout) as writer:
        put(writer, "new", "something new about the pine marten\n")
        writer.commit()


@pytest.mark.parametrize("rows", [0, 5, 35])
def test_a_log_that_lost_its_end_is_not_written_on(layout: Layout, rows: int) -> None:
    with layout.vectors(0).open("r+b") as handle:
        handle.truncate(rows * ENCODER.dim * 2)
    with pytest.raises(IndexDamaged, match="doctor"):
        write_one(layout)
    repair(layout, check(layout), ENCODER, embedded_text, wait=1.0)
    assert check(layout) == []
    assert len(snapshot(layout)) == 36
    write_one(layout)
    assert check(layout) == []


@pytest.mark.parametrize("part", ["log", "lexical"])
def test_a_missing_part_is_not_made_empty(layout: Layout, part: str) -> None:
    if part == "log":
        layout.vectors(0).unlink()
    else:
        shutil.rmtree(layout.lexical(0))
    with pytest.raises(IndexDamaged, match="doctor"):
        write_one(layout)
    repair(layout, check(layout), ENCODER, embedded_text, wait=1.0)
    assert check(layout) == []
    assert len(snapshot(layout)) == 36


def test_a_damaged_vector_is_encoded_again_not_copied(layout: Layout) -> None:
    data = np.fromfile(layout.vectors(0), dtype=np.uint8)
    data[3 * ENCODER.dim * 2 + 1] ^= 64
    data.tofile(layout.vectors(0))
    encoded = ENCODER.encoded
    with Writer(layout) as writer:
        put(writer, "copy", text_of(1))  # its passages have vectors, in the damaged block
        writer.commit()
        vectors = {n: v for n, v in writer.connection.execute("SELECT path, id FROM documents WHERE path = 'copy'")}
    assert vectors
    assert ENCODER.encoded - encoded == 3
    assert [p.part.value for p in check(layout)] == ["vectors"], "only the old block is damaged"


def test_a_compaction_that_fails_leaves_nothing_behind(layout: Layout) -> None:
    def fail(step: str) -> None:
        if step == "compact-lexical-written":
            raise KeyboardInterrupt

    with Writer(layout, step=fail) as writer, pytest.raises(KeyboardInterrupt):
        compact(writer, embedded_text)
    assert sorted(layout.generations()) == [0]
    assert check(layout) == []


def test_a_reader_takes_the_next_state_while_a_generation_is_removed(layout: Layout) -> None:
    """A writer holds the exclusive lock of a generation while it removes it: that is no error to a reader."""
    lock = GenerationLock(layout.generation_lock(0))
    assert lock.try_exclusive()
    other = GenerationLock(layout.generation_lock(0))
    with pytest.raises(FileNotFoundError):
        other.share()
    layout.generation_lock(0).unlink()
    lock.close()
    with pytest.raises(FileNotFoundError):
        other.share()
    other.close()


def test_a_lost_catalogue_is_not_taken_for_an_empty_folder(layout: Layout) -> None:
    layout.catalog.rename(layout.catalog_damaged)
    size = layout.vectors(0).stat().st_size
    with pytest.raises(SemsearchError, match="catalogue is lost"):
        create_index(layout.root, settings=Settings(), fingerprint=ENCODER.fingerprint, dim=ENCODER.dim)
    assert layout.vectors(0).stat().st_size == size


def test_an_old_approximate_index_is_removed_by_the_next_writer(layout: Layout) -> None:
    layout.ann(0, 17).write_bytes(b"left behind")
    with Writer(layout):
        pass
    assert not layout.ann(0, 17).exists()
    Reader(layout).close()
