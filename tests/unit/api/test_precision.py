"""What an index is encoded in is decided before its first passage and kept, whatever this computer would choose."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from semsearch import Document, Index, doctor
from semsearch.errors import IndexIncompatible
from semsearch.models.encoder.load import load_encoder
from semsearch.models.encoder.runtimes.int8_files import int8_folder
from semsearch.settings import DEFAULT_MODEL
from semsearch.stores.local.catalog.schema import connect, meta_crc, put_meta
from semsearch.stores.local.files.layout import Layout
from semsearch.types.models import Precise, Precision
from tests.contract.hashing_encoder import HashingEncoder

FIRST, SECOND = "Cats sleep on the mat in the kitchen.", "A river froze so hard that a market was held on it."


def stored(path: Path) -> np.ndarray:
    return np.fromfile(Layout(path).vectors(0), np.float16).reshape(-1, 384)


def encoded(precision: Precision, text: str) -> np.ndarray:
    encoder = load_encoder(DEFAULT_MODEL)
    assert isinstance(encoder, Precise)
    return encoder.passages_as(precision).encode_passages([text])[0].astype(np.float16)


def add(path: Path, number: int, text: str) -> None:
    with Index.create(path, exist_ok=True) as index:
        assert index.add([Document(str(number), text)]).encoded == 1


def change_precision(path: Path, value: str | None) -> None:
    with closing(connect(Layout(path), write=True)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        if value is None:
            connection.execute("DELETE FROM meta WHERE key = 'precision'")
        else:
            put_meta(connection, "precision", value)
        put_meta(connection, "crc", meta_crc(connection))
        connection.execute("COMMIT")


@pytest.fixture
def rounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index in 8 bits with one passage, on a computer that would choose float32 now."""
    monkeypatch.setenv("SEMSEARCH_RUNTIME", "onnx-int8")
    add(tmp_path / "index", 1, FIRST)
    assert np.array_equal(stored(tmp_path / "index")[0], encoded(Precision.INT8, FIRST))
    monkeypatch.setenv("SEMSEARCH_RUNTIME", "onnx-fp32")
    return tmp_path / "index"


def test_an_index_in_8_bits_goes_on_in_8_bits(rounded: Path) -> None:
    add(rounded, 2, SECOND)
    vector = stored(rounded)[1]
    assert np.array_equal(vector, encoded(Precision.INT8, SECOND))
    assert not np.array_equal(vector, encoded(Precision.FLOAT32, SECOND))
    with Index.open(rounded) as index:
        assert index.status().precision == "int8"


def test_an_encoder_that_is_handed_in_takes_over_the_precision(rounded: Path) -> None:
    with Index.open(rounded, encoder=load_encoder(DEFAULT_MODEL)) as index:
        index.add([Document("2", SECOND)])
    assert np.array_equal(stored(rounded)[1], encoded(Precision.INT8, SECOND))


def test_a_repair_encodes_again_in_the_precision_of_the_index(rounded: Path) -> None:
    add(rounded, 2, SECOND)
    log = Layout(rounded).vectors(0)
    data = bytearray(log.read_bytes())
    data[100] ^= 64
    log.write_bytes(data)
    assert doctor(rounded, repair=True).ok
    expected = {encoded(Precision.INT8, text).tobytes() for text in (FIRST, SECOND)}
    generation = max(Layout(rounded).generations())
    rows = np.fromfile(Layout(rounded).vectors(generation), np.float16).reshape(-1, 384)
    again = {row.tobytes() for row in rows}
    assert encoded(Precision.INT8, SECOND).tobytes() in again
    assert not {encoded(Precision.FLOAT32, text).tobytes() for text in (FIRST, SECOND)} & again
    assert expected & again


def test_a_move_keeps_each_state_in_its_own_precision(rounded: Path) -> None:
    with Index.open(rounded) as index:
        index.models.move_to(HashingEncoder())
        assert index.status().precision == "float32"
        index.models.rollback()
        assert index.status().precision == "int8"
        index.add([Document("2", SECOND)])
    assert np.array_equal(stored(rounded)[1], encoded(Precision.INT8, SECOND))


@pytest.mark.parametrize("key", [None, "float32"])
def test_an_index_of_before_or_in_float32_goes_on_in_float32(
    key: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMSEARCH_RUNTIME", "onnx-fp32")
    add(tmp_path / "index", 1, FIRST)
    change_precision(tmp_path / "index", key)
    monkeypatch.setenv("SEMSEARCH_RUNTIME", "onnx-int8")
    add(tmp_path / "index", 2, SECOND)
    vector = stored(tmp_path / "index")[1]
    assert not np.array_equal(vector, encoded(Precision.INT8, SECOND))
    assert np.array_equal(vector, encoded(Precision.FLOAT32, SECOND))


def test_a_precision_that_is_not_known_is_refused(rounded: Path) -> None:
    change_precision(rounded, "int4")
    with Index.open(rounded) as index, pytest.raises(IndexIncompatible, match=r"int4, which this semsearch does not"):
        index.add([Document("2", SECOND)])


def test_an_encoder_of_ones_own_is_in_float32(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        assert index.status().precision == "float32"


@pytest.fixture
def own_cache(rounded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The compiled model in a cache of the test's own, without any graph in 8 bits."""
    ready = load_encoder(DEFAULT_MODEL).path
    shutil.copytree(ready, tmp_path / "cache" / "compiled" / ready.name)
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SEMSEARCH_RUNTIME")
    return tmp_path / "cache"


def test_where_no_graph_in_8_bits_can_be_made_new_passages_are_in_float32_and_that_is_told(
    rounded: Path, own_cache: Path
) -> None:
    (own_cache / "runtimes").write_text("a file, where a folder should be")
    told: list[str] = []
    with Index.open(rounded, fetch_progress=lambda line, done, total: told.append(line)) as index:
        index.add([Document("2", SECOND)])
        index.add([Document("3", f"{SECOND} {FIRST}")])
    said = [line for line in told if "does not run in 8 bits here" in line]
    assert len(said) == 1
    assert "passages are encoded in float32, mixed with those in 8 bits" in said[0]
    assert np.array_equal(stored(rounded)[1], encoded(Precision.FLOAT32, SECOND))


def test_a_damaged_graph_in_8_bits_is_made_again_to_the_bit(rounded: Path, own_cache: Path) -> None:
    told: list[str] = []
    with Index.open(rounded, fetch_progress=lambda line, done, total: told.append(line)) as index:
        index.add([Document("2", SECOND)])
    assert told == [f"measuring what runs {DEFAULT_MODEL} fastest here (once, a few seconds)"]
    files = {path.name: path.read_bytes() for path in int8_folder(load_encoder(DEFAULT_MODEL).fingerprint).iterdir()}
    weights = int8_folder(load_encoder(DEFAULT_MODEL).fingerprint) / "weights.bin"
    weights.write_bytes(files["weights.bin"][:-1] + b"\0")
    add(rounded, 3, f"{SECOND} {FIRST}")
    assert {path.name: path.read_bytes() for path in weights.parent.iterdir() if not path.name.startswith(".")} == {
        name: data for name, data in files.items() if not name.startswith(".")
    }


class Asked(HashingEncoder):
    """An encoder in more than one precision that counts how often it is asked for one."""

    precision = Precision.FLOAT32
    asked = 0

    def passages_as(self, precision: Precision) -> Asked:
        assert precision is self.precision
        self.asked += 1
        return self

    def fastest_precision(self) -> Precision:
        return self.precision


def test_a_run_asks_for_its_encoder_once(tmp_path: Path) -> None:
    encoder = Asked()
    with Index.create(tmp_path / "index", encoder=encoder) as index:
        index.add(Document(str(n), f"cat number {n}") for n in range(40))
    assert 1 <= encoder.asked <= 2, "two threads may ask at the same time"
