"""Decoders and encoder-decoders in the roles of encoders: each says what the library itself computes, and keeps the
role's promises.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch.errors import ModelUnavailable
from semsearch.models.decoder.embedder import DecoderEmbedder
from semsearch.models.decoder.generate import Decoder
from semsearch.models.decoder.reranker import DecoderReranker
from semsearch.models.encoder.tokenizer import windows
from semsearch.models.encoder_decoder.embedder import Seq2SeqEmbedder
from semsearch.models.encoder_decoder.folder import open_folder
from semsearch.models.encoder_decoder.reranker import Seq2SeqReranker
from semsearch.models.shared.pooling import PooledEncoder, Pooling, token_spans
from semsearch.settings import cache_dir
from semsearch.types.models import CrossEncoder, Tokenizing
from tests.contract import relevance_t5, tiny_decoder

TEXTS = ("The red box holds keys.", "", "no", "a blue tin!", "\x00 \ud800 キー", "  red   box \n")


@pytest.fixture(scope="module")
def decoder(tmp_path_factory: pytest.TempPathFactory) -> Decoder:
    return Decoder(tiny_decoder.make(tmp_path_factory.mktemp("decoder")), name="tiny", precision="float32")


@pytest.fixture(scope="module")
def t5() -> Path:
    return relevance_t5.trained(cache_dir() / "tests")


@pytest.fixture(scope="module", params=["last token", "mean", "encoder"])
def embedder(request: pytest.FixtureRequest, decoder: Decoder, t5: Path) -> PooledEncoder:
    if request.param == "encoder":
        return Seq2SeqEmbedder(open_folder(t5, "t5"), "t5", t5)
    return DecoderEmbedder(decoder, Pooling(request.param))


@pytest.fixture(scope="module", params=["decoder", "encoder-decoder"])
def reranker(request: pytest.FixtureRequest, decoder: Decoder, t5: Path) -> CrossEncoder:
    return DecoderReranker(decoder) if request.param == "decoder" else Seq2SeqReranker(open_folder(t5, "t5"), "t5")


def library_model(folder: Path, kind: str) -> tuple[Any, Any]:
    import transformers

    model = getattr(transformers, kind).from_pretrained(folder).eval()
    return model, transformers.AutoTokenizer.from_pretrained(folder)


def test_vectors_are_unit_rows_that_do_not_depend_on_their_batch(embedder: PooledEncoder) -> None:
    for encode in (embedder.encode_passages, embedder.encode_queries):
        together = encode(TEXTS)
        assert together.shape == (len(TEXTS), embedder.dim)
        assert together.dtype == np.float32
        assert together.flags.c_contiguous
        assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
        assert np.array_equal(together, np.concatenate([encode([text]) for text in TEXTS]))
        assert encode([]).shape == (0, embedder.dim)
    assert abs(together[0] @ together[3]) < 0.999


def test_nothing_is_cut_off_silently(embedder: PooledEncoder) -> None:
    assert isinstance(embedder, Tokenizing)
    long = "red box " * 400
    spans = embedder.token_spans([long])[0]
    assert len(spans) == 800
    assert embedder.truncated(long)
    assert not embedder.truncated("red")
    fits = long[: spans[embedder.max_tokens - 1][1]]
    assert embedder.encode_passages([fits]).shape == (1, embedder.dim)
    with pytest.raises(ValueError, match=f"more than {embedder.max_tokens}"):
        embedder.encode_passages([long])
    assert np.array_equal(embedder.encode_queries([long]), embedder.encode_queries([fits]))
    assert embedder.token_spans(["", " \n"]) == [[], []]


def test_a_decoder_s_vector_is_what_the_library_computes(decoder: Decoder) -> None:
    import torch

    model, tokenizer = library_model(decoder.path, "AutoModel")
    ids = tokenizer("the red box holds keys.", return_tensors="pt").input_ids
    with torch.inference_mode():
        states = model(input_ids=ids).last_hidden_state[0]
    for pooling, wanted in ((Pooling.LAST, states[-1]), (Pooling.MEAN, states.mean(0))):
        found = DecoderEmbedder(decoder, pooling).encode_passages(["the red box holds keys."])[0]
        assert found == pytest.approx((wanted / wanted.norm()).numpy(), abs=1e-5)


def test_only_the_last_token_has_seen_the_whole_text(decoder: Decoder) -> None:
    one, other = (decoder.states(decoder.tokenizer(text)["input_ids"]) for text in ("red box keys", "red box coins"))
    assert np.allclose(one[:2].float(), other[:2].float(), atol=1e-5)
    assert not np.allclose(one[2].float(), other[2].float(), atol=1e-2)


@pytest.mark.parametrize("sees", [128, 48])
def test_a_decoder_that_sees_little_reads_a_passage_in_windows_or_is_refused(sees: int, tmp_path: Path) -> None:
    folder = tiny_decoder.make(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": sees}))
    small = Decoder(folder, name="small", precision="float32")
    if sees == 48:
        with pytest.raises(ModelUnavailable, match="small sees 48 tokens, too few for a query and a passage"):
            DecoderReranker(small)
        return
    reranker = DecoderReranker(small)
    passages = ["the red box holds keys. " * 100, "the red box holds keys."]
    assert np.isfinite(reranker.score("red box", passages)).all()
    assert not reranker.truncated("red box")
    assert reranker.truncated("red box " * 100)
    assert np.isfinite(reranker.score("red box " * 100, passages)).all()


def test_a_decoder_s_score_is_the_log_odds_of_its_first_token(decoder: Decoder) -> None:
    import torch

    from semsearch.models.decoder import reranker as decoder_reranker

    query, passage = "red box", "The red box holds keys."
    question = decoder_reranker._PROMPT.format(query=query, passage=passage)
    model, tokenizer = library_model(decoder.path, "AutoModelForCausalLM")
    prompt = f"{decoder_reranker._TASK}\n\nUser: {question}\n\nAssistant:"
    with torch.inference_mode():
        shares = model(**tokenizer(prompt, return_tensors="pt")).logits[0, -1].softmax(0)
    yes, no = (float(shares[tokenizer.convert_tokens_to_ids(word)]) for word in ("yes", "no"))
    found = float(DecoderReranker(decoder).score(query, [passage])[0])
    assert found == pytest.approx(np.log(yes / no), abs=1e-4)


def test_an_encoder_decoder_s_score_is_the_probability_of_true(t5: Path) -> None:
    import torch

    model, tokenizer = library_model(t5, "AutoModelForSeq2SeqLM")
    query, passage = "red box", "The red tin holds keys."
    ids = tokenizer(f"Query: {query} Document: {passage} Relevant:", return_tensors="pt").input_ids
    with torch.inference_mode():
        out = model(input_ids=ids, decoder_input_ids=torch.tensor([[model.config.decoder_start_token_id]]))
    pair = out.logits[0, 0, tokenizer.convert_tokens_to_ids(["true", "false"])]
    found = float(Seq2SeqReranker(open_folder(t5, "t5"), "t5").score(query, [passage])[0])
    assert np.exp(found) == pytest.approx(float(pair.softmax(0)[0]), abs=0.02)  # bfloat16 where the processor has it


def test_scores_do_not_depend_on_the_other_passages(reranker: CrossEncoder) -> None:
    passages = ["The red box holds keys.", "", "The blue tin holds stones.", "red " * 30]
    together = reranker.score("red box", passages)
    assert together.dtype == np.float32
    assert np.isfinite(together).all()
    assert np.array_equal(together, np.concatenate([reranker.score("red box", [p]) for p in passages]))
    assert reranker.score("red box", []).shape == (0,)
    assert reranker.score("", ["a"]).shape == (1,)
    assert reranker.score("red box " * 500, ["a"]).shape == (1,)


def test_a_long_passage_has_the_score_of_its_best_window(reranker: CrossEncoder) -> None:
    passage = "The blue tin holds stones. " * 110 + "The red box holds keys. " + "The blue tin holds coins. " * 90
    if isinstance(reranker, DecoderReranker):
        tokenizer, room = reranker._decoder.tokenizer, 512
    else:
        tokenizer, room = reranker._opened.tokenizer, relevance_t5.CONTEXT - 7 - 2  # the prompt, the query
    parts = windows(passage, token_spans(tokenizer, [passage])[0], room)
    assert len(parts) > 2
    assert reranker.score("red box", [passage])[0] == reranker.score("red box", parts).max()


def test_windows_cover_a_text_and_share_a_quarter() -> None:
    text = " ".join(f"w{n}" for n in range(100))
    spans = [(a, a + len(word)) for word in text.split() for a in [text.index(word)]]
    parts = windows(text, spans, 40)
    assert all(len(part.split()) <= 40 for part in parts)
    assert {word for part in parts for word in part.split()} == set(text.split())
    assert parts[0].split()[-10:] == parts[1].split()[:10]
    assert windows("short", [(0, 5)], 40) == ["short"]


def test_the_small_t5_ranks_what_it_never_saw(t5: Path) -> None:
    reranker = Seq2SeqReranker(open_folder(t5, "t5"), "t5")
    chance = random.Random(1)
    right = 0
    for _ in range(100):
        query, passage, relevant = relevance_t5.example(chance, unseen=True)
        right += bool(reranker.score(query, [passage])[0] > np.log(0.5)) is relevant
    assert right >= 90


def test_a_model_without_the_words_cannot_rerank(small_t5: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="no separate tokens for true and false"):
        Seq2SeqReranker(open_folder(small_t5, "small"), "small")
