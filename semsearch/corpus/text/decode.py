"""Decode bytes to text: by a byte-order mark, as UTF-8, or with a guessed encoding; newlines become `\\n`."""

from __future__ import annotations

import codecs
import re

from semsearch.corpus.text.latin_encodings import LATIN, latin_encoding
from semsearch.errors import SourceUnreadable

__all__ = ["clean", "decode", "looks_binary", "one_line", "visible"]

SAMPLE = 8192
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is a prefix of this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")
_UNSTORED = re.compile("[\0\ud800-\udfff]")
_IN_USE = (
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp866"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
"""Encodings in real use. With all existing ones as candidates, short texts would be misclassified."""
_KANA = re.compile("[\u3040-\u30ff]{2}")
_WHOLE = re.compile("[^\x00-\x7f\ufffd]")
_ENCODING = re.compile(r"(?:iso|cp|windows|latin|koi|gb|big5|euc|shift|mac|tis|x-)[\w.-]*", re.IGNORECASE)
_NOT_ASCII = re.compile(rb"[\x80-\xff]")


def decode(data: bytes, declared: str = "") -> str:
    """Return the text of a file with `\\n` as its only line break, so that line numbers match those of editors.

    `declared` is the encoding that the file itself names, for bytes that are not UTF-8. Invalid bytes become U+FFFD.
    Raises SourceUnreadable("binary").
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _newlines(data[len(mark) :].decode(encoding, "replace"))
    if looks_binary(data[:SAMPLE]):
        wide = _utf16_without_mark(data)
        if wide is None:
            raise SourceUnreadable("binary")
        return _newlines(wide)
    try:
        return _newlines(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _newlines(_guess(data, declared))


def looks_binary(sample: bytes) -> bool:
    """Return whether the first bytes of a file are not text: a NUL, or many control characters."""
    if sample.startswith(tuple(mark for mark, _ in _MARKS)):
        return False
    return b"\0" in sample or len(_CONTROL.findall(sample)) * 20 > len(sample)


def clean(text: str) -> str:
    """Replace NUL and lone surrogates, which some stores and tokenizers reject, by U+FFFD; the length stays."""
    if "\0" not in text:
        if text.isascii():
            return text
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _UNSTORED.sub("\ufffd", text)


def one_line(words: str, longest: int) -> str:
    """Return a library's message as part of a reason: one line of printable characters."""
    line = " ".join(words[: 4 * longest].split())[:longest]
    return line if line.isprintable() else "".join(char if char.isprintable() else "\ufffd" for char in line)


def visible(text: str) -> bool:
    """Return whether a text has visible characters: not only blanks, control, zero-width and private characters."""
    return any(map(str.isprintable, text.replace(" ", "")))  # of all blanks, only this one counts as printable


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _utf16_without_mark(data: bytes) -> str | None:
    """Decode UTF-16 of a Latin script without a byte-order mark: every other byte of a sample is zero."""
    sample = data[:SAMPLE]
    half = len(sample) // 2
    for zeros, encoding in ((sample[1::2].count(0), "utf-16-le"), (sample[0::2].count(0), "utf-16-be")):
        if half and zeros > 0.7 * half and sample.count(0) < 1.1 * zeros:
            text = data.decode(encoding, "replace")
            return None if "\0" in text else text
    return None


def _guess(data: bytes, declared: str) -> str:
    """Decode what is not UTF-8: as UTF-8 with some broken bytes, in the declared encoding, or in the likeliest one."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if len(_WHOLE.findall(text)) > 4 * broken:
        return text
    if _ENCODING.fullmatch(declared):
        try:
            return data.decode(declared, "replace")
        except (LookupError, ValueError):
            pass
    return data.decode(_likeliest(data), "replace")


def _likeliest(data: bytes) -> str:
    """Return the likeliest encoding, by the text around the first bytes beyond ASCII."""
    import charset_normalizer

    match = _NOT_ASCII.search(data)
    start = max(0, (match.start() if match else 0) - 2048)
    sample = data[start : start + 16384]
    results = charset_normalizer.from_bytes(sample, cp_isolation=list(_IN_USE))
    if any(result.encoding == "euc_jp" for result in results) and _KANA.search(sample.decode("euc_jp", "replace")):
        return "euc_jp"  # kana where another encoding sees rare characters
    best = results.best()
    guess = best.encoding if best else "cp1252"
    fits = {name for result in results for name in (result.encoding, *result.could_be_from_charset)}
    return latin_encoding(sample, guess, fits) if guess in LATIN else guess
