"""`semsearch embed` and the same in the API."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL
from tests.cli.conftest import Workplace
from tests.contract.hashing_encoder import HashingEncoder

BGE = "bge-small-en-v1.5-int8"


def test_the_vector_of_a_text_is_the_index_s(workplace: Workplace) -> None:
    expected = load_encoder(DEFAULT_MODEL).encode_passages(["river bank"])[0]
    record = workplace.call("embed", "river", "bank", "--json").json()
    assert {**record, "texts": 0} == {
        "model": DEFAULT_MODEL,
        "side": "passage",
        "dimension": 384,
        "output": None,
        "texts": 0,
    }
    assert record["texts"][0]["text"] == "river bank"
    assert np.array_equal(np.array(record["texts"][0]["vector"], np.float32), expected)
    plain = workplace.call("embed", "river bank").out
    assert np.array_equal(np.array(plain.split(), np.float32), expected)


def test_the_side_decides_the_prompt(workplace: Workplace) -> None:
    vectors = {
        side: np.array(workplace.call("embed", "-m", BGE, side, "river bank").out.split(), np.float32)
        for side in ("--query", "--passage")
    }
    encoder = load_encoder(BGE)
    assert np.array_equal(vectors["--query"], encoder.encode_queries(["river bank"])[0])
    assert np.array_equal(vectors["--passage"], encoder.encode_passages(["river bank"])[0])
    assert not np.allclose(vectors["--query"], vectors["--passage"], atol=1e-2)


@pytest.mark.parametrize("side", ["--query", "--passage"])
def test_each_token_has_its_text_and_its_place(workplace: Workplace, side: str) -> None:
    text = "Crème brûlée for tokenizers"
    record = workplace.call("embed", "-m", BGE, side, "--tokens", "--json", text).json()["texts"][0]
    assert "vector" not in record
    tokens = record["tokens"]
    assert [token["text"] for token in tokens][:2] == ["Cr", "ème"]
    assert all(token["text"] == text[token["start"] : token["stop"]] for token in tokens)
    starts = [token["start"] for token in tokens]
    assert starts == sorted(starts)
    assert np.allclose([np.linalg.norm(token["vector"]) for token in tokens], 1, atol=1e-5)
    lines = workplace.call("embed", "-m", BGE, side, "--tokens", text).out.splitlines()
    assert [line.split("\t")[2] for line in lines] == [token["text"] for token in tokens]


@pytest.mark.parametrize("tokens", [False, True])
def test_lines_become_rows_of_a_file(workplace: Workplace, tokens: bool) -> None:
    lines = ["a cat", "", "bees keep warm"]
    options = ["--tokens"] if tokens else []
    target = workplace.root / "vectors.npy"
    target.write_bytes(b"old")
    stdin = "".join(f"{line}\n" for line in lines)
    done = workplace.call("embed", *options, "--output", target, "--json", "-", stdin=stdin)
    assert done.code == 0, done.err
    array = np.load(target, allow_pickle=False)
    if tokens:
        parts = semsearch.embed_tokens(lines)
        expected = np.concatenate([part.vectors for part in parts])
        assert [len(record["tokens"]) for record in done.json()["texts"]] == [2, 0, 3]
    else:
        expected = semsearch.embed(lines)
    assert array.dtype == np.float32
    assert np.array_equal(array, expected)
    assert '"vector"' not in done.out
    assert (target.stat().st_mode & 0o777) == 0o644
    assert [path.name for path in target.parent.iterdir() if path.name.startswith(".vectors")] == []


def test_the_model_of_an_index(workplace: Workplace) -> None:
    index = workplace.root / "index"
    assert workplace.call("index", "-i", index, "-m", BGE, ".").code == 0
    assert workplace.call("embed", "-i", index, "--json", "a").json()["model"] == BGE


@pytest.mark.parametrize(
    ("args", "stdin", "message"),
    [
        (("embed",), "", "there is no text to embed"),
        (("embed", " "), "", "there is no text to embed"),
        (("embed", "-"), "\n \n", "there is no text to embed"),
        (("embed", "-"), "a\n" + "word " * 600, "text 2 has 600 tokens, of which all-MiniLM-L6-v2 sees 254: split it"),
        (("embed", "--query", "-"), "word " * 600, "text 1 has 600 tokens, of which all-MiniLM-L6-v2 sees 254: split"),
        (("embed", "--tokens", "-"), "word " * 600, "text 1 has 600 tokens"),
        (("embed", "-m", "whisper-tiny.en", "a"), "", "whisper-tiny.en is a transcriber, not a bi-encoder"),
        (("embed", "--output", "no/such/folder/x.npy", "a"), "", "No such file or directory"),
    ],
)
def test_bad_input_is_one_line(workplace: Workplace, args: tuple[str, ...], stdin: str, message: str) -> None:
    done = workplace.call(*args, stdin=stdin)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_what_is_no_file_is_never_replaced_by_the_output(workplace: Workplace) -> None:
    pipe = workplace.root / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, workplace.root):
        done = workplace.call("embed", "--output", target, "a")
        assert (done.code, done.out) == (2, "")
        assert f"--output writes a file, and {target} is not a regular file" in done.err
    assert pipe.is_fifo()


def test_bytes_that_are_no_text_and_escapes(workplace: Workplace) -> None:
    done = workplace.call("embed", "--json", "-", stdin=b"a \xff\xfe b\x1b[31m\n")
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    done = workplace.run_on_terminal("embed", "--tokens", "red \x1b[31m text", NO_COLOR="1")
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert done.out.startswith("red ")


def test_an_encoder_of_ones_own() -> None:
    encoder = HashingEncoder()
    assert semsearch.embed("a cat", model=encoder).shape == (1, encoder.dim)
    assert semsearch.embed([], model=encoder).shape == (0, encoder.dim)
    with pytest.raises(semsearch.InvalidQuery, match="there is no side 'both'; choose query, passage"):
        semsearch.embed("a", side="both")


def test_a_file_is_written_whole_or_not_at_all(workplace: Workplace) -> None:
    target = Path(workplace.root, "a folder")
    target.mkdir()
    done = workplace.call("embed", "--output", target, "a")
    assert done.code == 2
    assert list(workplace.root.glob(".a folder*")) == []
