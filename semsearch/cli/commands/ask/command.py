"""`semsearch ask`: a dialogue over the index; every answer says where it comes from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from semsearch.cli.generation_options import Generation, generation_options
from semsearch.cli.search_options import common, many, within_options
from semsearch.cli.session import Session
from semsearch.cli.set_option import asked_for, set_option, spelled
from semsearch.cli.terminal.screen import notice
from semsearch.errors import InvalidQuery

__all__ = ["command"]

_OWN_OPTIONS: list[Callable[..., Any]] = [
    click.option(
        "--extractive",
        is_flag=True,
        help="Answer in the documents' own sentences; no decoder is loaded, which starts seconds sooner.",
    ),
    click.option("--strict", is_flag=True, help="Keep only sentences that a document supports."),
    click.option(
        "--history",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Go on with the dialogue saved in this file, and save it there after every answer.",
    ),
    *within_options,
]


@click.command(
    "ask",
    short_help="Ask the index questions, in a dialogue.",
    epilog="""
    \b
    Examples:
      semsearch ask
      semsearch ask "when is the mite treatment due" --history bees.json
      semsearch ask --extractive - < questions.txt
      semsearch ask --generator openai:llama3.2 --base-url http://localhost:11434/v1
      semsearch ask --show-probabilities --set max_tokens=40 "what does honey weigh"

    In the dialogue, /sources shows what the last answer rests on and /save FILE keeps it; /quit leaves.

    Exits with 0 when a question was answered, 1 when nothing was found, 2 after an error.
    """,
)
@click.argument("text", nargs=-1, metavar="[TEXT...]")
@many(_OWN_OPTIONS)
@generation_options
@set_option("ask")
@common
@click.pass_context
def command(ctx: click.Context, /, text: tuple[str, ...], **options: Any) -> None:
    """Answer a question from the documents; without TEXT, one after the other, `-` from standard input.

    A follow-up question is completed with what was said before it is searched for, and what is searched for is shown.
    A local decoder writes the answer (--generator names another), and each of its sentences is checked: it gets its
    source, or it is doubted.
    """
    from semsearch.api.asking import Asking
    from semsearch.cli.commands.ask.conversation import Conversation

    generation = Generation.take(options)
    if options["extractive"]:
        _refuse_decoder_options(ctx)
    session = ctx.ensure_object(Session)
    history: Path | None = options["history"]
    dialogue = _saved(history)
    if history is not None and not os.access(history.absolute().parent, os.W_OK):
        raise InvalidQuery(f"{history} cannot be written: its folder is not there, or not yours to write in")
    with session.open() as index:
        asking = Asking(
            index,
            generator=None if options["extractive"] else generation.load(session),
            sampling=generation.sampling(),
            dialogue=dialogue,
            strict=options["strict"],
            within=options["within"],
            filters=options["filters"],
        )
        conversation = Conversation(asking, history, probabilities=generation.show_probabilities)
        if text and text != ("-",):
            conversation.answer(" ".join(text))
        elif not text and sys.stdin is not None and sys.stdin.isatty():
            conversation.talk()
            return
        else:
            conversation.answer_all(_lines())
    ctx.exit(2 if conversation.failed else 0 if conversation.found else 1)


def _refuse_decoder_options(ctx: click.Context) -> None:
    """Refuse what only a decoder takes; what the user's configuration says of decoders is for other calls."""
    given = [spelled(ctx, name) for name in ("generator", "base_url", "show_probabilities") if asked_for(ctx, name)]
    if given:
        raise click.UsageError(f"--extractive goes with no decoder: leave out {' and '.join(given)}", ctx)


def _saved(file: Path | None) -> Any:
    from semsearch.answer.dialogue.history import Dialogue

    if file is None or not file.exists() or not file.stat().st_size:
        return Dialogue()
    dialogue = Dialogue.load(file)
    notice(f"semsearch: going on after {len(dialogue.exchanges)} questions in {file}")
    return dialogue


def _lines() -> Iterator[str]:
    if sys.stdin is None:
        raise InvalidQuery("standard input is closed; give a question instead of -")
    for line in sys.stdin.buffer:
        if text := line.decode("utf-8", "replace").strip():
            yield text
