"""A dialogue on the terminal: questions in, answers with their sources out, and the few commands around them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.cli.commands.ask.stream import StreamedAnswer, place
from semsearch.cli.terminal.screen import in_short, notice, safe_name, safe_text, screen_of, warning, write
from semsearch.errors import InvalidQuery, ModelUnavailable, SemsearchError
from semsearch.settings import user_path
from semsearch.types.answers import Answer, Sentence
from semsearch.types.models import Token

if TYPE_CHECKING:
    from semsearch.api.asking import Asked, Asking

__all__ = ["Conversation"]

_HELP = """\
/sources      show what the last answer rests on, to the letter
/save FILE    keep the dialogue; semsearch ask --history FILE goes on with it
/help         show this
/quit         leave (so does the end of the input)
Anything else is a question. Ctrl-C stops an answer."""


class Conversation:
    """Asks, prints and saves. `found` and `failed` say how it went."""

    def __init__(self, asking: Asking, history: Path | None, *, probabilities: bool) -> None:
        """Bind a dialogue, and the file that it is saved to after every answer."""
        self._asking = asking
        self._history = history
        self._probabilities = probabilities
        self._screen = screen_of(sys.stdout)
        self.found = False
        self.failed = False

    def talk(self) -> None:
        """Read questions from the terminal until the user leaves. An error ends the question, not the dialogue."""
        notice("semsearch: ask a question; /help shows the commands, /quit leaves")
        while True:
            try:
                line = _read_line()
            except EOFError:
                write()
                return
            try:
                if not self._take(line):
                    return
            except SemsearchError as error:
                _tell(error)
            except KeyboardInterrupt:
                write()
                notice("semsearch: stopped")

    def answer_all(self, questions: Iterable[str]) -> None:
        """Answer one line after the other in one dialogue; one that cannot be answered is reported and skipped."""
        for number, question in enumerate(questions):
            write("\n" * bool(number) + self._screen.bold(safe_name(f"── {question}")))
            try:
                if not self._take(question):
                    return
            except InvalidQuery as error:
                _tell(error)
                self.failed = True

    def _take(self, line: str) -> bool:
        """Obey a command or answer a question; False ends the dialogue."""
        name, _, rest = line.strip().partition(" ")
        if name == "/quit":
            return False
        if name == "/help":
            write(_HELP)
        elif name == "/sources":
            self._show_sources()
        elif name == "/save":
            self._save(rest.strip())
        elif name.startswith("/") and not rest and "/" not in name[1:]:
            raise InvalidQuery(f"there is no command {name}; /help lists the commands")
        elif name:
            self.answer(line)
        return True

    def answer(self, question: str) -> None:
        """Answer one question and save the dialogue. Raises what `Asking.ask` raises, after printing what came."""
        shown = StreamedAnswer(self._screen, Path.cwd(), probabilities=self._probabilities)
        try:
            for step in self._asking.ask(question):
                if isinstance(step, Token):
                    shown.token(step)
                elif isinstance(step, Sentence):
                    shown.sentence(step)
                elif isinstance(step, Answer):
                    self._conclude(step, shown)
                else:
                    self._announce(step)
        except (ModelUnavailable, KeyboardInterrupt):
            shown.finish()
            raise
        finally:
            if self._history is not None:
                self._asking.dialogue.save(self._history)

    def _announce(self, asked: Asked) -> None:
        if asked.query != asked.question:
            notice(f"semsearch: searching for: {in_short(asked.query, 200)}")

    def _conclude(self, answer: Answer, shown: StreamedAnswer) -> None:
        """Print what the answer is after all, where it differs from what was streamed, and its sources."""
        shown.finish()
        self.found = self.found or answer.found
        for text in answer.warnings:
            warning(text)
        quoted = answer.method == "extractive"
        if quoted and answer.found:
            if shown.written:
                notice("semsearch: no document supports that; the documents themselves say:")
            shown.whole(answer.sentences)
        if not answer.found:
            write("Not found in these documents.")
        for line in shown.sources():
            write("  " + line)
        sys.stdout.flush()

    def _show_sources(self) -> None:
        exchanges = self._asking.dialogue.exchanges
        if not exchanges or not exchanges[-1].sources:
            raise InvalidQuery("the last answer has no sources" if exchanges else "nothing has been asked yet")
        for number, reported in enumerate(exchanges[-1].sources, start=1):
            write(f"{self._screen.path(f'[{number}]')} {place(reported.path, reported.anchor, Path.cwd())}")
            write(f"    {safe_text(' '.join(reported.quote.split()))}")

    def _save(self, name: str) -> None:
        if not name:
            raise InvalidQuery("name a file: /save FILE")
        file = user_path(name)
        self._asking.dialogue.save(file)
        notice(f"semsearch: saved {len(self._asking.dialogue.exchanges)} questions to {file}")


def _read_line() -> str:
    try:
        import readline  # the arrow keys work in `input` once this is imported

        del readline
    except ImportError:
        pass
    sys.stdout.flush()
    return input("> ")


def _tell(error: SemsearchError) -> None:
    screen = screen_of(sys.stderr)
    sys.stderr.write(f"{screen.bad('semsearch: error:')} {safe_name(' '.join(str(error).split()))}\n")
