"""What of a query its encoder can read: a script that it does not know makes a vector of nothing but noise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from semsearch.search.script_names import IDEOGRAPHIC, covered, is_latin, script_of
from semsearch.types.models import BiEncoder, Vocabulary

__all__ = ["readable"]

_TOKEN = re.compile(r"\S+")
_LEAST_PER_PIECE = 1.5
"""Letters of a script in a piece of the vocabulary: fewer, and the tokenizer only spells."""
_SYMBOL = 3
"""Letters from which a word of an alphabet is more than a symbol, such as the α of a formula."""
_SAMPLE = 2_000


def readable(text: str, encoder: BiEncoder) -> str:
    """Return the part of a query that its encoder can read: mostly all of it, "" when that is less than half.

    A script cannot be read that none of the encoder's `languages` is written in and that its tokenizer (`Vocabulary`)
    only spells letter by letter or does not know at all. Of an encoder that names no languages the tokenizer decides
    alone. Left out are whole words; a letter or two of another alphabet are a symbol and stay.
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
    # A vocabulary of many languages has Chinese characters one by one as well: there the list of languages decides.
    if script in IDEOGRAPHIC and not languages:
        return True
    known = sum(len(found) - found.count(None) for found in pieces)
    return sum(letters) - unknown >= _LEAST_PER_PIECE * known


def _runs(text: str, script: str) -> Iterator[str]:
    """Yield the stretches of a text that are in a script."""
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
    """Count letters as a tokenizer may see them: a Hangul syllable is two or three, a mark over a letter is none."""
    return sum(unicodedata.category(c)[0] == "L" for c in unicodedata.normalize("NFD", word))


def _kept(token: str, unread: set[str]) -> str:
    """Return what stays of a text between blanks: nothing of one that is mostly a word of an unread script."""
    own = [script for c in token if c.isalpha() and (script := _script(c)) in unread]
    enough = 1 if not IDEOGRAPHIC.isdisjoint(own) or "Hangul" in own else _SYMBOL
    return "" if len(own) >= enough and 2 * len(own) > sum(map(str.isalpha, token)) else token
