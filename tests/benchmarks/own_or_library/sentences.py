"""Ends of sentences in nine languages, by our rules and by libraries."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path

from semsearch.answer.text.sentences import sentence_spans
from tests.benchmarks.own_or_library.measuring import seconds
from tests.benchmarks.report import table

HERE = Path(__file__).parent
Splitter = Callable[[str, str], Iterable[int]]
"""Language and text to the ends of the sentences."""


def sentences() -> None:
    labelled = _labelled()
    ways: dict[str, Splitter] = {"ours, not told the language": _ours, **_libraries()}
    languages = sorted({language for language, _, _ in labelled}, key=[one[0] for one in labelled].index)
    long = {one: "\n\n".join(text for language, text, _ in labelled if language == one) * 10 for one in languages}
    rows = []
    base = 0.0
    for name, way in ways.items():
        counts = {language: [0, 0] for language in (*languages, "all")}
        for language, text, wanted in labelled:
            found = {end for end in way(language, text) if 0 < end < len(text)}
            for key in (language, "all"):
                counts[key][0] += 2 * len(found & wanted)
                counts[key][1] += len(found) + len(wanted)
        taken = seconds(lambda way=way: [list(way(one, text)) for one, text in long.items()])  # type: ignore[misc]
        base = base or taken
        scores = [f"{same / both:.3f}".removeprefix("0") for same, both in counts.values()]
        rows.append((name, *scores, f"{taken / base:.2f}"))
    table("Sentences: F1 of their ends, and time", ("splitter", *languages, "all", "time"), rows)
    with contextlib.suppress(ImportError):
        _golden(ways)


def _golden(ways: dict[str, Splitter]) -> None:
    """Print how many of the English "golden rules" that pysbd brings come out whole; it was made to pass them."""
    rules = import_module("benchmarks.english_golden_rules").GOLDEN_EN_RULES
    rows = []
    for name, way in ways.items():
        right = 0
        for text, parts in rules:
            at, wanted = 0, set[int]()
            for part in parts:
                at = text.find(part.strip(), at) + len(part.strip())
                wanted.add(at)
            right += {end for end in way("en", text) if 0 < end < len(text)} == wanted - {len(text)}
        rows.append((name, f"{right} of {len(rules)}"))
    table("Golden rules, English", ("splitter", "texts cut as wanted"), rows)


def _labelled() -> list[tuple[str, str, set[int]]]:
    """Return language, text and ends (that of the text left out) of each paragraph."""
    found = []
    language, text, ends = "", "", list[int]()
    for line in [*(HERE / "sentences.txt").read_text(encoding="utf-8").splitlines(), ""]:
        if heading := re.fullmatch(r"\[(\w\w)\]", line):
            language = heading[1]
        elif line and not line.startswith("# "):
            joint = "\n" if re.match(r"- |\d\. ", line) else "" if language in ("zh", "ja") else " "
            text += (joint if text else "") + line
            ends.append(len(text))
        elif text:
            found.append((language, text, set(ends[:-1])))
            text, ends = "", []
    return found


def _ours(language: str, text: str) -> Iterable[int]:
    return [stop for _, stop in sentence_spans(text)]


def _libraries() -> dict[str, Splitter]:
    """Return the libraries that are installed, alone and within our paragraphs, list items and rows."""
    from semsearch.answer.text import sentences as own

    def within(way: Splitter) -> Splitter:
        def ends(language: str, text: str) -> Iterator[int]:
            units = list(own._units(text))
            for unit in [one for one in units if not one.heading] or units:
                part = text[unit.start : unit.stop].replace("\n", " ")
                yield from (unit.start + end for end in way(language, part))

        return ends

    found: dict[str, Splitter] = {}
    for name, make in (("sentencex", _sentencex), ("pysbd", _pysbd), ("ICU", _icu)):
        try:
            way = make()
        except ImportError:
            print(f"{name} is not installed")
            continue
        found[f"{name}, told the language"] = way
        found[f"{name}, told the language, in our units"] = within(way)
        if name == "sentencex":
            found["sentencex as English, in our units"] = within(lambda _, text, way=way: way("en", text))  # type: ignore[misc]
    return found


def _sentencex() -> Splitter:
    library = import_module("sentencex")

    def ends(language: str, text: str) -> Iterator[int]:
        at = 0
        for part in library.segment(language, text):
            at += len(part)
            yield len(text[:at].rstrip())

    return ends


def _pysbd() -> Splitter:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its escapes in strings
        library = import_module("pysbd")

    def ends(language: str, text: str) -> Iterator[int]:
        segmenter = library.Segmenter(language=language, clean=False, char_span=True)
        for span in segmenter.segment(text):
            yield len(text[: span.end].rstrip())

    return ends


def _icu() -> Splitter:
    library = import_module("icu")

    def ends(language: str, text: str) -> Iterator[int]:
        iterator = library.BreakIterator.createSentenceInstance(library.Locale(language))
        iterator.setText(text)
        for end in iterator:
            yield len(text[:end].rstrip())

    return ends
