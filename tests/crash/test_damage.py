"""Flipped bits and truncated files in every part: `check` finds them, reading survives them, `repair` mends them."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import IndexDamaged
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.upkeep.checks import check
from semsearch.stores.local.upkeep.repair import repair
from semsearch.stores.local.writer import Writer
from tests.crash.build import ENCODER, embedded_text, new_index, put, text_of
from tests.crash.test_steps import snapshot

SEED = 7


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "index"
    with Writer(new_index(path)) as writer:
        for i in range(40):
            put(writer, f"d{i}", text_of(i))
            if i % 10 == 9:
                writer.commit()
        writer.delete([3, 4])
        writer.commit()
    return path


def parts(path: Path) -> list[str]:
    names = [p.relative_to(path).as_posix() for p in sorted(path.rglob("*")) if p.is_file() and p.stat().st_size]
    return [n for n in names if n != "catalog.sum"]


KINDS = [
    "catalog.sqlite",
    "vectors-0.f16",
    "meta.json",
    ".managed.json",
    ".idx",
    ".term",
    ".fast",
    ".fieldnorm",
    ".store",
]


def file_of(path: Path, kind: str) -> Path:
    return path / next(n for n in parts(path) if n.endswith(kind))


def query(layout: Layout) -> None:
    """Search as `query` does; only IndexDamaged may come out."""
    reader = None
    try:
        reader = Reader(layout)
        with reader.view() as view:
            vector = ENCODER.encode_queries(["document 7 line 1 tells of the otter"])[0]
            view.fetch(view.dense(vector, 5).ids.tolist())
            view.lexical("otter", 5)
            view.select([], [], ["tells of the otter"])
    except IndexDamaged:
        pass
    finally:
        if reader is not None:
            reader.close()


def mend(layout: Layout) -> None:
    repair(layout, check(layout), ENCODER, embedded_text, wait=1.0)
    assert check(layout) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attempt", range(3))
def test_a_flipped_bit_is_found_survived_and_mended(sound: Path, tmp_path: Path, kind: str, attempt: int) -> None:
    path = tmp_path / "index"
    shutil.copytree(sound, path)
    target = file_of(path, kind)
    chance = random.Random(f"{SEED} {kind} {attempt}")
    data = bytearray(target.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    target.write_bytes(bytes(data))
    layout = Layout(path)
    assert check(layout), f"{target.name} is damaged and nothing was found"
    query(layout)
    mend(layout)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_truncated_file_is_found_survived_and_mended(sound: Path, tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / "index"
    shutil.copytree(sound, path)
    target = file_of(path, kind)
    data = target.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    layout = Layout(path)
    assert check(layout)
    query(layout)
    if kind == "catalog.sqlite" and share == 0.0:
        layout.catalog_sum.unlink()
        with pytest.raises(IndexDamaged, match="semsearch index"):
            mend(layout)
        return
    mend(layout)


def test_only_the_damaged_block_is_encoded_again(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    shutil.copytree(sound, path)
    layout = Layout(path)
    before = snapshot(layout)
    data = bytearray(layout.vectors(0).read_bytes())
    data[5] ^= 64
    layout.vectors(0).write_bytes(bytes(data))
    encoded = ENCODER.encoded
    mend(layout)
    # 10 documents of 3 passages in the first batch, two of which were removed.
    assert ENCODER.encoded - encoded == 24
    assert snapshot(layout) == before


def test_a_lost_catalogue_keeps_settings_and_says_what_is_lost(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "index"
    shutil.copytree(sound, path)
    layout = Layout(path)
    layout.catalog.write_bytes(b"not a database at all" * 100)
    mend(layout)
    reader = Reader(layout)
    with reader.view() as view:
        assert view.state.meta["fingerprint"] == ENCODER.fingerprint
        assert view.passages.count() == 0
    reader.close()


def test_damaged_vectors_are_never_copied_by_compaction(sound: Path, tmp_path: Path) -> None:
    from semsearch.stores.local.upkeep.compaction import compact

    path = tmp_path / "index"
    shutil.copytree(sound, path)
    layout = Layout(path)
    data = np.fromfile(layout.vectors(0), dtype=np.uint8)
    data[1000] ^= 1
    data.tofile(layout.vectors(0))
    with Writer(layout) as writer, pytest.raises(IndexDamaged, match="doctor"):
        compact(writer, embedded_text)
