"""An answer as it comes: words as a model writes them, and behind each sentence its sources, or why it is doubted."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from semsearch.answer.text.sentences import sentence_spans
from semsearch.cli.terminal.hits import shown_path
from semsearch.cli.terminal.screen import Screen, safe_name, safe_text
from semsearch.cli.terminal.tokens import token_line
from semsearch.types.answers import Citation, Sentence
from semsearch.types.models import Token

__all__ = ["StreamedAnswer", "place"]


def place(path: str, anchor: str, cwd: Path) -> str:
    """Return where a source is, as a person would type it."""
    name = safe_name(shown_path(path, cwd))
    if anchor.startswith("L"):
        return f"{name}:{anchor[1:].partition('-')[0]}"
    return f"{name} {safe_name(anchor)}".rstrip()


class StreamedAnswer:
    """Prints what comes of one answer and numbers its sources."""

    def __init__(self, screen: Screen, cwd: Path, *, probabilities: bool = False) -> None:
        """Take the screen of standard output; with `probabilities` each token has a line of its own."""
        self._screen = screen
        self._cwd = cwd
        self._probabilities = probabilities
        self._written = ""
        self._shown = 0
        self._judged = 0
        self._begun = False
        self._numbers: dict[tuple[str, str, str], int] = {}

    @property
    def written(self) -> bool:
        """Whether a model has written anything."""
        return bool(self._written.strip())

    def token(self, token: Token) -> None:
        """Print a token, one late: a sentence is known to be finished when the next one has begun."""
        if self._probabilities:
            _out(token_line(token, self._screen) + "\n")
            return
        self._show(len(self._written))
        self._written += token.text

    def sentence(self, sentence: Sentence) -> None:
        """Print the verdict on the next sentence behind it; with `probabilities`, the sentence as well."""
        if self._probabilities:
            self._put(sentence.text)
            self._mark(sentence)
            self.finish()
            return
        spans = sentence_spans(self._written)
        self._show(spans[self._judged][1] if self._judged < len(spans) else len(self._written))
        self._judged += 1
        self._mark(sentence)

    def finish(self) -> None:
        """Print what is held back, and end the line."""
        self._show(len(self._written.rstrip()))
        if self._begun:
            _out("\n")
        self._begun = False

    def whole(self, sentences: Sequence[Sentence]) -> None:
        """Print an answer that did not come in tokens."""
        for number, sentence in enumerate(sentences):
            self._put((" " if number else "") + sentence.text)
            self._mark(sentence)
        self.finish()

    def sources(self) -> list[str]:
        """Return a line for each source: its number and where it is."""
        return [
            f"{self._screen.path(f'[{number}]')} {place(path, anchor, self._cwd)}"
            for (path, anchor, _), number in self._numbers.items()
        ]

    def _mark(self, sentence: Sentence) -> None:
        if sentence.citations:
            numbers = dict.fromkeys(self._number(citation) for citation in sentence.citations)
            _out(" " + self._screen.path("".join(f"[{number}]" for number in numbers)))
        else:
            _out(" " + self._screen.bad(safe_text(f"[? {sentence.doubt}]" if sentence.doubt else "[?]")))

    def _number(self, citation: Citation) -> int:
        key = (citation.path, str(citation.anchor), citation.quote)
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def _show(self, stop: int) -> None:
        """Print what the model wrote up to a character; blanks at its end wait for what follows."""
        stop = len(self._written[:stop].rstrip())
        if stop > self._shown:
            self._put(self._written[self._shown : stop])
            self._shown = stop

    def _put(self, text: str) -> None:
        if not self._begun:
            text = text.lstrip()
        if text:
            self._begun = True
            _out("\n".join(map(safe_text, text.split("\n"))))


def _out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
