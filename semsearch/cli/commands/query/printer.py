"""What `query` was asked, and how its answers are printed: for people, for programs, or as paths only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from semsearch import client_context as caller
from semsearch.api.query_extras import CompletedQuery, Extras
from semsearch.cli.commands.query.summarize import Summarizing, answer_lines, answer_record
from semsearch.cli.commands.query.translate import add_translations, check_language, translation_lines
from semsearch.cli.search_options import search_of
from semsearch.cli.session import Session
from semsearch.cli.terminal.hits import Look, render_hit, shown_path
from semsearch.cli.terminal.json_records import results_record, to_json
from semsearch.cli.terminal.screen import in_short, notice, screen_of, warning, write, write_path

if TYPE_CHECKING:
    from semsearch.search.options import SearchOptions
    from semsearch.types.models import Token
    from semsearch.types.search import Results

__all__ = ["Answers", "QueryCommand"]

_LONG_SECONDS = 3.0
_ABSENT = 3
"""Absent words that a message names."""


class QueryCommand(NamedTuple):
    """What one run of `query` was asked for, and how it is printed."""

    search: SearchOptions
    extras: Extras
    files: bool
    null: bool
    as_json: bool
    as_jsonl: bool
    probabilities: bool
    """Whether each token of an answer is printed with its probability."""
    save: str | None = None

    @classmethod
    def take(cls, ctx: click.Context, options: dict[str, Any]) -> QueryCommand:
        """Take the values out of the command's keyword arguments. Raises UsageError for those that contradict."""
        summarizing = Summarizing.take(ctx, options)
        language, translator = options.pop("translate"), options.pop("seq2seq")
        check_language(language)
        probabilities = summarizing is not None and summarizing.generation.show_probabilities
        context, explain = options.pop("context"), options.pop("explain")
        shown = {name: options.pop(name) for name in ("files", "null", "as_json", "as_jsonl", "save")}
        search = search_of(options)
        answer = None if summarizing is None else summarizing.keywords(search)
        asked = cls(
            search, Extras(answer, explain, context, language, translator), probabilities=probabilities, **shown
        )
        asked._check(ctx)
        return asked

    def _check(self, ctx: click.Context) -> None:
        if sum((self.as_json, self.as_jsonl, self.files)) > 1:
            raise click.UsageError("choose one of --json, --jsonl and --files", ctx)
        if self.null and not self.files:
            raise click.UsageError("--null goes with --files", ctx)
        if self.extras.language and self.files:
            raise click.UsageError("--translate has no text to show with --files", ctx)
        if self.extras.answer is not None and self.files:
            raise click.UsageError("there is nothing to answer with --summarize: --files prints paths only", ctx)
        if self.probabilities and (self.as_json or self.as_jsonl):
            raise click.UsageError("--show-probabilities prints tokens for people: leave out --json and --jsonl", ctx)

    @property
    def plain(self) -> bool:
        """Whether hits are all that is wanted, which any process may find."""
        return self.extras.answer is None and self.extras.language is None and self.save is None


class Answers:
    """Prints queries as they are completed, and remembers whether anything was found."""

    def __init__(self, index_path: str, asked: QueryCommand, several: bool) -> None:
        """With `several` queries the output names each."""
        self.asked = asked
        self.several = several
        self.look = Look(screen_of(caller.out()), Path(caller.cwd()), asked.extras.explain)
        self.found = False
        self.last: Results | None = None
        """What the last query found, for `semsearch open`."""
        self._path = index_path
        self._begun = False
        self._records: list[dict[str, Any]] = []
        self._paths: set[str] = set()

    def take(self, events: Iterable[Token | CompletedQuery]) -> None:
        """Print what comes of one query, or keep it for the end."""
        for event in events:
            if isinstance(event, CompletedQuery):
                self._show(event)
            elif self.asked.probabilities:
                from semsearch.cli.terminal.tokens import token_line

                write(token_line(event, self.look.screen))

    def _show(self, query: CompletedQuery) -> None:
        self.last = query.results
        self.found = self.found or query.found
        _tell_cost(query.results)
        if self.asked.as_json or self.asked.as_jsonl:
            self._take_record(query)
            return
        answered = query.answer.warnings if query.answer is not None else ()
        for text in dict.fromkeys((*query.results.warnings, *answered)):
            warning(text)
        if self.asked.files:
            self._print_files(query)
        else:
            self._print_hits(query)
        caller.out().flush()

    def _take_record(self, query: CompletedQuery) -> None:
        record = results_record(query.results, self._path, _contexts(query))
        add_translations(record["hits"], query.translations)
        if query.answer is not None:
            record["answer"] = answer_record(query.answer)
            add_translations(record["answer"]["sentences"], query.translated_answer)
            record["warnings"] = list(dict.fromkeys([*record["warnings"], *query.answer.warnings]))
        if self.asked.as_jsonl:
            write(to_json(record, indent=None))
            caller.out().flush()
        else:
            self._records.append(record)

    def _print_files(self, query: CompletedQuery) -> None:
        for hit in query.results.hits:
            path = shown_path(hit.path, self.look.cwd)
            if path not in self._paths:
                self._paths.add(path)
                write_path(path, null=self.asked.null)
        if not query.results.hits and not query.lack:
            notice(_nothing(query.results, self.asked, several=self.several))

    def _print_answer(self, query: CompletedQuery) -> None:
        """Print the answer above the hits, or say that there is none."""
        answer, language = query.answer, self.asked.extras.language
        if answer is not None and answer.found:
            for line in answer_lines(answer, self.look):
                write(line)
            text = " ".join(query.translated_answer)
            for line in translation_lines([text] if text else [], language, self.look):
                write(line)
        elif answer is not None and not query.lack:
            notice(_nothing(query.results, self.asked, "not found in these documents", several=self.several))
        elif not query.results.hits and not query.lack:
            notice(_nothing(query.results, self.asked, several=self.several))

    def _print_hits(self, query: CompletedQuery) -> None:
        results = query.results
        if self.several:
            if self._begun:
                write()
            self._begun = True
            write(self.look.screen.bold(f"── {in_short(results.query, self.look.screen.width - 3)}"))
        self._print_answer(query)
        for number, (hit, context) in enumerate(zip(results.hits, _contexts(query), strict=True)):
            if hit.rank > 1:
                write()
            for line in render_hit(hit, self.look, context, results.query):
                write(line)
            own = query.translations[number : number + 1]
            for line in translation_lines(own, self.asked.extras.language, self.look):
                write(line)

    def finish(self) -> None:
        """Print what was kept."""
        if self.asked.as_json:
            write(to_json(self._records if self.several else self._records[0]))


def _contexts(query: CompletedQuery) -> Sequence[tuple[str, str] | None]:
    return query.contexts or [None] * len(query.results.hits)


def _tell_cost(results: Results) -> None:
    """Say what reranking took, when it was long or when the user wants to know more."""
    cost = results.reranked
    session = click.get_current_context().find_object(Session)
    if cost is not None and (cost.seconds >= _LONG_SECONDS or (session is not None and session.verbose)):
        notice(f"semsearch: {cost.model} read {cost.pairs} passages in {cost.seconds:.1f} s (--rerank-top reads fewer)")


def _nothing(results: Results, asked: QueryCommand, what: str = "nothing relevant", *, several: bool = False) -> str:
    about = f" for {in_short(results.query)!r}" if several and results.query else ""
    absent = [one if one.startswith('"') else repr(one) for one in results.absent[:_ABSENT]]
    if len(results.absent) > _ABSENT:
        absent.append(f"{len(results.absent) - _ABSENT} more")
    said = " and ".join(filter(None, (", ".join(absent[:-1]), *absent[-1:])))
    verb = "occurs" if len(absent) == 1 else "occur"
    why = f": {said} {verb} in no document" if absent else ""
    advice = " (--no-floor shows the nearest passages)" if asked.search.floor and not several else ""
    return f"semsearch: {what}{about}{why}{advice}"
