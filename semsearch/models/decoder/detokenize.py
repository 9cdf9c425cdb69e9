"""Streaming detokenization: characters are never broken, and the text ends before a stop string."""

from __future__ import annotations

from collections.abc import Callable, Sequence

__all__ = ["Detokenizer"]

_BROKEN = "\ufffd"
_LONGEST_WAIT = 8
"""Longest run of tokens without text; a character has four bytes at most, but a model may emit bytes without end."""


class Detokenizer:
    """Detokenizes one token at a time.

    The text of a token depends on those before it (a blank in front, the bytes of one character), so the last few are
    decoded together each time, and the new part is the token's text.
    """

    def __init__(self, decode: Callable[[Sequence[int]], str], stops: Sequence[str] = ()) -> None:
        """Take the tokenizer's function to decode ids, and strings that end the text and are not part of it."""
        self._decode = decode
        self._stops = tuple(stops)
        self._ids: list[int] = []
        self._emitted = 0
        """The text of the ids before this one has been returned."""
        self._start = 0
        """Ids from this one on are decoded: from one before `_emitted`, so that a blank in front is right."""
        self._held = ""
        self.stopped = False

    def push(self, token: int) -> str:
        """Return the text that this token completes; empty while a character or a stop string is incomplete."""
        self._ids.append(token)
        before = self._decode(self._ids[self._start : self._emitted])
        after = self._decode(self._ids[self._start :])
        waiting = len(self._ids) - self._emitted
        if len(after) <= len(before) or (after.endswith(_BROKEN) and waiting < _LONGEST_WAIT):
            return ""
        self._start, self._emitted = self._emitted, len(self._ids)
        return self._until_stop(after[len(before) :])

    def rest(self) -> str:
        """Return the text that is still held back, when no token follows."""
        before = self._decode(self._ids[self._start : self._emitted])
        after = self._decode(self._ids[self._start :])
        self._emitted = self._start = len(self._ids)
        text = self._until_stop(after[len(before) :])
        held, self._held = self._held, ""
        return text + held

    def _until_stop(self, text: str) -> str:
        text = self._held + text
        self._held = ""
        found = [position for stop in self._stops if (position := text.find(stop)) >= 0]
        if found:
            self.stopped = True
            return text[: min(found)]
        longest = max((len(stop) - 1 for stop in self._stops), default=0)
        for size in range(min(longest, len(text)), 0, -1):
            if any(stop.startswith(text[-size:]) for stop in self._stops):
                self._held = text[-size:]
                return text[:-size]
        return text
