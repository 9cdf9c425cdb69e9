"""The prompt of a task for an encoder-decoder: prefix, language codes and settings, all from the model's own files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from semsearch.errors import InvalidQuery

__all__ = ["LANGUAGES", "TaskPrompt", "for_task", "for_translation", "language_code"]

_CODES = (
    "af:afr am:amh ar:ara be:bel bg:bul bn:ben bs:bos ca:cat cs:ces cy:cym da:dan de:deu el:ell en:eng eo:epo es:spa "
    "et:est eu:eus fa:fas fi:fin fr:fra ga:gle gl:glg gu:guj he:heb hi:hin hr:hrv hu:hun hy:hye id:ind is:isl it:ita "
    "ja:jpn ka:kat kk:kaz km:khm kn:kan ko:kor lo:lao lt:lit lv:lav mk:mkd ml:mal mr:mar ms:msa my:mya ne:nep nl:nld "
    "no:nor pa:pan pl:pol ps:pus pt:por ro:ron ru:rus si:sin sk:slk sl:slv sq:sqi sr:srp sv:swe sw:swa ta:tam te:tel "
    "th:tha tl:tgl tr:tur uk:ukr ur:urd uz:uzb vi:vie zh:zho"
)
LANGUAGES: Mapping[str, str] = dict(pair.split(":") for pair in _CODES.split())
"""ISO 639-1 to 639-3."""
_OTHER = {"ar": ("arb",), "zh": ("cmn",), "no": ("nob", "nb"), "ms": ("zsm",), "lv": ("lvs",), "fa": ("pes",)}
"""Codes that some models use for the same language."""
_TRANSLATION = re.compile(r"translation_(\w+)_to_(\w+)")


@dataclass(frozen=True, slots=True)
class TaskPrompt:
    """The prompt format of one task.

    `prefix` precedes every input; `source` is the tokenizer's code for the input's language; `first` is the token that
    the output is forced to begin with; `settings` override those of the generation configuration.
    """

    prefix: str = ""
    source: str = ""
    first: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


def language_code(text: str) -> str:
    """Return the ISO 639-1 code of a language; InvalidQuery for an unknown one."""
    code = text.strip().lower()
    if code in LANGUAGES:
        return code
    long = {three: two for two, three in LANGUAGES.items()}
    if code in long:
        return long[code]
    raise InvalidQuery(f"unknown language {text!r}: give its ISO 639-1 code, such as de, fr or es")


def for_task(config: Mapping[str, Any], task: str, prefix: str = "") -> TaskPrompt:
    """Return the task's entry in a model's configuration (`task_specific_params`), or only `prefix` without one."""
    settings = _tasks(config).get(task)
    if settings is None:
        return TaskPrompt(prefix)
    return TaskPrompt(str(settings.get("prefix") or ""), settings=settings)


def for_translation(config: Mapping[str, Any], tokenizer: Any, source: str, target: str, name: str) -> TaskPrompt:
    """Return the prompt for a translation; InvalidQuery, with what the model can do, when it lacks the language pair.

    Looked for in this order: T5's tasks (`translation_en_to_de`), a token before the input (`>>deu<<` of Marian,
    `<2de>` of MADLAD), a token before the output (`de_DE` of mBART, `deu_Latn` of NLLB, `__de__` of M2M), and a Marian
    model of one pair, which its tokenizer names.
    """
    tasks = _tasks(config)
    settings = tasks.get(f"translation_{source}_to_{target}")
    if settings is not None:
        return TaskPrompt(str(settings.get("prefix") or ""), settings=settings)
    pairs = [f"{match[1]} to {match[2]}" for task in tasks if (match := _TRANSLATION.fullmatch(task))]
    if pairs:
        raise _unsupported(name, source, target, f"it translates {', '.join(pairs)}")
    vocabulary = tokenizer.get_vocab()
    codes = _codes(target)
    for token in (f"{a}{code}{b}" for code in codes for a, b in ((">>", "<<"), ("<2", ">"))):
        if token in vocabulary:
            return TaskPrompt(f"{token} ")
    prompt = _by_codes(vocabulary, source, target)
    if prompt is not None:
        return prompt
    if config.get("model_type") != "marian":
        raise _unsupported(name, source, target, "its files name no languages")
    if any(token.startswith(">>") and token.endswith("<<") for token in vocabulary):
        raise _unsupported(name, source, target, "its vocabulary has other languages")
    own = [str(getattr(tokenizer, side, None) or "").lower() for side in ("source_lang", "target_lang")]
    wrong = [lang for lang, code in zip(own, (source, target), strict=True) if lang and lang not in _codes(code)]
    if wrong:
        raise _unsupported(name, source, target, f"it translates {own[0] or '?'} to {own[1] or '?'}")
    return TaskPrompt()


def _by_codes(vocabulary: Mapping[str, int], source: str, target: str) -> TaskPrompt | None:
    """Return the prompt of a model whose output begins with a language token; None for another model."""
    target_token = _language_token(vocabulary, target)
    source_token = _language_token(vocabulary, source)
    if not source_token or not target_token:
        return None
    return TaskPrompt(source=source_token, first=vocabulary[target_token])


def _language_token(vocabulary: Mapping[str, int], code: str) -> str:
    forms = "|".join(map(re.escape, _codes(code)))
    shape = re.compile(rf"(?:{forms})_(?:[A-Z]{{2}}|[A-Z][a-z]{{3}})|__(?:{forms})__")
    return min((token for token in vocabulary if shape.fullmatch(token)), default="")


def _codes(language: str) -> tuple[str, ...]:
    return (language, LANGUAGES.get(language, language), *_OTHER.get(language, ()))


def _tasks(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    tasks = config.get("task_specific_params")
    return {k: v for k, v in tasks.items() if isinstance(v, dict)} if isinstance(tasks, dict) else {}


def _unsupported(name: str, source: str, target: str, why: str) -> InvalidQuery:
    return InvalidQuery(f"{name} does not translate {source} to {target}: {why}; name another model with --seq2seq")
