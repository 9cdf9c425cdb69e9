"""Texts of a generator kept on disk, so that a benchmark that is run again writes only what has changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from semsearch.types.models import Generator, Message, Sampling, Token
from tests.benchmarks.material import cache_folder


class Store:
    """Values by key in a file of the benchmarks' cache."""

    def __init__(self, name: str) -> None:
        self._db = sqlite3.connect(cache_folder() / f"{name}.sqlite", timeout=60)
        self._db.execute("CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value TEXT)")

    def get(self, *parts: str) -> Any:
        row = self._db.execute("SELECT value FROM kept WHERE key = ?", (_key(parts),)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, value: Any, *parts: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (_key(parts), json.dumps(value)))
        self._db.commit()


def _key(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class RememberedTexts:
    """A generator that writes no answer twice; it is loaded when there is something new to write."""

    def __init__(self, name: str, load: Callable[[], Generator], context: int) -> None:
        self.name, self.context = name, context
        self._load = load
        self._model: Generator | None = None
        self._store = Store("generated-texts")

    def _loaded(self) -> Generator:
        self._model = self._model or self._load()
        return self._model

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Return an upper estimate: no token of these prompts is shorter than a character."""
        return sum(len(message.content) // 2 + 8 for message in messages)

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        asked = json.dumps([[m.role, m.content] for m in messages]) + repr(sampling)
        tokens = self._store.get(self.name, asked)
        if tokens is None:
            tokens = []
            for token in self._loaded().generate(messages, sampling):
                tokens.append(token.text)
                yield token
            self._store.put(tokens, self.name, asked)
            return
        for text in tokens:
            yield Token(text, None)
