"""Encoder-decoder tasks on passages: summarize, translate, generate questions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from semsearch.answer.text.split_long import packed, sentences, split
from semsearch.types.models import Seq2Seq

__all__ = ["summarize", "translate", "write_questions"]

SUMMARY_TOKENS = 160
"""Maximum tokens of the summary of one input; news models are trained for 60 to 140."""
QUESTION_TOKENS = 48
_LEAST_WORDS = 4
"""Minimum words of a sentence to generate a question from."""
_WORD = re.compile(r"\w+")


def summarize(passages: Sequence[str], model: Seq2Seq, *, max_new_tokens: int = SUMMARY_TOKENS) -> str:
    """Return one summary of all passages; "" if they are empty.

    Text that does not fit into one input is split at passages and sentences, each part is summarized, and the summaries
    are summarized again until they fit (Wu et al. 2021, "Recursively summarizing books"); no character is left out. If
    the summaries do not get shorter, they are joined.
    """
    before = None
    inputs = packed(passages, model)
    while len(inputs) > 1:
        parts = model.transform(inputs, max_new_tokens=max_new_tokens)
        length = sum(model.count_tokens(parts))
        if before is not None and length >= before:
            return _joined(parts)
        before = length
        inputs = packed(parts, model)
    return _joined(model.transform(inputs, max_new_tokens=max_new_tokens)) if inputs else ""


def _joined(parts: Sequence[str]) -> str:
    return " ".join(part for part in (" ".join(part.split()) for part in parts) if part)


def translate(
    texts: Sequence[str], language: str, translator: Callable[[str], Seq2Seq], detect: Callable[[str], str]
) -> list[str]:
    """Return each text translated to a language (ISO 639-1), sentence by sentence, keeping the blanks between them.

    `translator` returns the model for a source language, `detect` the language of a text, "" when unsure: then that of
    all texts together is used, else English. A text already in `language` stays as it is. Raises what `translator`
    raises, and InvalidQuery.
    """
    common = ""
    sources = [detect(text) for text in texts]
    if not all(sources):
        common = detect("\n\n".join(texts)) or "en"
    sources = [source or common for source in sources]
    found = list(texts)
    for source in dict.fromkeys(sources):
        if source == language:
            continue
        places = [at for at, of in enumerate(sources) if of == source and texts[at].strip()]
        if places:
            for at, text in zip(places, _translated([texts[at] for at in places], translator(source)), strict=True):
                found[at] = text
    return found


def _translated(texts: Sequence[str], model: Seq2Seq) -> list[str]:
    """Translate texts of one language, with all their sentences in one call of the model."""
    cut = [[part for parts in split(sentences(text), model) for part in parts] for text in texts]
    inputs = list(dict.fromkeys(core for parts in cut for part in parts if (core := _core(part))))
    room = 2 * max(model.count_tokens(inputs), default=1) + 16
    outputs = dict(zip(inputs, model.transform(inputs, max_new_tokens=room), strict=True))
    return ["".join(_with_blanks(part, outputs) for part in parts) for parts in cut]


def _core(part: str) -> str:
    """Return a sentence on one line; "" if it has no word."""
    return " ".join(part.split()) if _WORD.search(part) else ""


def _with_blanks(part: str, outputs: dict[str, str]) -> str:
    """Return the translation of a part with its surrounding blanks; a part without words stays as it is."""
    core = _core(part)
    if not core:
        return part
    bare = part.strip()
    at = part.index(bare)
    return part[:at] + outputs[core] + part[at + len(bare) :]


def write_questions(passages: Sequence[str], model: Seq2Seq, n: int = 3, *, highlight: str = "") -> list[list[str]]:
    """Return up to n questions that each passage answers, without duplicates, each ending in a question mark.

    One question is generated from one sentence. A model trained for highlighted answers has a token for it, `highlight`
    (`<hl>`: valhalla's T5 models), and gets the passage with the sentence between two of these; any other model gets
    the sentence. Whether the passage answers a question is not verified here.
    """
    picked = [_chosen(passage, n) for passage in passages]
    inputs = [
        text
        for passage, chosen in zip(passages, picked, strict=True)
        for text in _inputs(passage, chosen, model, highlight)
    ]
    outputs = iter(model.transform(inputs, max_new_tokens=QUESTION_TOKENS) if inputs else [])
    seen: set[str] = set()
    found = []
    for chosen in picked:
        own: list[str] = []
        for _ in chosen:
            question = " ".join(next(outputs).split())
            if question.endswith("?") and _WORD.search(question) and question.casefold() not in seen and len(own) < n:
                seen.add(question.casefold())
                own.append(question)
        found.append(own)
    return found


def _chosen(passage: str, n: int) -> list[tuple[int, int]]:
    """Return the (start, stop) of up to 2n evenly spread sentences of a passage: some questions will be dropped."""
    at = 0
    places = []
    for part in sentences(passage):
        bare = part.strip()
        start = at + part.index(bare)
        if len(_WORD.findall(bare)) >= _LEAST_WORDS:
            places.append((start, start + len(bare)))
        at += len(part)
    wanted = min(2 * n, len(places))
    return [places[k * len(places) // wanted] for k in range(wanted)]


def _inputs(passage: str, chosen: Sequence[tuple[int, int]], model: Seq2Seq, highlight: str) -> list[str]:
    """Return an input for each sentence, with its passage if that fits."""
    alone = [" ".join(passage[a:b].split()) for a, b in chosen]
    if highlight:
        marked = [f"{passage[:a]}{highlight} {passage[a:b]} {highlight}{passage[b:]}" for a, b in chosen]
        short = [f"{highlight} {text} {highlight}" for text in alone]
        fits = model.count_tokens(marked)
        alone = [long if n <= model.max_tokens else less for long, less, n in zip(marked, short, fits, strict=True)]
    return [parts[0] for parts in split(alone, model)]
