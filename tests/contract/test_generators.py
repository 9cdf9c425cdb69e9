"""What every generator must do, run over each: the tests' own, a tiny Llama, the default model, and one far away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from semsearch.errors import InvalidQuery
from semsearch.models.decoder.generate import load_generator
from semsearch.models.decoder.unpacked_gguf import prepared_folder
from semsearch.settings import DEFAULT_GENERATOR
from semsearch.types.models import Generator, Message, Sampling, Token
from tests.contract.loopback_server import serving_model
from tests.contract.tiny_generators import EchoingGenerator, make_llama

ASK = [Message("system", "You are brief."), Message("user", "Name the four seasons of the year in order, please.")]
OTHER = [Message("user", "What is two plus two? Say it in a whole sentence.")]


@pytest.fixture(scope="module", params=["echoing", "tiny", "default", "remote"])
def generator(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Generator]:
    if request.param == "echoing":
        yield EchoingGenerator()
    elif request.param == "tiny":
        yield load_generator(str(make_llama(tmp_path_factory.mktemp("llama"))))
    elif request.param == "default":
        yield load_generator(DEFAULT_GENERATOR)
    else:
        folder = prepared_folder(DEFAULT_GENERATOR)
        with serving_model(folder, tmp_path_factory.mktemp("server") / "log") as url:
            yield load_generator(f"openai:{folder}", base_url=url)


def said(generator: Generator, messages: list[Message], **sampling: object) -> list[Token]:
    return list(generator.generate(messages, Sampling(**sampling)))


def test_tokens_are_text_with_a_probability_where_it_is_known(generator: Generator) -> None:
    tokens = said(generator, ASK, max_tokens=12)
    assert 1 <= len(tokens) <= 12
    assert "".join(token.text for token in tokens).strip()
    assert all(token.probability is None or 0 < token.probability <= 1 for token in tokens)


def test_the_most_probable_tokens_are_the_same_each_time_and_a_shorter_answer_begins_a_longer_one(
    generator: Generator,
) -> None:
    long, short = said(generator, ASK, max_tokens=8), said(generator, ASK, max_tokens=3)
    assert [t.text for t in said(generator, ASK, max_tokens=8)] == [t.text for t in long]
    whole = "".join(t.text for t in long)
    assert whole.startswith("".join(t.text for t in short).rstrip("\ufffd"))


def test_a_seed_makes_the_same_choices_again(generator: Generator) -> None:
    draws = [
        "".join(t.text for t in said(generator, ASK, max_tokens=8, temperature=1.2, top_p=0.95, seed=7))
        for _ in range(2)
    ]
    assert draws[0] == draws[1]


def test_an_answer_depends_on_the_messages(generator: Generator) -> None:
    assert [t.text for t in said(generator, ASK, max_tokens=8)] != [
        t.text for t in said(generator, OTHER, max_tokens=8)
    ]


def test_two_answers_at_once_do_not_disturb_each_other_and_one_may_be_left_early(generator: Generator) -> None:
    alone = said(generator, ASK, max_tokens=5)
    one = generator.generate(ASK, Sampling(max_tokens=5))
    other = generator.generate(OTHER, Sampling(max_tokens=5))
    woven = []
    for token in one:
        woven.append(token)
        next(other, None)
    other.close()  # type: ignore[attr-defined]
    assert [t.text for t in woven] == [t.text for t in alone]


def test_tokens_are_counted_and_more_text_has_more(generator: Generator) -> None:
    few = generator.count_tokens(OTHER)
    assert 0 < few < generator.count_tokens([*OTHER, Message("assistant", "Four."), *ASK[1:]])


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(max_tokens=0),
        Sampling(temperature=-0.1),
        Sampling(temperature=float("nan")),
        Sampling(top_p=0.0),
        Sampling(top_p=1.1),
    ],
)
def test_what_cannot_be_sampled_is_refused_at_once(generator: Generator, sampling: Sampling) -> None:
    with pytest.raises(InvalidQuery):
        generator.generate(OTHER, sampling)


def test_no_message_is_refused_at_once(generator: Generator) -> None:
    with pytest.raises(InvalidQuery):
        generator.generate([], Sampling())


def test_a_prompt_that_does_not_fit_is_refused_at_once_with_numbers(generator: Generator) -> None:
    if not generator.context:  # the protocol does not tell; the server does, when it is asked
        assert generator.name.startswith("openai:")
        return
    long = [Message("user", "honey " * generator.context)]
    assert generator.count_tokens(long) > generator.context
    with pytest.raises(InvalidQuery, match=str(generator.context)):
        generator.generate(long, Sampling(max_tokens=5))
    room = generator.context - generator.count_tokens(OTHER)
    with pytest.raises(InvalidQuery, match=str(generator.context)):
        generator.generate(OTHER, Sampling(max_tokens=room + 1))
    generator.generate(OTHER, Sampling(max_tokens=room))
