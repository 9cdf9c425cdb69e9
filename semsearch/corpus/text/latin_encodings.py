"""Which encoding of one byte a character a text in Latin letters has, where several give letters for all its bytes.

It is that in which a language's alphabet has most of the letters beyond ASCII, and windows-1252, which browsers take
for what says nothing, when another one is no better; then the commonest words are asked.
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
"""By encoding: the letters of languages, by their ISO 639-1 codes."""
LATIN = ("cp1252", *_OTHERS)
_LETTER = "[A-Za-zÀ-ÖØ-öø-ÿ]"
_WITHIN_WORD = re.compile(f"[ª¹³º¼¾¥¯]{_LETTER}|{_LETTER}[¹¼¾¥£¯¿¡]{_LETTER}")
"""What stands in words only where another encoding has letters: `³` is one of Polish."""
_ORDINALS = "ªº"
_NEAR = 0.02
"""Shares that differ by less are taken for the same."""


def latin_encoding(data: bytes, guess: str, fits: Container[str]) -> str:
    """Return one of LATIN for a text; `fits` are the encodings that it may have, `guess` is the likeliest of them.

    A guess of windows-1250 says nothing: charset_normalizer gives the first of those that are as good.
    """
    western = data.decode("cp1252", "replace")
    usual = _share(western, _WESTERN)
    strange = _WITHIN_WORD.search(western) is not None
    for encoding, alphabets in _OTHERS.items():
        text = data.decode(encoding, "replace")
        if encoding not in fits or text == western:
            continue
        share = _share(text, alphabets.values())
        if share > usual + _NEAR or (share >= usual and (strange or encoding == guess != "cp1250")):
            return encoding
        spoken = language_by_words(text)
        if spoken in alphabets and _share(text, [alphabets[spoken]]) >= usual - _NEAR:
            return encoding
    return "cp1252"


def _share(text: str, alphabets: Iterable[str]) -> float:
    """Return how many of the letters beyond ASCII the alphabet has that has most of them; 1 where there are none."""
    letters = [letter for letter in text.lower() if letter > "\x7f" and letter.isalpha() and letter not in _ORDINALS]
    return max(sum(map(alphabet.count, letters)) for alphabet in alphabets) / len(letters) if letters else 1.0
