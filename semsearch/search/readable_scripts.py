"""The part of a query that the encoder can read: a script it does not know only adds noise to the vector."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from semsearch.search.script_names import IDEOGRAPHIC, covered, is_latin, script_of
from semsearch.types.models import BiEncoder, Vocabulary

__all__ = ["readable"]

_TOKEN = re.compile(r"\S+")
_LEAST_PER_PIECE = 1.5
"""Minimum letters of a script per vocabulary piece: with fewer, the tokenizer only spells."""
_SYMBOL = 3
"""Letters from which a word is more than a symbol, such as the α of a formula."""
_SAMPLE = 2_000


def readable(text: str, encoder: BiEncoder) -> str:
    """Return the part of a query that its encoder can read: usually all of it, "" if that is less than half.

    A script is unreadable if none of the encoder's `languages` is written in it and its tokenizer (`Vocabulary`) spells
    it letter by letter or does not know it. If an encoder declares no languages, the tokenizer alone decides. Whole
    words are left out; one or two letters of another alphabet are a symbol and stay.
    """
    if text.isascii():
        return text
    sample = text[:_SAMPLE]
    unread = {script for script in _scripts(sample) if not _reads(encoder, script, sample)}
    if not unread:
        return text
    letters = [_script(c) for c in sample if c.isalpha()]
    if 2 * sum(script in unread for script in letters) > len(letters):
        return ""
    return _TOKEN.sub(lambda match: _kept(match[0], unread), text).strip() or text


def _scripts(text: str) -> set[str]:
    return {_script(c) for c in text if c.isalpha() and not is_latin(c)}


def _script(character: str) -> str:
    return "" if is_latin(character) else script_of(character) or "another"


def _reads(encoder: BiEncoder, script: str, text: str) -> bool:
    languages: Sequence[str] = getattr(encoder, "languages", ())
    if languages and script != "another" and covered(script, languages):
        return True
    if not isinstance(encoder, Vocabulary):
        return not languages
    words = list(_runs(text, script))
    letters = [_letters(word) for word in words]
    pieces = encoder.pieces(words)
    unknown = sum(n * found.count(None) / len(found) for n, found in zip(letters, pieces, strict=True) if found)
    if 2 * unknown >= sum(letters):
        return False
    # A multilingual vocabulary also has Chinese characters one by one: there the declared languages decide.
    if script in IDEOGRAPHIC and not languages:
        return True
    known = sum(len(found) - found.count(None) for found in pieces)
    return sum(letters) - unknown >= _LEAST_PER_PIECE * known


def _runs(text: str, script: str) -> Iterator[str]:
    """Yield the stretches of a text in a script."""
    run = ""
    for c in text:
        own = _script(c) == script if c.isalpha() else unicodedata.category(c)[0] == "M" and bool(run)
        if run and not own:
            yield run
            run = ""
        if own:
            run += c
    if run:
        yield run


def _letters(word: str) -> int:
    """Count letters as a tokenizer may see them: a Hangul syllable is two or three, a combining mark is none."""
    return sum(unicodedata.category(c)[0] == "L" for c in unicodedata.normalize("NFD", word))


def _kept(token: str, unread: set[str]) -> str:
    """Return a token, or an empty string if it is mostly in an unreadable script."""
    own = [script for c in token if c.isalpha() and (script := _script(c)) in unread]
    enough = 1 if not IDEOGRAPHIC.isdisjoint(own) or "Hangul" in own else _SYMBOL
    return "" if len(own) >= enough and 2 * len(own) > sum(map(str.isalpha, token)) else token
