"""Detect the script of a text from its characters."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection

__all__ = ["IDEOGRAPHIC", "SCRIPT_NAMES", "covered", "is_latin", "main_script", "script_of"]

# First character of each range and its script; "" for none, Latin, and everything not distinguished.
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
SCRIPT_NAMES = {"Kana": "Japanese", "Han": "Chinese"}
"""Common names of scripts, where they differ."""
IDEOGRAPHIC = frozenset({"Han", "Kana"})
"""Scripts whose characters stand for more than a sound, or are mixed with such characters."""
_LATIN = ((0x0000, 0x0370), (0x1D00, 0x1DC0), (0x1E00, 0x1F00), (0x2000, 0x2C00), (0x2C60, 0x2C80), (0xA720, 0xA800),
    (0xAB30, 0xAB70), (0xFB00, 0xFB07), (0xFF21, 0xFF5B), (0x1D400, 0x1D800))  # fmt: skip
"""Latin letters, and symbols made of them."""
_SAMPLE = 2_000


def is_latin(character: str) -> bool:
    """Return whether a letter is Latin, or a symbol made of Latin letters such as ﬁ or ℃."""
    code = ord(character)
    return code < 0x370 or any(start <= code < stop for start, stop in _LATIN)


def script_of(character: str) -> str:
    """Return the script of a letter; "" for Latin and everything that is not distinguished."""
    return _STRETCHES[bisect_right(_STARTS, ord(character)) - 1][1]


def covered(script: str, languages: Collection[str]) -> bool:
    """Return whether one of the languages (ISO 639-1) is written in a script."""
    return not script or not set(languages).isdisjoint(_WRITTEN_IN[script].split())


def main_script(text: str) -> str:
    """Return the script of more than half of the letters; "" for Latin, or if there is none."""
    if text.isascii():
        return ""
    letters = [c for c in text[:_SAMPLE] if c.isalpha()]
    scripts = Counter(map(script_of, letters))
    if scripts["Kana"]:
        scripts["Kana"] += scripts.pop("Han", 0)
    script, count = max(scripts.items(), key=lambda item: item[1], default=("", 0))
    return script if 2 * count > len(letters) else ""
