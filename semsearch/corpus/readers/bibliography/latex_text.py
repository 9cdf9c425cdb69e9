"""The printed text of LaTeX in BibTeX fields: accents, letters, dashes; braces and unknown commands are dropped."""

from __future__ import annotations

import re

from semsearch.corpus.readers.markup.latex_commands import ACCENTS, SYMBOLS, accented

__all__ = ["plain", "top_level"]

_TOKEN = re.compile(r"\\([A-Za-z]+)\*?[ \t\n]*|\\(.|\n|\Z)|([{}$~])|([^\\{}$~]+)", re.DOTALL)
_LETTER = re.compile(r"\{[ \t\n]*(\\[ij](?![A-Za-z])|[^\W\d_])[ \t\n]*\}|[ \t\n]*(\\[ij](?![A-Za-z])[ \t]*|[^\W\d_])")
_PLAIN = re.compile(r"[\\{}$~]|--|``|''")
_QUOTES = (("``", "“"), ("''", "”"), ("---", "—"), ("--", "–"))
_CHARACTERS = {",": " ", ";": " ", ":": " ", "!": "", " ": " ", "/": "", "-": "", "@": "", "\n": " ", "\\": " ", "": ""}


def plain(value: str) -> str:
    """Return the printed text of a value, with single blanks."""
    if _PLAIN.search(value):
        value = "".join(_pieces(value))
        for written, printed in _QUOTES:
            value = value.replace(written, printed)
    return " ".join(value.split())


def _pieces(value: str) -> list[str]:
    out: list[str] = []
    at, math = 0, False
    while at < len(value):
        match = _TOKEN.match(value, at)
        assert match  # every character begins a token
        at = match.end()
        name, character, mark, text = match.groups()
        accent = name if name is not None else character
        if accent is not None and accent in ACCENTS and not math:
            at, piece = _accent(value, at, accent)
            out.append(piece)
        elif name is not None:
            out.append(_symbol(name, blank=value[at - 1 : at].isspace(), math=math))
        elif character is not None:
            out.append(_CHARACTERS.get(character, character))
        elif mark == "$":
            math = not math
        elif mark == "~":
            out.append(" ")
        elif text:
            out.append(text.replace("_", "") if math else text)
    return out


def _accent(value: str, at: int, accent: str) -> tuple[int, str]:
    """Return the end of the letter below an accent, and both combined; an accent without a letter is dropped."""
    letter = _LETTER.match(value, at)
    if letter is None:
        return at, ""
    return letter.end(), accented(accent, (letter[1] or letter[2]).strip())


def _symbol(name: str, *, blank: bool, math: bool) -> str:
    symbol = SYMBOLS.get(name)
    if symbol is None:
        return ""
    joined = not math and len(symbol) == 1 and symbol.isalpha()
    return f"{symbol} " if blank and not joined else symbol


def top_level(value: str, pattern: re.Pattern[str]) -> list[str]:
    """Split a value where a pattern matches outside all braces."""
    if "{" not in value:
        return pattern.split(value)
    parts, begin, depth = [], 0, 0
    for match in re.finditer(rf"\\.|[{{}}]|{pattern.pattern}", value, re.DOTALL | pattern.flags):
        mark = match[0]
        if mark == "{":
            depth += 1
        elif mark == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and not mark.startswith("\\"):
            parts.append(value[begin : match.start()])
            begin = match.end()
    return [*parts, value[begin:]]
