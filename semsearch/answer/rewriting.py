"""What an encoder-decoder makes of passages: a summary, a translation, questions that they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from semsearch.answer.text.split_long import packed, sentences, split
from semsearch.types.models import Seq2Seq

__all__ = ["summarize", "translate", "write_questions"]

SUMMARY_TOKENS = 160
"""Tokens of the summary of one input; those of news models are trained to 60 to 140."""
QUESTION_TOKENS = 48
_LEAST_WORDS = 4
"""A sentence with fewer words says too little to ask for."""
_WORD = re.compile(r"\w+")


def summarize(passages: Sequence[str], model: Seq2Seq, *, max_new_tokens: int = SUMMARY_TOKENS) -> str:
    """Return one summary of all passages; "" when there is nothing in them.

    What does not fit into one input is cut at passages and sentences, each part is summarized, and the summaries are
    summarized again until they fit (Wu et al. 2021, "Recursively summarizing books"); the model sees every character.
    A model whose summaries are no shorter than what they summarize has them joined.
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
    """Return each text in another language (ISO 639-1), sentence by sentence, with the blanks between them kept.

    `translator` gives the model for a source language, `detect` tells the language of a text, "" when unsure: then that
    of all texts together counts, else English. A text in `language` already stays as it is. Raises what `translator`
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
    """Translate texts of one language; all their sentences go through the model together."""
    cut = [[part for parts in split(sentences(text), model) for part in parts] for text in texts]
    inputs = list(dict.fromkeys(core for parts in cut for part in parts if (core := _core(part))))
    room = 2 * max(model.count_tokens(inputs), default=1) + 16
    outputs = dict(zip(inputs, model.transform(inputs, max_new_tokens=room), strict=True))
    return ["".join(_dressed(part, outputs) for part in parts) for parts in cut]


def _core(part: str) -> str:
    """Return a sentence on one line; "" when no word is in it."""
    return " ".join(part.split()) if _WORD.search(part) else ""


def _dressed(part: str, outputs: dict[str, str]) -> str:
    """Return the translation of a part between the blanks that were around it; what has no words stays."""
    core = _core(part)
    if not core:
        return part
    bare = part.strip()
    at = part.index(bare)
    return part[:at] + outputs[core] + part[at + len(bare) :]


def write_questions(passages: Sequence[str], model: Seq2Seq, n: int = 3, *, highlight: str = "") -> list[list[str]]:
    """Return up to n questions that each passage answers; no question twice, and each ends in a question mark.

    One question is asked for one sentence. A model that was trained to ask for a marked answer has a token for it,
    `highlight` (`<hl>`: valhalla's T5 models): it gets the passage with the sentence between two of them; every other
    one gets the sentence. Whether the passage really answers a question is not checked here.
    """
    asked = [_chosen(passage, n) for passage in passages]
    inputs = [
        text
        for passage, chosen in zip(passages, asked, strict=True)
        for text in _asking(passage, chosen, model, highlight)
    ]
    outputs = iter(model.transform(inputs, max_new_tokens=QUESTION_TOKENS) if inputs else [])
    seen: set[str] = set()
    found = []
    for chosen in asked:
        own: list[str] = []
        for _ in chosen:
            question = " ".join(next(outputs).split())
            if question.endswith("?") and _WORD.search(question) and question.casefold() not in seen and len(own) < n:
                seen.add(question.casefold())
                own.append(question)
        found.append(own)
    return found


def _chosen(passage: str, n: int) -> list[tuple[int, int]]:
    """Return the (start, stop) of up to 2n sentences of a passage, evenly spread: some questions will be left out."""
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


def _asking(passage: str, chosen: Sequence[tuple[int, int]], model: Seq2Seq, highlight: str) -> list[str]:
    """Return an input for each sentence, as much of the passage with it as the model sees."""
    alone = [" ".join(passage[a:b].split()) for a, b in chosen]
    if highlight:
        marked = [f"{passage[:a]}{highlight} {passage[a:b]} {highlight}{passage[b:]}" for a, b in chosen]
        short = [f"{highlight} {text} {highlight}" for text in alone]
        fits = model.count_tokens(marked)
        alone = [long if n <= model.max_tokens else less for long, less, n in zip(marked, short, fits, strict=True)]
    return [parts[0] for parts in split(alone, model)]
