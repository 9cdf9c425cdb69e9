"""What every reranker must do: the tests' own, and those of every architecture, runtime and catalogue entry."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from semsearch.api.rerankers import load_reranker
from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.cross_encoder import OnnxCrossEncoder, load_cross_encoder
from semsearch.models.encoder.cross_encoder_fingerprint import read_cross_recipe
from semsearch.models.weights.catalog import CATALOG
from semsearch.search.late_interaction import LateInteraction, OwnTokens
from semsearch.settings import cache_dir
from semsearch.types.models import CrossEncoder, Role
from tests.contract import relevance_t5, tiny_decoder
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.overlap_reranker import OverlapReranker

QUERY = "how long do cats sleep"
TEXTS = (
    "Cats sleep for most of the day.",
    "",
    "x",
    "def encode(texts):\n    return model(texts)  # 3.14",
    "Crème brûlée, naïve façade; Ångström. İstanbul ﬁne Ⅷ ½",
    "日本語の文章と한국어 문장, русский текст, العربية",
    "emoji 👩‍👩‍👧 zero\u200bwidth, soft\u00adhyphen, \x00 control, lone \ud800 surrogate",
    "A river, and two bridges over it.",
)
FILLER = "The harbour was quiet and the boats lay still beside the long grey wall. " * 60
CROSS = [name for name, entry in CATALOG.items() if Role.CROSS_ENCODER in entry.roles]


def quietly(load: Callable[[], CrossEncoder]) -> CrossEncoder:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, while they are imported
        return load()


def torch_reranker(folder: Path) -> CrossEncoder:
    from semsearch.models.encoder.cross_encoder_torch import TorchCrossEncoder

    return TorchCrossEncoder(folder, read_cross_recipe(folder), name=str(folder))


def decoder_reranker(folder: Path) -> CrossEncoder:
    from semsearch.models.decoder.generate import Decoder
    from semsearch.models.decoder.reranker import DecoderReranker

    with TemporaryDirectory(dir=folder) as own:
        return DecoderReranker(Decoder(tiny_decoder.make(Path(own)), name="tiny", precision="float32"))


def seq2seq_reranker() -> CrossEncoder:
    from semsearch.models.encoder_decoder.folder import open_folder
    from semsearch.models.encoder_decoder.reranker import Seq2SeqReranker

    folder = relevance_t5.trained(cache_dir() / "tests")
    return Seq2SeqReranker(open_folder(folder, "t5"), "t5")


MADE: dict[str, Callable[[Path], CrossEncoder]] = {
    "overlap": lambda tiny: OverlapReranker(),
    "exported": lambda tiny: load_reranker(str(tiny / "cross")),
    "plain": lambda tiny: load_reranker(str(tiny / "plain")),
    "torch": lambda tiny: torch_reranker(tiny / "cross"),
    "prompted": lambda tiny: load_reranker(str(tiny / "prompted")),
    "late": lambda tiny: load_reranker(str(tiny / "late")),
    "tokens": lambda tiny: LateInteraction(OwnTokens(HashingEncoder(max_tokens=10_000), "tokens")),
    "decoder": lambda tiny: decoder_reranker(tiny),
    "encoder-decoder": lambda tiny: seq2seq_reranker(),
    **{name: (lambda tiny, name=name: load_reranker(name)) for name in CROSS},
}
SENSIBLE = {"overlap", "tokens", *CROSS}
"""Those that were trained, or made, to know what belongs together."""


@pytest.fixture(scope="module", params=list(MADE))
def named(request: pytest.FixtureRequest, tiny_rerankers: Path) -> tuple[str, CrossEncoder]:
    return request.param, quietly(lambda: MADE[request.param](tiny_rerankers))


@pytest.fixture(scope="module")
def reranker(named: tuple[str, CrossEncoder]) -> CrossEncoder:
    return named[1]


def test_there_is_a_finite_float32_for_each_passage(reranker: CrossEncoder) -> None:
    scores = reranker.score(QUERY, TEXTS)
    assert scores.shape == (len(TEXTS),)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert len(set(scores.tolist())) > 1, "different passages are told apart"


def test_nothing_in_nothing_out(reranker: CrossEncoder) -> None:
    scores = reranker.score(QUERY, [])
    assert scores.shape == (0,)
    assert scores.dtype == np.float32


def test_a_score_does_not_depend_on_the_other_passages(reranker: CrossEncoder) -> None:
    together = reranker.score(QUERY, TEXTS)
    alone = np.concatenate([reranker.score(QUERY, [text]) for text in TEXTS])
    backwards = reranker.score(QUERY, TEXTS[::-1])[::-1]
    assert np.allclose(together, alone, atol=1e-4)
    assert np.allclose(together, backwards, atol=1e-4)


def test_the_same_call_gives_the_same_bits(reranker: CrossEncoder) -> None:
    assert np.array_equal(reranker.score(QUERY, TEXTS), reranker.score(QUERY, TEXTS))


def test_an_empty_or_odd_query_is_scored(reranker: CrossEncoder) -> None:
    for query in ("", " \n", "?", "\ud800", "日本"):
        assert np.isfinite(reranker.score(query, TEXTS)).all()


def test_what_belongs_together_scores_higher(named: tuple[str, CrossEncoder]) -> None:
    name, reranker = named
    if name in SENSIBLE:
        scores = reranker.score(QUERY, TEXTS)
        assert scores.argmax() == 0


def test_the_end_of_a_long_passage_counts(named: tuple[str, CrossEncoder]) -> None:
    name, reranker = named
    ends = [FILLER, f"{FILLER} {TEXTS[0]}", f"{TEXTS[0]} {FILLER}", f"{FILLER} {TEXTS[0]} {FILLER}"]
    scores = reranker.score(QUERY, ends)
    assert np.isfinite(scores).all()
    if name in SENSIBLE:
        assert (scores[1:] > scores[0] + 0.5).all(), scores


def test_a_long_query_is_read_from_its_beginning_and_says_so(reranker: CrossEncoder) -> None:
    truncated = getattr(reranker, "truncated", None)
    if isinstance(reranker, OverlapReranker) or truncated is None:
        assert np.isfinite(reranker.score(FILLER, TEXTS)).all()
        return
    assert not truncated(QUERY)
    if truncated(FILLER):
        longer = reranker.score(FILLER, TEXTS), reranker.score(FILLER + "And a different end.", TEXTS)
        assert np.allclose(*longer, atol=1e-5)


def test_many_threads_may_use_one_reranker(reranker: CrossEncoder) -> None:
    expected = reranker.score(QUERY, TEXTS)
    with ThreadPoolExecutor(4) as pool:
        for scores in pool.map(lambda _: reranker.score(QUERY, TEXTS), range(8)):
            assert np.allclose(scores, expected, atol=1e-4)


def test_it_can_be_loaded_by_its_name_again(named: tuple[str, CrossEncoder]) -> None:
    name, reranker = named
    if name in ("exported", "plain", "late", *CROSS):
        again = quietly(lambda: load_reranker(reranker.name))
        assert np.array_equal(again.score(QUERY, TEXTS), reranker.score(QUERY, TEXTS))


def test_an_export_scores_as_the_library_does(tiny_rerankers: Path) -> None:
    reference = json.loads((tiny_rerankers / "reference.json").read_text())
    ready = quietly(lambda: load_cross_encoder(str(tiny_rerankers / "cross")))
    assert isinstance(ready, OnnxCrossEncoder)
    for reranker in (ready, quietly(lambda: torch_reranker(tiny_rerankers / "cross"))):
        scores = reranker.score(reference["query"], reference["passages"])
        assert np.allclose(scores, reference["logits"], atol=1e-4)


def test_what_does_not_export_runs_on_torch_and_says_so(tiny_rerankers: Path) -> None:
    from semsearch.models.encoder.cross_encoder_torch import TorchCrossEncoder

    reranker = quietly(lambda: load_cross_encoder(str(tiny_rerankers / "prompted")))
    assert isinstance(reranker, TorchCrossEncoder)
    plain = quietly(lambda: load_cross_encoder(str(tiny_rerankers / "plain")))
    assert not np.allclose(reranker.score(QUERY, TEXTS), plain.score(QUERY, TEXTS), atol=1e-3), "the prompt is seen"


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("classes", "is a BertForSequenceClassification .*, not a cross-encoder"),
        ("base", "is a BertModel .*, not a cross-encoder"),
        ("", "lacks model.safetensors"),
    ],
)
def test_what_is_no_reranker_is_refused_by_name(tiny_rerankers: Path, folder: str, said: str) -> None:
    with pytest.raises(ModelUnavailable, match=said):
        load_reranker(str(tiny_rerankers / folder))


def test_a_head_of_several_outputs_is_refused_whatever_the_library_calls_it(
    tiny_rerankers: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_rerankers / "classes", tmp_path / "classes")
    shutil.copy(tiny_rerankers / "cross" / "config_sentence_transformers.json", folder)
    with pytest.raises(ModelUnavailable, match="is a classifier of 3 classes, not a model with one score"):
        load_reranker(str(folder))


def test_missing_and_damaged_files_are_named(tiny_rerankers: Path, tmp_path: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        folder = tmp_path / name
        shutil.copytree(tiny_rerankers / "plain", folder)
        (folder / name).unlink()
        with pytest.raises(ModelUnavailable, match=f"lacks {name}"):
            load_reranker(str(folder))
    folder = tmp_path / "config"
    shutil.copytree(tiny_rerankers / "plain", folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=r"config\.json cannot be read"):
        load_reranker(str(folder))


def test_a_ready_graph_is_used_and_another_one_refused(tmp_path: Path) -> None:
    entry = CATALOG[CROSS[0]]
    source = load_reranker(entry.name)
    assert isinstance(source, OnnxCrossEncoder)
    folder = tmp_path / "ready"
    shutil.copytree(source.path, folder)
    assert np.array_equal(load_reranker(str(folder)).score(QUERY, TEXTS), source.score(QUERY, TEXTS))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"lacks tokenizer\.json"):
        load_reranker(str(folder))
    (folder / "model.onnx").write_bytes(b"nothing")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match="is not a valid ONNX graph"):
        load_reranker(str(folder))


def test_late_interaction_is_the_librarys_own_maxsim(tiny_rerankers: Path) -> None:
    reference = json.loads((tiny_rerankers / "reference.json").read_text())
    reranker = quietly(lambda: load_reranker(str(tiny_rerankers / "late")))
    assert isinstance(reranker, LateInteraction)
    scores = reranker.score(reference["query"], reference["passages"])
    assert np.allclose(scores, reference["maxsim"], rtol=1e-4)
