"""What `query` was asked, and how its answers are printed: for people, for programs, or as paths only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch import caller
from semsearch.cli.hits import Look, render_hit, shown_path
from semsearch.cli.output import in_short, notice, screen_of, warning, write, write_path
from semsearch.cli.records import results_record, to_json
from semsearch.cli.rewriting import (
    add_translations,
    check_language,
    translated_hits,
    translated_sentences,
    translation_lines,
)
from semsearch.cli.session import Session
from semsearch.cli.summarizing import Summarizing, answer_lines, answer_record
from semsearch.errors import NotInIndex

if TYPE_CHECKING:
    from semsearch.answers import Answer
    from semsearch.api import Index
    from semsearch.types import (
        Results,
    )

__all__ = ["Answers", "Asked"]

_LONG_SECONDS = 3.0
_ABSENT = 3
"""Absent words that a message names."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of one run of `query`."""

    mode: str
    within: tuple[str, ...]
    filters: tuple[str, ...]
    exact: bool
    fuzzy: bool
    rerank: bool
    rerank_mode: str
    rerank_top: int
    reranker: str | None
    top_k: int
    like: tuple[str, ...]
    unlike: tuple[str, ...]
    floor: bool
    context: int
    explain: bool
    files: bool
    null: bool
    as_json: bool
    as_jsonl: bool
    translate: str | None
    seq2seq: str | None
    save: str | None = None

    def check(self) -> None:
        """Refuse options that contradict each other."""
        if sum((self.as_json, self.as_jsonl, self.files)) > 1:
            raise click.UsageError("choose one of --json, --jsonl and --files", click.get_current_context())
        if self.null and not self.files:
            raise click.UsageError("--null goes with --files", click.get_current_context())
        if self.translate and self.files:
            raise click.UsageError("--translate has no text to show with --files", click.get_current_context())
        check_language(self.translate)

    def search(self) -> dict[str, Any]:
        """Return the keyword arguments of a search."""
        from semsearch.types import Mode

        return {
            "k": self.top_k,
            "mode": Mode(self.mode),
            "filters": self.filters,
            "within": self.within,
            "like": self.like,
            "unlike": self.unlike,
            "floor": self.floor,
            "exact": self.exact,
            "fuzzy": self.fuzzy,
            "rerank": self.rerank,
            "rerank_mode": self.rerank_mode,
            "rerank_top": self.rerank_top,
            "reranker": self.reranker,
        }


class Answers:
    """Prints the results of one query or of many, and remembers whether there were any."""

    def __init__(self, index: Index, asked: Asked, several: bool, summarizing: Summarizing | None = None) -> None:
        """Bind the index that was searched; `several` queries are told apart in the output."""
        self.summarizing = summarizing
        self.index = index
        self.asked = asked
        self.several = several
        self.look = Look(screen_of(caller.out()), Path(caller.cwd()), asked.explain)
        self.found = False
        self.last: Results | None = None
        """What the last query found, for `semsearch open`."""
        self._begun = False
        self._records: list[dict[str, Any]] = []
        self._paths: set[str] = set()

    def take(self, results: Results) -> None:
        """Print one query's results, or keep them for the end."""
        self.last = results
        answer = self._answer(results)
        self.found = self.found or (bool(results.hits) if answer is None else answer.found)
        lack = "" if results.hits else self._lack()
        if lack:
            results = replace(results, warnings=(*results.warnings, lack))
        if self.asked.explain:
            results = self.index.explain(results)
        _tell_cost(results)
        if self.asked.as_json or self.asked.as_jsonl:
            self._take_record(results, answer)
            return
        for text in dict.fromkeys((*results.warnings, *(answer.warnings if answer is not None else ()))):
            warning(text)
        if self.asked.files:
            self._print_files(results)
            if not results.hits and not lack:
                notice(_nothing(results, self.asked, several=self.several))
        else:
            self._print_hits(results, answer, told=bool(lack))
        caller.out().flush()

    def _lack(self) -> str:
        """Return why no query of this kind can have a hit, or nothing."""
        if self._has_document(filters=self.asked.filters, within=self.asked.within):
            return ""
        if not self._has_document():
            return "the index is empty; semsearch index PATH fills it"
        return "no document of the index passes --filter and --in"

    def _has_document(self, **which: Any) -> bool:
        try:
            return next(self.index.documents(**which), None) is not None
        except NotInIndex:  # a folder of --in, which a warning has named
            return False

    def _contexts(self, results: Results) -> list[tuple[str, str] | None]:
        if not self.asked.context:
            return [None] * len(results.hits)
        return [self.index.context(hit.passage, self.asked.context) for hit in results.hits]

    def _answer(self, results: Results) -> Answer | None:
        """Return the answer that was asked for above the hits."""
        if self.summarizing is None:
            return None
        asked = self.asked
        return self.summarizing.answer(
            self.index, results, rerank=asked.rerank, reranker=asked.reranker, screen=self.look.screen
        )

    def _translations(self, results: Results) -> list[str]:
        """Return the translation of each hit's passage; nothing when none was asked for."""
        return translated_hits(self.index, results.hits, self.asked.translate, self.asked.seq2seq)

    def _translated_answer(self, answer: Answer) -> list[str]:
        """Return the translation of each sentence of an answer; nothing when none was asked for."""
        return translated_sentences(self.index, answer, self.asked.translate, self.asked.seq2seq)

    def _take_record(self, results: Results, answer: Answer | None) -> None:
        record = results_record(results, str(self.index.path), self._contexts(results))
        add_translations(record["hits"], self._translations(results))
        if answer is not None:
            record["answer"] = answer_record(answer)
            add_translations(record["answer"]["sentences"], self._translated_answer(answer))
            record["warnings"] = list(dict.fromkeys([*record["warnings"], *answer.warnings]))
        if self.asked.as_jsonl:
            write(to_json(record, indent=None))
            caller.out().flush()
        else:
            self._records.append(record)

    def _print_files(self, results: Results) -> None:
        for hit in results.hits:
            path = shown_path(hit.path, self.look.cwd)
            if path not in self._paths:
                self._paths.add(path)
                write_path(path, null=self.asked.null)

    def _print_answer(self, results: Results, answer: Answer | None, *, told: bool) -> None:
        """Print the answer above the hits, or say that there is none."""
        if answer is not None and answer.found:
            for line in answer_lines(answer, self.look):
                write(line)
            text = " ".join(self._translated_answer(answer))
            for line in translation_lines([text] if text else [], self.asked.translate, self.look):
                write(line)
        elif answer is not None and not told:
            notice(_nothing(results, self.asked, "not found in these documents", several=self.several))
        elif not results.hits and not told:
            notice(_nothing(results, self.asked, several=self.several))

    def _print_hits(self, results: Results, answer: Answer | None, *, told: bool) -> None:
        if self.several:
            if self._begun:
                write()
            self._begun = True
            write(self.look.screen.bold(f"── {in_short(results.query, self.look.screen.width - 3)}"))
        self._print_answer(results, answer, told=told)
        translations = self._translations(results)
        for number, (hit, context) in enumerate(zip(results.hits, self._contexts(results), strict=True)):
            if hit.rank > 1:
                write()
            for line in render_hit(hit, self.look, context, results.query):
                write(line)
            for line in translation_lines(translations[number : number + 1], self.asked.translate, self.look):
                write(line)

    def finish(self) -> None:
        """Print what was kept."""
        if self.asked.as_json:
            write(to_json(self._records if self.several else self._records[0]))


def _tell_cost(results: Results) -> None:
    """Say what reranking took, when it was long or when the user wants to know more."""
    cost = results.reranked
    session = click.get_current_context().find_object(Session)
    if cost is not None and (cost.seconds >= _LONG_SECONDS or (session is not None and session.verbose)):
        notice(f"semsearch: {cost.model} read {cost.pairs} passages in {cost.seconds:.1f} s (--rerank-top reads fewer)")


def _nothing(results: Results, asked: Asked, what: str = "nothing relevant", *, several: bool = False) -> str:
    about = f" for {in_short(results.query)!r}" if several and results.query else ""
    absent = [one if one.startswith('"') else repr(one) for one in results.absent[:_ABSENT]]
    if len(results.absent) > _ABSENT:
        absent.append(f"{len(results.absent) - _ABSENT} more")
    said = " and ".join(filter(None, (", ".join(absent[:-1]), *absent[-1:])))
    verb = "occurs" if len(absent) == 1 else "occur"
    why = f": {said} {verb} in no document" if absent else ""
    advice = " (--no-floor shows the nearest passages)" if asked.floor and not several else ""
    return f"semsearch: {what}{about}{why}{advice}"
