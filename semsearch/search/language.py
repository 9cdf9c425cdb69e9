"""A warning for a query in a script or language that the encoder was not made for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence

__all__ = ["language_warning"]

# First character of each stretch and the script written in it; "" is none, or Latin and everything not told apart.
_STRETCHES = (
    (0x0000, ""), (0x0370, "Greek"), (0x0400, "Cyrillic"), (0x0530, "Armenian"), (0x0590, "Hebrew"),
    (0x0600, "Arabic"), (0x0700, ""), (0x0750, "Arabic"), (0x0780, ""), (0x08A0, "Arabic"), (0x0900, "Devanagari"),
    (0x0980, "Bengali"), (0x0A00, "Gurmukhi"), (0x0A80, "Gujarati"), (0x0B00, ""), (0x0B80, "Tamil"),
    (0x0C00, "Telugu"), (0x0C80, "Kannada"), (0x0D00, "Malayalam"), (0x0D80, "Sinhala"), (0x0E00, "Thai"),
    (0x0E80, "Lao"), (0x0F00, ""), (0x1000, "Burmese"), (0x10A0, "Georgian"), (0x1100, "Hangul"), (0x1200, "Ethiopic"),
    (0x13A0, ""), (0x1780, "Khmer"), (0x1800, "Mongolian"), (0x18B0, ""), (0x1F00, "Greek"), (0x2000, ""),
    (0x3040, "Kana"), (0x3100, ""), (0x3130, "Hangul"), (0x3190, ""), (0x31F0, "Kana"), (0x3200, ""), (0x3400, "Han"),
    (0xA000, ""), (0xAC00, "Hangul"), (0xD7B0, ""), (0xF900, "Han"), (0xFB00, ""), (0xFB1D, "Hebrew"),
    (0xFB50, "Arabic"), (0xFE00, ""), (0xFE70, "Arabic"), (0xFF00, ""), (0xFF66, "Kana"), (0xFFA0, "Hangul"),
    (0xFFE0, ""), (0x20000, "Han"), (0x323B0, ""),
)  # fmt: skip
_STARTS = [start for start, _ in _STRETCHES]
_WRITTEN_IN = {
    "Greek": "el", "Cyrillic": "ru uk bg sr mk be kk ky mn tg tt", "Armenian": "hy", "Hebrew": "he yi",
    "Arabic": "ar fa ur ps ug sd", "Devanagari": "hi mr ne sa", "Bengali": "bn as", "Gurmukhi": "pa", "Gujarati": "gu",
    "Tamil": "ta", "Telugu": "te", "Kannada": "kn", "Malayalam": "ml", "Sinhala": "si", "Thai": "th", "Lao": "lo",
    "Burmese": "my", "Georgian": "ka", "Hangul": "ko", "Ethiopic": "am ti", "Khmer": "km", "Mongolian": "mn",
    "Kana": "ja", "Han": "zh ja",
}  # fmt: skip
_NAMES = {
    "af": "Afrikaans", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "en": "English", "es": "Spanish",
    "et": "Estonian", "fi": "Finnish", "fr": "French", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
    "it": "Italian", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "sk": "Slovak", "sl": "Slovenian", "sv": "Swedish", "sw": "Swahili",
    "tr": "Turkish", "vi": "Vietnamese",
}  # fmt: skip
_SCRIPT_NAMES = {"Kana": "Japanese", "Han": "Chinese"}
# Words that only English has among the languages above; one of them settles that a text is English.
_ENGLISH = frozenset(
    {"the", "and", "what", "which", "who", "whose", "how", "why", "when", "where", "did", "does", "were", "being"}
    | {"with", "from", "this", "that", "these", "those", "there", "their", "they", "you", "your", "could", "should"}
    | {"would", "then", "into", "about", "before", "after", "between", "through", "without", "get", "find", "using"}
)
_WORD = re.compile(r"[^\W\d_]{2,}")
_CODE = re.compile(r"\S*(?:[\d_/\\@=<>{}()\[\]#$]|\w[.:]\w|[a-z][A-Z])\S*")
_LEAST_WORDS = 4


def language_warning(text: str, languages: Sequence[str], detect: Callable[[str], str] | None = None) -> str | None:
    """Say in one line that an encoder for `languages` (ISO 639-1; none: any) does not know the language of a query.

    A script is told from the characters: more than half of the letters must be of one that none of the languages is
    written in. A language in Latin script needs `detect` (text -> code, "" when unsure), four words or more, code and
    identifiers left out, and no word that only English has.
    """
    if not languages:
        return None
    script = "" if text.isascii() else _main_script(text)
    if script:
        known = set(languages) & set(_WRITTEN_IN[script].split())
        return None if known else _message(f"is in {_SCRIPT_NAMES.get(script, script)} script", languages)
    if detect is None:
        return None
    if _looks_english(text.split(), languages):
        return None  # what stands between spaces is no part of an identifier
    plain = " ".join(_CODE.sub(" ", text).split())
    words = [w.casefold() for w in _WORD.findall(plain)]
    if len(words) < _LEAST_WORDS or _looks_english(words, languages):
        return None
    language = detect(plain)
    if not language or language in languages:
        return None
    return _message(f"looks {_NAMES.get(language, f'like language {language!r}')}", languages)


def _main_script(text: str) -> str:
    letters = [c for c in text[:2_000] if c.isalpha()]
    scripts = Counter(_STRETCHES[bisect_right(_STARTS, ord(c)) - 1][1] for c in letters)
    if scripts["Kana"]:
        scripts["Kana"] += scripts.pop("Han", 0)
    script, count = max(scripts.items(), key=lambda item: item[1], default=("", 0))
    return script if 2 * count > len(letters) else ""


def _looks_english(words: Sequence[str], languages: Sequence[str]) -> bool:
    return "en" in languages and not _ENGLISH.isdisjoint(words)


def _message(what: str, languages: Sequence[str]) -> str:
    names = ", ".join(_NAMES.get(code, code) for code in languages)
    return f"the query {what}; this index's encoder knows {names}, so only exact words can be trusted"
