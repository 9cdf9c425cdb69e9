"""What every encoder-decoder from text to text has to do, and what only a right one can: a T5 with one right answer."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import InvalidQuery
from semsearch.models.encoder_decoder.greedy import Rules
from semsearch.models.encoder_decoder.transform import EncoderDecoder, load_seq2seq
from semsearch.types.models import Seq2Seq
from tests.contract.small_t5 import ASK, SUMMARIZE, TRANSLATE, example
from tests.contract.tiny_seq2seq import MAKERS, Reversing

TEXTS = [
    "the red box holds seven keys .",
    "a bag",
    "the old green box and the new blue bag holds two keys , not three coins .",
    "under the box ?",
]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)  # two threads on a busy machine mostly wait for each other


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    import torch

    made = {}
    for name, make in MAKERS.items():
        torch.manual_seed(7)
        made[name] = make(tmp_path_factory.mktemp("seq2seq") / name)
    return made


@pytest.fixture(scope="session")
def t5(small_t5: Path) -> EncoderDecoder:
    return load_seq2seq(str(small_t5))


@pytest.fixture(params=["reversing", "small T5", *MAKERS])
def model(request: pytest.FixtureRequest, folders: dict[str, Path]) -> Seq2Seq:
    if request.param == "reversing":
        return Reversing()
    if request.param == "small T5":
        trained: EncoderDecoder = request.getfixturevalue("t5")
        return trained.task("summarization")
    return load_seq2seq(str(folders[request.param]))


def longest(model: Seq2Seq) -> str:
    """Return the longest text of one word that the model sees."""
    text = "a"
    while model.count_tokens([text + " a"])[0] <= model.max_tokens:
        text += " a"
    return text


def test_each_input_has_its_output_whatever_is_beside_it(model: Seq2Seq) -> None:
    texts = [text for text in TEXTS if model.count_tokens([text])[0] <= model.max_tokens]
    together = model.transform(texts, max_new_tokens=12)
    assert len(together) == len(texts)
    assert together == [model.transform([text], max_new_tokens=12)[0] for text in texts]
    assert together[::-1] == model.transform(texts[::-1], max_new_tokens=12)


def test_nothing_gives_nothing(model: Seq2Seq) -> None:
    assert model.transform([]) == []
    assert model.count_tokens([]) == []
    assert len(model.transform(["", "a bag"], max_new_tokens=4)) == 2


def test_what_the_encoder_does_not_see_is_refused_and_never_cut_off(model: Seq2Seq) -> None:
    whole = longest(model)
    assert model.count_tokens([whole])[0] == model.max_tokens
    model.transform([whole], max_new_tokens=2)
    with pytest.raises(InvalidQuery):
        model.transform(["a bag", whole + " a"])


def test_an_output_has_no_more_tokens_than_asked_for(model: Seq2Seq) -> None:
    short = model.transform(TEXTS[:1], max_new_tokens=2)[0]
    assert len(short.split()) <= 2


def test_it_has_a_name(model: Seq2Seq) -> None:
    assert model.name
    assert model.max_tokens > 0


# The same tokens as a loop without a cache, with random weights.


@pytest.mark.parametrize("kind", MAKERS)
def test_tokens_are_the_most_probable_ones_of_a_loop_that_reads_everything_anew(
    kind: str, folders: dict[str, Path]
) -> None:
    loaded = load_seq2seq(str(folders[kind]))
    model = loaded._opened.model
    rules = Rules.read(model, {})
    written = [loaded._run([row], 20)[0] for row in loaded._rows(TEXTS)]
    for row, mine in zip(loaded._rows(TEXTS), written, strict=True):
        assert mine == _slow(model, row, rules, 20)
    assert loaded._run(loaded._rows(TEXTS), 20) == written
    assert len({tuple(row) for row in written}) > 1


def _slow(model: Any, row: list[int], rules: Rules, room: int) -> list[int]:
    import torch

    own = model.generation_config
    tokens = [rules.start]
    while len(tokens) <= room:
        with torch.inference_mode():
            output = model(input_ids=torch.tensor([row]), decoder_input_ids=torch.tensor([tokens]))
        logits = output.logits[0, -1].clone()
        size = own.no_repeat_ngram_size or 0
        for at in range(len(tokens) - size + 1 if size else 0):
            if tokens[at : at + size - 1] == tokens[len(tokens) - size + 1 :]:
                logits[tokens[at + size - 1]] = -torch.inf
        for (word,) in own.bad_words_ids or ():
            logits[word] = -torch.inf
        forced = own.forced_bos_token_id if len(tokens) == 1 else None
        tokens.append(int(logits.argmax()) if forced is None else forced)
        if tokens[-1] in rules.ends:
            return tokens[1:-1]
    return tokens[1:]


@pytest.mark.parametrize("kind", MAKERS)
def test_the_encoder_runs_once_for_each_input_and_the_decoder_sees_one_token_a_step(
    kind: str, folders: dict[str, Path]
) -> None:
    loaded = load_seq2seq(str(folders[kind]))
    encoded: list[int] = []
    widths: list[int] = []
    model = loaded._opened.model
    hooks = [
        model.get_encoder().register_forward_hook(
            lambda module, args, kwargs, output: encoded.append(output.last_hidden_state.shape[0]), with_kwargs=True
        ),
        model.get_decoder().register_forward_hook(
            lambda module, args, kwargs, output: widths.append(output.last_hidden_state.shape[1]), with_kwargs=True
        ),
    ]
    try:
        loaded.transform(TEXTS, max_new_tokens=9)
    finally:
        for hook in hooks:
            hook.remove()
    assert sum(encoded) == len(TEXTS)
    assert len(widths) > len(encoded)
    assert set(widths) == {1}


# One right answer: what a wrong cross-attention or a wrong start token cannot give.


def accuracy(model: EncoderDecoder, task: str, n: int = 60) -> float:
    chance = random.Random(f"{task} {n}")
    asked = {
        SUMMARIZE: lambda: model.task("summarization"),
        TRANSLATE: lambda: model.translator("en", "de"),
        ASK: lambda: model.task("question_generation"),
    }[task]()
    pairs = [example(task, chance, held_out=True) for _ in range(n)]
    outputs = asked.transform([text.removeprefix(task) for text, _ in pairs])
    return sum(output == right for output, (_, right) in zip(outputs, pairs, strict=True)) / n


TASKS = pytest.mark.parametrize("task", [SUMMARIZE, TRANSLATE, ASK])


@TASKS
def test_the_trained_t5_gives_the_one_right_answer(t5: EncoderDecoder, task: str) -> None:
    assert accuracy(t5, task) >= 0.95


@contextmanager
def cross_attention(t5: EncoderDecoder, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Change what the decoder is told about the encoder's states; the weights stay."""

    def hook(module: Any, args: Any, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        change(kwargs)
        return args, kwargs

    handle = t5._opened.model.get_decoder().register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def neighbours_states(kwargs: dict[str, Any]) -> None:
    kwargs["encoder_hidden_states"] = kwargs["encoder_hidden_states"].roll(1, dims=0)


def only_the_first_token(kwargs: dict[str, Any]) -> None:
    mask = kwargs["encoder_attention_mask"].clone()
    mask[:, 1:] = 0
    kwargs["encoder_attention_mask"] = mask


def no_states(kwargs: dict[str, Any]) -> None:
    kwargs["encoder_hidden_states"] = kwargs["encoder_hidden_states"] * 0


@TASKS
@pytest.mark.parametrize("change", [neighbours_states, only_the_first_token, no_states])
def test_a_wrong_cross_attention_gives_wrong_answers(
    t5: EncoderDecoder, task: str, change: Callable[[dict[str, Any]], None]
) -> None:
    with cross_attention(t5, change):
        assert accuracy(t5, task) <= 0.3
    assert accuracy(t5, task) >= 0.95


@TASKS
def test_a_wrong_start_token_gives_wrong_answers(small_t5: Path, tmp_path: Path, task: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small_t5, folder)
    for file in ("config.json", "generation_config.json"):
        values = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps({**values, "decoder_start_token_id": 1}))
    wrong = load_seq2seq(str(folder))
    assert wrong._rules.start == 1
    assert accuracy(wrong, task) <= 0.3


def test_the_model_reads_a_whole_input_up_to_its_last_token(t5: EncoderDecoder) -> None:
    chance = random.Random(3)
    facts = [example(ASK, chance)[0].removeprefix(ASK) for _ in range(6)]
    text = " ".join([*facts[:5], "Note: " + facts[5]])
    summary = t5.task("summarization")
    assert summary.count_tokens([text])[0] > 40
    assert summary.transform([text]) == [facts[5]]
