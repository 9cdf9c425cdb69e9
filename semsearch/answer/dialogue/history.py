"""The history of a dialogue: questions, the queries searched for, and answers with their sources.

It is saved as one JSON file, written atomically: {"semsearch_dialogue": 1, "exchanges": [...]}.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from semsearch.answer.dialogue.followup import Turn
from semsearch.errors import InvalidQuery, SemsearchError
from semsearch.types.answers import Answer

__all__ = ["Dialogue", "Exchange", "Said", "Told"]

_VERSION = 1
_MARK = "semsearch_dialogue"
_LARGEST = 50_000_000


@dataclass(frozen=True, slots=True)
class Told:
    """A source: its place (`anchor` as text) and its exact quote."""

    path: str
    anchor: str
    quote: str


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of an answer: the numbers of its sources, from 1, or why it is doubted."""

    text: str
    sources: tuple[int, ...]
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer. `topic` is the question that opened the topic, `method` how the answer was made."""

    question: str
    query: str
    topic: str
    method: str
    found: bool
    sentences: tuple[Said, ...]
    sources: tuple[Told, ...]

    @property
    def turn(self) -> Turn:
        """The turn that a later question may refer to."""
        return Turn(self.question, self.query, self.topic, " ".join(said.text for said in self.sentences))

    @classmethod
    def of(cls, question: str, query: str, topic: str, answer: Answer) -> Exchange:
        """Build an exchange from an answer; each source is numbered once."""
        numbers: dict[Told, int] = {}
        sentences = []
        for sentence in answer.sentences:
            quotes = [Told(c.path, str(c.anchor), c.quote) for c in sentence.citations]
            cited = tuple(dict.fromkeys(numbers.setdefault(quote, len(numbers) + 1) for quote in quotes))
            sentences.append(Said(sentence.text, cited, sentence.doubt))
        return cls(question, query, topic, answer.method, answer.found, tuple(sentences), tuple(numbers))


@dataclass(slots=True)
class Dialogue:
    """The exchanges so far, in order."""

    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def turns(self) -> list[Turn]:
        """The turns of the dialogue, for follow-up questions."""
        return [exchange.turn for exchange in self.exchanges]

    def save(self, file: Path) -> None:
        """Write the dialogue, replacing the file atomically.

        Raises InvalidQuery when the file contains something else, SemsearchError when it cannot be written.
        """
        if file.exists() and file.stat().st_size:
            self.load(file)
        values = {_MARK: _VERSION, "exchanges": [asdict(exchange) for exchange in self.exchanges]}
        try:
            _replace(file, json.dumps(values, ensure_ascii=True, indent=1))
        except OSError as error:
            raise SemsearchError(f"{file} cannot be written ({error.strerror}): name another file") from error

    @classmethod
    def load(cls, file: Path) -> Dialogue:
        """Read a saved dialogue. Raises InvalidQuery when it is damaged or not a dialogue."""
        try:
            if file.stat().st_size > _LARGEST:
                raise ValueError("it is too large")
            values = json.loads(file.read_text(encoding="utf-8"))
            version = values[_MARK]
            if version == _VERSION:
                return cls([_exchange(value) for value in values["exchanges"]])
        except OSError as error:
            raise InvalidQuery(f"{file} cannot be read ({error.strerror}): name another file") from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidQuery(
                f"{file} is not a saved dialogue, or is damaged: name another file, or move it away"
            ) from error
        raise InvalidQuery(f"{file} was saved by another version of semsearch ({version!r}): name another file")


def _exchange(value: Mapping[str, Any]) -> Exchange:
    """Build an exchange from JSON. Raises ValueError, KeyError or TypeError when it is not one."""
    sources = tuple(Told(**_texts(told, "path", "anchor", "quote")) for told in value["sources"])
    sentences = []
    for said in value["sentences"]:
        numbers = tuple(int(number) for number in said["sources"])
        if not all(1 <= number <= len(sources) for number in numbers):
            raise ValueError("a sentence cites a missing source")
        sentences.append(Said(sources=numbers, **_texts(said, "text", "doubt")))
    texts = _texts(value, "question", "query", "topic", "method")
    return Exchange(found=bool(value["found"]), sentences=tuple(sentences), sources=sources, **texts)


def _texts(value: Mapping[str, Any], *names: str) -> dict[str, str]:
    found = {name: value[name] for name in names}
    if not all(isinstance(text, str) for text in found.values()):
        raise TypeError("expected a string")
    return found


def _replace(file: Path, text: str) -> None:
    """Write a file atomically, readable only by its user."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.resolve().parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file.resolve())
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
