"""Options of commands whose texts an encoder-decoder may rewrite, and translations as they are shown and recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import click

from semsearch.cli.search_options import many
from semsearch.cli.terminal.hits import Look
from semsearch.cli.terminal.screen import safe_name, safe_text
from semsearch.cli.terminal.wrap import layout, unbroken

__all__ = [
    "add_translations",
    "check_language",
    "rewriting_options",
    "translation_lines",
]

F = TypeVar("F", bound=Callable[..., Any])
_INDENT = "    "


def rewriting_options(function: F) -> F:
    """Add what every command takes whose texts an encoder-decoder may rewrite."""
    options: list[Callable[[F], F]] = [
        click.option(
            "--translate",
            metavar="LANG",
            help="Also show the answer and the hits in another language (de, fr, ...); quotes stay as they are.",
        ),
        click.option(
            "--seq2seq",
            metavar="NAME",
            help="Which T5, BART, Pegasus or Marian model summarizes and translates: a folder or a hub repository.",
        ),
    ]
    return many(options)(function)


def add_translations(records: Iterable[dict[str, Any]], translations: Sequence[str]) -> None:
    """Give each record its translation; without any the records stay as they are."""
    for record, translation in zip(records, translations, strict=False):
        record["translation"] = translation


def check_language(language: str | None) -> None:
    """Refuse an unknown language before anything is searched or loaded."""
    if language is not None:
        from semsearch.models.encoder_decoder.tasks import language_code

        language_code(language)


def translation_lines(texts: Sequence[str], language: str | None, look: Look) -> Iterator[str]:
    """Yield the lines of translations, each marked with its language."""
    mark = f"[{safe_name(language or '')}] "
    width = max(20, look.screen.width - len(_INDENT) - len(mark))
    for text in texts:
        for number, line in enumerate(layout(text, width, reflow=True)):
            lead = look.screen.dim(mark) if number == 0 else " " * len(mark)
            yield _INDENT + lead + " " * line.indent + safe_text(unbroken(text[line.start : line.stop]))
