"""Turn a follow-up question into a standalone one that can be searched for.

A search knows nothing of earlier turns. A generator rewrites the question, and its text is used only if it kept every
word of the follow-up and added only words from the dialogue; otherwise words of the question that opened the topic are
appended to the follow-up. No word of the user's question is ever lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from semsearch.answer.text.words import stems, words_of
from semsearch.types.models import Generator, Message, Sampling

__all__ = ["Turn", "leans_on_history", "rewritten", "standalone"]

_POINTERS = frozenset("""
it its they them their theirs this that these those he him his she her hers there then one ones same such former latter
both either neither another other others so instead else again too more less
""".split())  # fmt: skip # noqa: SIM905
_VAGUE = frozenset("one more less other same so there".split())  # noqa: SIM905 - they may refer to nothing as well
_CONNECTIVES = re.compile(r"^\W*(and|but|or|also|so|then|what about|how about|what if|in that case)\b", re.IGNORECASE)
_FEW = 2
"""Content words below which a question has no topic of its own (`why?`, `how often?`, `in winter?`)."""
_TOPIC_WORDS = 8
_LONGEST = 40
"""Maximum words of a rewritten question; a longer text is an answer, or noise."""
_INSTRUCTION = (
    "Rewrite the last question so that it can be understood without the conversation. Replace words like it or they by "
    "what they stand for. Keep every other word. Write only the question."
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question as typed, the query that was searched for, and the answer."""

    question: str
    query: str
    topic: str
    """The question that opened the topic."""
    answer: str


def leans_on_history(question: str) -> bool:
    """Return whether a question depends on earlier ones: it refers back, or has no topic of its own."""
    words = words_of(question)
    content = [word for word in words if word.stem and word.lower not in _POINTERS]
    if _CONNECTIVES.match(question) or len(content) < _FEW:
        return True
    return any(word.lower in _POINTERS - _VAGUE for word in words)


def standalone(question: str, history: Sequence[Turn], generator: Generator | None) -> str:
    """Return the question to search for: unchanged if it is standalone, else completed from the history.

    Raises what the generator raises.
    """
    if not history or not leans_on_history(question):
        return question
    if generator is not None:
        written = rewritten(question, history, generator)
        if is_faithful(written, question, history):
            return written
    return completed(question, history[-1].topic)


def rewritten(question: str, history: Sequence[Turn], generator: Generator) -> str:
    """Return a generator's rewrite of a follow-up, unverified, one line. It gets the last two turns."""
    turns = [f"Question: {turn.question}\nAnswer: {turn.answer[:300]}" for turn in history[-2:]]
    messages = [Message("system", _INSTRUCTION), Message("user", "\n".join([*turns, f"Last question: {question}"]))]
    if generator.context and generator.count_tokens(messages) + 64 > generator.context:
        return ""
    written = ""
    for token in generator.generate(messages, Sampling(max_tokens=64)):
        written += token.text
        if "\n" in written.strip():
            break
    line = next(iter(written.strip().splitlines()), "")
    return re.sub(r"^(?:last |rewritten )?question:\s*", "", line, flags=re.IGNORECASE).strip(" \"'“”")


def is_faithful(written: str, question: str, history: Sequence[Turn]) -> bool:
    """Return whether a rewrite has all content words of the follow-up, and at least one more, all from the dialogue."""
    ours = set(stems(words_of(written)))
    asked = {word.stem for word in words_of(question) if word.stem and word.lower not in _POINTERS}
    known = {stem for turn in history for text in (turn.question, turn.query, turn.answer) for stem in _stems(text)}
    added = ours - asked
    return bool(added) and asked <= ours and added <= known and len(words_of(written)) <= _LONGEST


def completed(question: str, topic: str) -> str:
    """Return the follow-up with the content words of the topic appended that it lacks."""
    asked = set(_stems(question))
    words: dict[str, str] = {}
    for word in words_of(topic):
        if word.stem and word.stem not in asked:
            words.setdefault(word.stem, word.text)
    return " ".join([question, *list(words.values())[:_TOPIC_WORDS]])


def _stems(text: str) -> list[str]:
    return stems(words_of(text))
