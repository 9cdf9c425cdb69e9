"""A warning for a query in a script or language that the encoder was not trained for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from semsearch.search.script_names import SCRIPT_NAMES, covered, main_script

__all__ = ["language_warning", "unread_warning"]

_NAMES = {
    "af": "Afrikaans", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish",
    "et": "Estonian", "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "sw": "Swahili",
    "tr": "Turkish", "vi": "Vietnamese",
}  # fmt: skip
# Words that are English only, among the languages above; one of them is enough to take a text for English.
_ENGLISH = frozenset(
    {"the", "and", "what", "which", "who", "whose", "how", "why", "when", "where", "did", "does", "were", "being"}
    | {"with", "from", "this", "that", "these", "those", "there", "their", "they", "you", "your", "could", "should"}
    | {"would", "then", "into", "about", "before", "after", "between", "through", "without", "get", "find", "using"}
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(r"\S*(?:[\d_/\\@=<>{}()\[\]#$]|\w[.:]\w|[a-z][A-Z])\S*")
_LEAST_WORDS = 4


def language_warning(text: str, languages: Sequence[str], detect: Callable[[str], str] | None = None) -> str | None:
    """Return a one-line warning if an encoder for `languages` (ISO 639-1; none: any) does not know a query's language.

    By script: more than half of the letters must be of a script that none of the languages is written in. For Latin
    script it needs `detect` (text -> code, "" when unsure), at least four words apart from code and identifiers, and no
    word that is English only.
    """
    if not languages:
        return None
    script = main_script(text)
    if script:
        what = f"is in {SCRIPT_NAMES.get(script, script)} script"
        return None if covered(script, languages) else _message(what, languages)
    if detect is None:
        return None
    if _looks_english(text.split(), languages):
        return None  # whole tokens are not parts of an identifier
    plain = " ".join(_CODE.sub(" ", text).split())
    words = [w.casefold() for w in _WORD.findall(plain)]
    if len(words) < _LEAST_WORDS or _looks_english(words, languages):
        return None
    language = detect(plain)
    if not language or language in languages:
        return None
    return _message(f"looks {_NAMES.get(language, f'like language {language!r}')}", languages)


def _looks_english(words: Sequence[str], languages: Sequence[str]) -> bool:
    return "en" in languages and not _ENGLISH.isdisjoint(words)


def unread_warning(text: str, languages: Sequence[str], *, words: bool = True) -> str:
    """Return a one-line warning that an encoder cannot read a query's script; `words`: lexical search still runs."""
    script = main_script(text)
    what = f"is in {SCRIPT_NAMES.get(script, script)} script" if script else "is in another script"
    rest = "only its words are searched" if words else "dense search finds nothing; use the lexical mode"
    return f"the query {what}; {_known(languages)}, so {rest}"


def _message(what: str, languages: Sequence[str]) -> str:
    return f"the query {what}; {_known(languages)}, so only exact words match reliably"


def _known(languages: Sequence[str]) -> str:
    names = ", ".join(_NAMES.get(code, code) for code in languages)
    return f"this index's encoder knows {names}" if names else "this index's encoder does not know it"
