"""`query --summarize`: its options, and an answer for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from semsearch.cli.generation_options import Generation
from semsearch.cli.search_options import many
from semsearch.cli.set_option import asked_for, spelled
from semsearch.cli.terminal.hits import Look, place
from semsearch.cli.terminal.json_records import anchor_record
from semsearch.cli.terminal.screen import safe_text
from semsearch.cli.terminal.wrap import layout, unbroken
from semsearch.types.answers import Answer

if TYPE_CHECKING:
    from semsearch.search.options import SearchOptions
    from semsearch.types.answers import Citation, Sentence

__all__ = ["METHODS", "Summarizing", "SummarizingCommand", "answer_lines", "answer_record", "summarize_options"]

F = TypeVar("F", bound=Callable[..., Any])
METHODS = ("extractive", "generate", "seq2seq")
_BARE = "semsearch.bare"
_OPTION = "--summarize"
_INDENT = "    "
_TOKENS = 256


class SummarizingCommand(click.Command):
    """Reads `--summarize` without a value of its own: the word after it belongs to the query."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Give a bare `--summarize` its value before click takes the next word for it."""
        end = args.index("--") if "--" in args else len(args)
        ctx.meta[_BARE] = _OPTION in args[:end]
        given = [f"{_OPTION}={METHODS[0]}" if arg == _OPTION else arg for arg in args[:end]]
        return super().parse_args(ctx, given + args[end:])


def summarize_options(function: F) -> F:
    """Add what asks for an answer above the hits."""
    options: list[Callable[[F], F]] = [
        click.option(
            _OPTION,
            type=click.Choice(METHODS),
            is_eager=True,
            metavar="[=METHOD]",
            help="Answer from the hits, each sentence with where it stands. extractive (the default): sentences of "
            "the documents; generate: a decoder writes, and each sentence is checked; seq2seq: an encoder-decoder sums "
            "up. A cross-encoder reads the best passages, which takes seconds; --no-rerank is faster and finds less.",
        ),
        click.option("--sentences", type=click.IntRange(1, 20), default=3, hidden=True),
        click.option("--strict", is_flag=True, help="Leave out generated sentences that no document supports."),
    ]  # fmt: skip
    return many(options)(function)


class Summarizing(NamedTuple):
    """How answers are made in one run of `query`; build it with `Summarizing.take(options)`."""

    method: str
    strict: bool
    sentences: int
    generation: Generation
    seq2seq: str | None

    @classmethod
    def take(cls, ctx: click.Context, options: dict[str, Any]) -> Summarizing | None:
        """Take the values out of a command's keyword arguments; None when no answer is asked for."""
        summarize, strict, sentences = (options.pop(name) for name in ("summarize", "strict", "sentences"))
        generation, seq2seq = Generation.take(options), options.get("seq2seq")
        named = next((name for name in _generating(ctx)), "")
        if summarize is None and (named or strict):
            raise click.UsageError(f"{named or '--strict'} goes with --summarize", ctx)
        if summarize is None:
            return None
        method = "generate" if ctx.meta.get(_BARE) and "--generator" in _generating(ctx) else summarize
        if method != "generate" and named:
            raise click.UsageError(f"{named} goes with --summarize=generate, not with {method}", ctx)
        if method == "extractive" and strict:
            raise click.UsageError("--strict goes with a generated answer; an extractive one is made of quotes", ctx)
        if not _given(ctx, "rerank") and ctx.params.get("rerank") is False:
            options["rerank"] = True
            options["rerank_top"] = options["rerank_top"] if _given(ctx, "rerank_top") else _reranked()
        return cls(method, strict, sentences, generation, seq2seq)

    def keywords(self, search: SearchOptions) -> dict[str, Any]:
        """Return what is asked for as keyword arguments of `Index.answer_stream`."""
        from semsearch.settings import DEFAULT_GENERATOR

        options: dict[str, Any] = {"strict": self.strict, "sentences": self.sentences}
        options |= {"rerank": search.rerank, "reranker": search.reranker}
        if self.method == "generate":
            options |= {"generator": self.generation.generator or DEFAULT_GENERATOR}
            options |= {"base_url": self.generation.base_url, "sampling": self.generation.sampling(_TOKENS)}
        if self.method == "seq2seq":
            options |= {"seq2seq": self.seq2seq or True}
        return options


def _reranked() -> int:
    from semsearch.api.answers import RERANKED

    return RERANKED


def _given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) not in (None, click.core.ParameterSource.DEFAULT)


def _generating(ctx: click.Context) -> Iterator[str]:
    """Yield the options of a generator that were given on the command line."""
    for name in Generation._fields:
        if asked_for(ctx, name):
            yield spelled(ctx, name)


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer for programs; `text` is that of its sentences, and nothing when it was not found."""
    return {
        "found": answer.found,
        "method": answer.method,
        "text": " ".join(sentence.text for sentence in answer.sentences),
        "sentences": [_sentence_record(sentence) for sentence in answer.sentences],
        "dropped": [_sentence_record(sentence) for sentence in answer.dropped],
    }


def _sentence_record(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "supported": sentence.supported,
        "doubt": sentence.doubt or None,
        "citations": [_citation_record(citation) for citation in sentence.citations],
    }


def _citation_record(citation: Citation) -> dict[str, Any]:
    return {
        "hit": citation.hit,
        "path": citation.path,
        **anchor_record(citation.anchor),
        "start": citation.start,
        "stop": citation.stop,
        "quote": citation.quote,
        "document_id": citation.document_id,
        "passage_id": citation.passage_id,
    }


def answer_lines(answer: Answer, look: Look) -> Iterator[str]:
    """Yield the lines of an answer: its sentences with numbers, then where each number leads, then a rule."""
    numbers: dict[Citation, int] = {}
    for sentence in answer.sentences:
        for citation in sentence.citations:
            numbers.setdefault(citation, len(numbers) + 1)
    for sentence in answer.sentences:
        marks = "".join(f"[{numbers[citation]}]" for citation in sentence.citations)
        doubt = "" if sentence.supported else f"(not supported: {sentence.doubt})"
        yield from _wrapped(f"{sentence.text} {marks or doubt}", look, "", faint=not sentence.supported)
    yield ""
    written = answer.method != "extractive"
    for citation, number in numbers.items():
        yield f"{look.screen.dim(f'[{number}]')} {place(citation.anchor, citation.path, look)}"
        if written:
            yield from _wrapped(f"“{citation.quote}”", look, _INDENT, faint=True)
    yield look.screen.dim("─" * min(40, look.screen.width))


def _wrapped(text: str, look: Look, indent: str, *, faint: bool) -> Iterator[str]:
    text = " ".join(text.split())
    for line in layout(text, look.screen.width - len(indent), reflow=True):
        shown = safe_text(unbroken(text[line.start : line.stop]))
        yield indent + (look.screen.dim(shown) if faint else shown)
