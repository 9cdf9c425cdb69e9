"""Spellings of a word without its accents: `chaudiere`, `Malmo`, `Grossenwahn` or `Groessenwahn`.

An accent is dropped where readers of the language do that. Where it makes a separate letter, which they would keep
(ñ in Spanish; å, ä, ö in Swedish and Finnish; æ, ø, å in Danish and Norwegian), only names, which begin with a capital,
are folded, as foreigners type them. Marks that make other letters (dakuten, nukta, й) always stay.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["FOLDABLE", "folded", "folded_text"]

FOLDABLE = re.compile(
    "[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u036f\u0386-\u03ce\u0401\u0451\u0591-\u05c7\u064b-\u0655"
    "\u0622-\u0626\u0670\u1e00-\u1fff]"
)
"""A character, in NFKC, that may be typed differently."""
_OWN_LETTERS = {"es": "ñ", "sv": "åäö", "fi": "åäö", "da": "æøå", "no": "æøå"}
_SEVERAL = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ı": "i", "ŧ": "t"}
)
_WITH_E = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_NORDIC = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"})
_E_LANGUAGES = frozenset({"de", "en", "nl"})
"""Languages in whose texts every ä, ö, ü may be typed with an e; English stands for unknown languages, too."""
_NORDIC_LANGUAGES = frozenset({"da", "no"})
_POINTS = "\u0591-\u05c7\u064b-\u0655\u0670"
_DROPPED = re.compile(
    f"([a-zα-ω\u05d0-\u05ea\u0621-\u064a])[\u0300-\u036f{_POINTS}]+|(е)[\u0300\u0301\u0308]+|([аиоуыэюяіє])[\u0300\u0301]+"
)
"""Accents of Latin and Greek letters, vowel points of Hebrew and Arabic, ё, and stress marks."""


def folded(word: str, language: str) -> tuple[str, ...]:
    """Return the other spellings of a word, in NFKC, by readers of a language; none for one without accents."""
    lower = word.lower()
    if lower.isascii():
        return ()
    name = word[:1].isupper()
    own = "" if name else _OWN_LETTERS.get(language, "")
    forms = []
    if not own or not any(letter in lower for letter in own):
        forms.append(_bare(lower.translate(_SEVERAL)))
    if language in _E_LANGUAGES or name:
        forms.append(_bare(lower.translate(_WITH_E).translate(_SEVERAL)))
    if language in _NORDIC_LANGUAGES or name:
        forms.append(_bare(lower.translate(_NORDIC).translate(_SEVERAL)))
    return tuple(form for form in dict.fromkeys(forms) if form != lower)


def folded_text(text: str) -> tuple[str, ...]:
    """Return a text, in NFKC, as typed without accents in any language."""
    if text.isascii():
        return ()
    lower = text.lower()
    forms = (lower.translate(_SEVERAL), lower.translate(_WITH_E), lower.translate(_NORDIC))
    return tuple(dict.fromkeys(_bare(form.translate(_SEVERAL)) for form in forms))


def _bare(lower: str) -> str:
    apart = unicodedata.normalize("NFD", lower)
    return unicodedata.normalize("NFC", _DROPPED.sub(lambda match: match[match.lastindex or 1], apart))
