"""What every bi-encoder must do, run over each of them: the tests' own, both runtimes, and every catalogue model."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from semsearch.models.encoder.load import Encoder, load_encoder
from semsearch.models.weights.catalog import CATALOG, bi_encoders
from semsearch.models.weights.fetch import fetch
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import Tokenizing, TokenizingOnce
from tests.contract.hashing_encoder import HashingEncoder

TEXTS = (
    "Cats sleep for most of the day.",
    "",
    "x",
    "The interest rate was raised by a quarter of a point, and the currency followed. " * 2,
    "def encode(texts):\n    return model(texts)  # 3.14",
    "Crème brûlée, naïve façade; Ångström. İstanbul ﬁne Ⅷ ½",
    "日本語の文章と한국어 문장, русский текст, العربية",
    "emoji 👩‍👩‍👧 \U0001f1eb\U0001f1f7, zero\u200bwidth, soft\u00adhyphen, \x00 control, lone \ud800 surrogate",
    "a cat",
    "  leading and trailing   spaces\t\n",
)
LONG = "Every word of this sentence is repeated until no encoder sees the end of it. " * 80


def torch_encoder(precision: str = "float32") -> Encoder:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, while they are imported
        from semsearch.models.encoder.torch_encoder import TorchEncoder

        entry = CATALOG[DEFAULT_MODEL]
        return TorchEncoder(
            fetch(entry, offline=False),
            entry.recipe,
            name=entry.name,
            languages=entry.languages,
            device="cpu",
            precision=precision,
        )


ENCODERS: dict[str, Callable[[], Encoder | HashingEncoder]] = {
    "hashing": HashingEncoder,
    **{name: (lambda name=name: load_encoder(name)) for name in bi_encoders()},
    "torch": torch_encoder,
}


@pytest.fixture(scope="module", params=list(ENCODERS))
def encoder(request: pytest.FixtureRequest) -> Encoder | HashingEncoder:
    return ENCODERS[request.param]()


def test_rows_are_float32_c_ordered_and_of_unit_length(encoder: Encoder) -> None:
    for vectors in (encoder.encode_passages(TEXTS), encoder.encode_queries(TEXTS)):
        assert vectors.shape == (len(TEXTS), encoder.dim)
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_nothing_in_nothing_out(encoder: Encoder) -> None:
    for vectors in (encoder.encode_passages([]), encoder.encode_queries([])):
        assert vectors.shape == (0, encoder.dim)
        assert vectors.dtype == np.float32
    assert encoder.token_spans([]) == []


def test_rows_come_in_the_order_of_the_texts_and_do_not_depend_on_their_batch(encoder: Encoder) -> None:
    for encode in (encoder.encode_passages, encoder.encode_queries):
        together = encode(TEXTS)
        alone = np.concatenate([encode([text]) for text in TEXTS])
        backwards = encode(TEXTS[::-1])[::-1]
        assert np.sum(together * alone, axis=1).min() >= 0.9999
        assert np.sum(together * backwards, axis=1).min() >= 0.9999
        assert np.sum(together[0] * together[4]) < 0.9, "different texts are told apart"


def test_the_same_call_gives_the_same_bits(encoder: Encoder) -> None:
    assert np.array_equal(encoder.encode_passages(TEXTS), encoder.encode_passages(TEXTS))
    assert np.array_equal(encoder.encode_queries(TEXTS), encoder.encode_queries(TEXTS))


def test_a_text_is_nearest_to_what_it_shares_words_with(encoder: Encoder) -> None:
    passages = encoder.encode_passages(TEXTS)
    queries = encoder.encode_queries(["cats sleep most of the day", "interest rate and currency"])
    assert (queries @ passages.T).argmax(axis=1).tolist() == [0, 3]


def test_token_spans_are_in_order_and_cover_every_word(encoder: Encoder) -> None:
    assert isinstance(encoder, Tokenizing)
    for text, spans in zip(TEXTS, encoder.token_spans(TEXTS), strict=True):
        assert all(0 <= start <= stop <= len(text) for start, stop in spans)
        assert [start for start, _ in spans] == sorted(start for start, _ in spans)
        covered = {position for start, stop in spans for position in range(start, stop)}
        assert all(
            position in covered for position, letter in enumerate(text) if letter.isalnum() or letter in ".,;:()"
        )
    assert encoder.token_spans(["", " \n"]) == [[], []]


def test_token_spans_are_the_texts_own_characters(encoder: Encoder) -> None:
    text = "日本, é — cat\nsat"
    assert [text[start:stop] for start, stop in encoder.token_spans([text])[0]][-2:] == ["cat", "sat"]


def test_nothing_is_cut_off_in_token_spans(encoder: Encoder) -> None:
    spans = encoder.token_spans([LONG])[0]
    assert len(spans) > encoder.max_tokens
    assert LONG[spans[-1][0] : spans[-1][1]] == "."
    assert spans[-1][1] == len(LONG.rstrip())


def test_a_passage_of_max_tokens_is_encoded_and_a_longer_one_refused(encoder: Encoder) -> None:
    spans = encoder.token_spans([LONG])[0]
    fits = LONG[: spans[encoder.max_tokens - 1][1]]
    assert len(encoder.token_spans([fits])[0]) == encoder.max_tokens
    assert encoder.encode_passages([fits]).shape == (1, encoder.dim)
    with pytest.raises(ValueError, match=f"a passage of .* {encoder.max_tokens}|where the encoder sees"):
        encoder.encode_passages([LONG[: spans[encoder.max_tokens][1]]])


def test_a_long_query_is_cut_off_and_says_so(encoder: Encoder) -> None:
    assert encoder.truncated(LONG)
    assert not encoder.truncated("a cat")
    longer = encoder.encode_queries([LONG, LONG + "And a different ending: quantum chromodynamics."])
    assert np.array_equal(longer[0], longer[1])


def test_many_threads_may_use_one_encoder(encoder: Encoder) -> None:
    expected = encoder.encode_queries(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: encoder.encode_queries(TEXTS), range(8)):
            assert np.sum(vectors * expected, axis=1).min() >= 0.9999


def test_the_fingerprint_is_the_same_for_a_second_one(request: pytest.FixtureRequest, encoder: Encoder) -> None:
    again = ENCODERS[request.node.callspec.params["encoder"]]()
    assert again.fingerprint == encoder.fingerprint
    assert again.dim == encoder.dim


def test_both_runtimes_of_a_model_agree_and_share_a_fingerprint() -> None:
    onnx, torch = load_encoder(DEFAULT_MODEL), torch_encoder()
    assert onnx.fingerprint == torch.fingerprint
    assert onnx.max_tokens == torch.max_tokens
    assert onnx.token_spans(TEXTS) == torch.token_spans(TEXTS)
    for texts in (TEXTS, [LONG]):
        assert np.sum(onnx.encode_queries(texts) * torch.encode_queries(texts), axis=1).min() >= 0.9999
    assert np.sum(onnx.encode_passages(TEXTS) * torch.encode_passages(TEXTS), axis=1).min() >= 0.9999


def test_torch_in_float16_as_on_a_gpu_agrees_with_float32() -> None:
    half, onnx = torch_encoder("float16"), load_encoder(DEFAULT_MODEL)
    assert half.fingerprint == onnx.fingerprint
    vectors = half.encode_passages(TEXTS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.sum(vectors * onnx.encode_passages(TEXTS), axis=1).min() >= 0.9995


def test_a_query_prompt_changes_queries_only() -> None:
    prompted = load_encoder("bge-small-en-v1.5-int8")
    assert not np.allclose(prompted.encode_queries(["a cat"]), prompted.encode_passages(["a cat"]), atol=1e-3)
    plain = load_encoder(DEFAULT_MODEL)
    assert np.allclose(plain.encode_queries(["a cat"]), plain.encode_passages(["a cat"]), atol=1e-6)


def test_the_tests_own_encoder_is_the_same_in_another_process() -> None:
    code = (
        "import sys; from tests.contract.hashing_encoder import HashingEncoder;"
        "sys.stdout.write(HashingEncoder().encode_queries(['a cat sat', 'naïve']).tobytes().hex())"
    )
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert HashingEncoder().encode_queries(["a cat sat", "naïve"]).tobytes().hex() == other


def test_the_tests_own_encoder_counts_what_it_encodes() -> None:
    calls: list[tuple[str, list[str]]] = []
    encoder = HashingEncoder(calls=calls)
    encoder.encode_passages(["a", "b"])
    encoder.encode_queries(["c"])
    assert encoder.encoded == 3
    assert calls == [("passages", ["a", "b"]), ("queries", ["c"])]


@pytest.mark.parametrize("name", bi_encoders())
def test_rows_give_the_vectors_of_their_texts(name: str) -> None:
    encoder = load_encoder(name)
    assert isinstance(encoder, TokenizingOnce)
    rows = encoder.rows(TEXTS)
    assert np.array_equal(encoder.encode_rows(rows), encoder.encode_passages(TEXTS))
    found = encoder.tokenize(TEXTS)
    assert [one.spans for one in found] == encoder.token_spans(TEXTS)
    assert encoder.joins
    assert [encoder.row(one.ids) for one in found] == rows
    assert encoder.rows(TEXTS * 200) == rows * 200
    with pytest.raises(ValueError, match="a passage of"):
        encoder.rows([LONG])
