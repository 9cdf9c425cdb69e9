"""Choose the single-byte encoding of a text in Latin letters, when several decode all its bytes to letters.

It is the one in which a language's alphabet has most of the letters beyond ASCII. windows-1252, the default of
browsers, wins unless another one is better; in case of doubt the most common words decide.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from semsearch.corpus.text.language import language_by_words

__all__ = ["LATIN", "latin_encoding"]

_WESTERN = (
    *("àâæçéèêëîïôœùûü", "àáâãçéêíóôõúü", "áéíñóúü", "äéöüß", "àèéìíîòóù", "àçèéíïòóúü"),
    *("åäéöü", "æøåéó", "áæéíðóöúýþ", "áèéêëïóöü"),
)
"""Letters of French, Portuguese, Spanish, German, Italian, Catalan; of Swedish, Danish, Icelandic, Dutch."""
_OTHERS = {
    "cp1250": {
        "pl": "ąćęłńóśźż",
        "cs": "áčďéěíňóřšťúůýž",
        "sk": "áäčďéíĺľňóôŕšťúýž",
        "hu": "áéíóöőúüű",
        "hr": "čćđšž",
        "ro": "ăâîşţ",
        "sq": "çë",
    },
    "cp1254": {"tr": "âçğıîöşûü"},
}
"""By encoding: the letters of languages, by ISO 639-1 code."""
LATIN = ("cp1252", *_OTHERS)
_LETTER = "[A-Za-zÀ-ÖØ-öø-ÿ]"
_WITHIN_WORD = re.compile(f"[ª¹³º¼¾¥¯]{_LETTER}|{_LETTER}[¹¼¾¥£¯¿¡]{_LETTER}")
"""Characters that occur inside words only when misdecoded: `³` is a letter in Polish text."""
_ORDINALS = "ªº"
_NEAR = 0.02
"""Shares that differ by less count as equal."""


def latin_encoding(data: bytes, guess: str, fits: Container[str]) -> str:
    """Return one of LATIN for a text; `fits` are its possible encodings, `guess` is the likeliest of them.

    A guess of windows-1250 is no evidence: charset_normalizer returns the first of several equally good ones.
    """
    western = data.decode("cp1252", "replace")
    usual = _share(western, _WESTERN)
    misdecoded = _WITHIN_WORD.search(western) is not None
    for encoding, alphabets in _OTHERS.items():
        text = data.decode(encoding, "replace")
        if encoding not in fits or text == western:
            continue
        share = _share(text, alphabets.values())
        if share > usual + _NEAR or (share >= usual and (misdecoded or encoding == guess != "cp1250")):
            return encoding
        language = language_by_words(text)
        if language in alphabets and _share(text, [alphabets[language]]) >= usual - _NEAR:
            return encoding
    return "cp1252"


def _share(text: str, alphabets: Iterable[str]) -> float:
    """Return the highest share of the letters beyond ASCII that one alphabet contains; 1 without such letters."""
    letters = [letter for letter in text.lower() if letter > "\x7f" and letter.isalpha() and letter not in _ORDINALS]
    return max(sum(map(alphabet.count, letters)) for alphabet in alphabets) / len(letters) if letters else 1.0
