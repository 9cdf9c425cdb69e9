"""Stream a generated answer: tokens, each finished sentence with its verdict, and finally the whole answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from semsearch.answer.checks.support import Verifier, cleaned
from semsearch.answer.prompt import Prompt
from semsearch.answer.text.sentences import sentence_spans
from semsearch.types.answers import Answer, Sentence
from semsearch.types.models import Generator, Sampling, Token
from semsearch.types.search import Hit

__all__ = ["Event", "checked", "stream"]

Event: TypeAlias = Token | Sentence | Answer
"""A generated token, a finished sentence with its verdict, or, at the end, the answer."""
_ENDS = ".!?…。！？؟।\"'”’»)]"


def stream(
    question: str,
    hits: Sequence[Hit],
    prompt: Prompt,
    evidence: Verifier,
    generator: Generator,
    *,
    sampling: Sampling,
    strict: bool = False,
) -> Iterator[Event]:
    """Yield every token as it is generated, every sentence once it is finished and verified, and finally the answer.

    Tokens are unverified: show them only where a verdict can follow. Raises what the generator raises.
    """
    written, count, done = "", 0, 0  # `done`: characters that were verified
    judged: list[Sentence] = []
    for token in generator.generate(prompt.messages, sampling):
        written += token.text
        count += 1
        yield token
        for start, stop in sentence_spans(written)[:-1]:  # a sentence is finished when the next one has begun
            if start >= done:
                judged.append(evidence.check(written[start:stop]))
                done = stop
                yield judged[-1]
    for start, stop in (span for span in sentence_spans(written) if span[0] >= done):
        judged.append(_last(written[start:stop], evidence, cut=count >= sampling.max_tokens))
        yield judged[-1]
    yield _answer(question, judged, hits, generator.name, strict, prompt.warnings)


def checked(
    question: str, text: str, hits: Sequence[Hit], evidence: Verifier, *, method: str, strict: bool = False
) -> Answer:
    """Return a text generated from the hits as an answer, each sentence with its verdict."""
    judged = [evidence.check(text[start:stop]) for start, stop in sentence_spans(text)]
    return _answer(question, judged, hits, method, strict, ())


def _last(text: str, evidence: Verifier, *, cut: bool) -> Sentence:
    if cut and text.rstrip()[-1:] not in _ENDS:
        return Sentence(cleaned(text), doubt="it was cut off by the token limit")
    return evidence.check(text)


def _answer(
    question: str, judged: Sequence[Sentence], hits: Sequence[Hit], method: str, strict: bool, warnings: tuple[str, ...]
) -> Answer:
    """Assemble an answer: repeated sentences count once; without a supported one, nothing was found."""
    distinct = list({sentence.text.casefold(): sentence for sentence in reversed(judged)}.values())[::-1]
    supported = tuple(sentence for sentence in distinct if sentence.supported)
    if not supported:
        return Answer(question, (), tuple(hits), False, method, tuple(distinct), warnings)
    if not strict:
        return Answer(question, tuple(distinct), tuple(hits), True, method, (), warnings)
    dropped = tuple(sentence for sentence in distinct if not sentence.supported)
    return Answer(question, supported, tuple(hits), True, method, dropped, warnings)
