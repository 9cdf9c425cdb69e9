"""What every encoder of single tokens must do: the tests' own, both runtimes, and every catalogue model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from semsearch.models.encoder.load import load_encoder
from semsearch.models.weights.catalog import CATALOG
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import Role, TokenEncoder, TokenVectors
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.test_encoders import LONG, TEXTS, torch_encoder

NAMES = [name for name, entry in CATALOG.items() if entry.files and Role.TOKEN_ENCODER in entry.roles]
ENCODERS: dict[str, Callable[[], TokenEncoder]] = {
    "hashing": HashingEncoder,
    **{name: (lambda name=name: load_encoder(name)) for name in NAMES},
    "torch": torch_encoder,
}
Encode = Callable[[list[str]], list[TokenVectors]]


@pytest.fixture(scope="module", params=list(ENCODERS))
def encoder(request: pytest.FixtureRequest) -> TokenEncoder:
    return ENCODERS[request.param]()


@pytest.fixture(params=["query", "passage"])
def encode(request: pytest.FixtureRequest, encoder: TokenEncoder) -> Encode:
    return encoder.encode_query_tokens if request.param == "query" else encoder.encode_passage_tokens


def test_each_token_has_a_unit_row_and_a_place_in_the_text(encode: Encode) -> None:
    found = encode(list(TEXTS))
    assert len(found) == len(TEXTS)
    for text, tokens in zip(TEXTS, found, strict=True):
        assert tokens.vectors.ndim == 2
        assert tokens.vectors.dtype == np.float32
        assert len(tokens.vectors) == len(tokens.spans)
        assert np.allclose(np.linalg.norm(tokens.vectors, axis=1), 1.0, atol=1e-5)
        assert all(0 <= start < stop <= len(text) for start, stop in tokens.spans)
        starts = [start for start, _ in tokens.spans]
        assert starts == sorted(starts)


def test_special_tokens_and_prompts_are_left_out(encode: Encode) -> None:
    (tokens,) = encode(["a cat sat"])
    assert ["a cat sat"[a:b] for a, b in tokens.spans] == ["a", "cat", "sat"]
    (nothing,) = encode([""])
    assert nothing.spans == ()
    assert nothing.vectors.shape[0] == 0
    assert encode([]) == []


def test_a_row_does_not_depend_on_its_batch(encode: Encode) -> None:
    together = encode(list(TEXTS))
    for text, tokens in zip(TEXTS, together, strict=True):
        (alone,) = encode([text])
        assert alone.spans == tokens.spans
        assert np.allclose(alone.vectors, tokens.vectors, atol=1e-4)


def test_what_is_beyond_its_sight_is_left_out(encode: Encode) -> None:
    (tokens,) = encode([LONG])
    assert len(tokens.spans) > 8
    assert tokens.spans[-1][1] < len(LONG)
    assert [LONG[a:b] for a, b in tokens.spans[:3]] == ["Every", "word", "of"]


def test_a_word_is_nearest_to_itself(encode: Encode) -> None:
    one, other = encode(["the cat sat on the mat", "a cat slept"])
    similar = one.vectors @ other.vectors.T
    cat = next(n for n, (a, b) in enumerate(one.spans) if "the cat sat on the mat"[a:b] == "cat")
    assert "a cat slept"[slice(*other.spans[int(similar[cat].argmax())])] == "cat"


def test_both_runtimes_agree() -> None:
    onnx, torch = load_encoder(DEFAULT_MODEL), torch_encoder()
    for ours, theirs in (
        (onnx.encode_query_tokens(TEXTS), torch.encode_query_tokens(TEXTS)),
        (onnx.encode_passage_tokens(TEXTS), torch.encode_passage_tokens(TEXTS)),
    ):
        for a, b in zip(ours, theirs, strict=True):
            assert a.spans == b.spans
            assert np.allclose(a.vectors, b.vectors, atol=1e-4)


def test_the_query_prompt_is_seen_but_not_told() -> None:
    encoder = load_encoder("bge-small-en-v1.5-int8")
    (query,), (passage,) = encoder.encode_query_tokens(["a cat"]), encoder.encode_passage_tokens(["a cat"])
    assert query.spans == passage.spans
    assert not np.allclose(query.vectors, passage.vectors, atol=1e-2)
