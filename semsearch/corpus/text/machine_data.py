"""Remove machine data from text: encoded pictures and keys, vectors, packed lines.

Line breaks stay, so that line numbers still match the file.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, pairwise

from semsearch.types.documents import Block, Parsed

__all__ = ["is_vector", "machine_data", "without_machine_data"]

_SIGN = "[A-Za-z0-9+/_-]"
_LEAST = 200
"""Shortest run that is removed: hashes, keys that people search for and identifiers are shorter."""
_CERTAIN, _SOME_CHANGES = 1000, 0.1
"""Length of an unbroken run that is data even with fewer changes: a picture with white in it."""
_CHANGES = 0.38
"""Share of neighbours of different kinds (capital, small letter, digit, sign). Random base64 has .62, hexadecimal
digits .47, names in mixed case at most .35, words less than .1."""
_SIGNS = 0.1
"""Highest share of characters other than letters and digits: random base64 has .03, paths and dashed names .15 up."""
_SUSPECTS = (
    re.compile("data:[a-z]+/"),
    re.compile(r"\.\d{3,}(?:\s{0,20}[,|;]\s{0,40}|[ \t]{1,4})-?\d*\.\d{3}"),
    re.compile(r"[{};]\S{200}"),
    re.compile(f"{_SIGN}{{60}}"),
)
"""A text needs one of these to be examined further; most have none. Tried one by one they are four times as fast."""
_HINTS = ('d="M', 'd="m', "d='M", "d='m", "begin 6", "begin 7", "0010: ", "0010  ", ", 0x", ",0x")
"""Or one of these: outlines, uuencode, dumps and lists of bytes."""
_BREAK = (
    r"(?:\s{1,6}|\r?\n[ \t>*#]{1,40}|(?:\\r)?\\n"
    r"|[\"'][ \t,+.&\\]{0,6}\r?\n[ \t,+.&]{0,40}[bBrRuU]{0,2}[\"'])"
)
"""Between the lines of a run: blanks, the marks of a quoted or indented text, an escaped line break, or the end of one
string literal and the beginning of the next."""
_BREAKS = re.compile(_BREAK)
_RUN = re.compile(
    rf"{_SIGN}{{40,}}={{0,2}}(?:{_BREAK}{_SIGN}{{40,}}={{0,2}})*(?:{_BREAK}{_SIGN}{{1,39}}={{1,2}}(?![\w=]))?"
)
_REST = re.compile(rf"{_BREAK}({_SIGN}{{2,}}={{0,2}})(?=[ \t]*(?:\r?\n|$)|[\"'\\])")
"""The last line of a wrapped run, shorter than those before."""
_URI = re.compile(r"data:[a-z]+/[\w.+-]+(?:;[\w.+=-]+)*(?:;base64,[A-Za-z0-9+/=%\s]{48,}|,[^\s\"'()<>]{200,})")
_ONE_CASE = "(?:[A-Z]{%s}|[a-z]{%s})"
_SEQUENCE = re.compile(
    rf"^{_ONE_CASE % ('60,', '60,')}\*?(?=\r?$)(?:\r?\n{_ONE_CASE % ('40,', '40,')}\*?(?=\r?$))*"
    rf"(?:\r?\n{_ONE_CASE % ('1,200', '1,200')}\*?(?=\s*\Z|\r?\n[\r\n>`]))?",
    re.MULTILINE,
)
"""Lines of letters of one case: a sequence of bases or amino acids (FASTA)."""
_LETTERS = 4
"""Fewest different letters in a sequence; a line of one or two is a rule."""
_NUMBER = r"-?\d{1,20}(?:\.\d{1,25})?(?:[eE][-+]?\d{1,4})?"
_NUMBERS = re.compile(_NUMBER)
_VECTOR = re.compile(rf"(?<![\w.])(?:{_NUMBER}(?:\s*[,|;]\s*|[ \t]{{1,4}}))+{_NUMBER}")
_LEAST_NUMBERS = 32
_FRACTIONS = 0.6
"""Share of a vector's numbers with a fraction of three digits or more: prices and tables have fewer."""
_FRACTION = re.compile(r"\d\.\d{3,}|\d[eE]-")
_PACKED_LINE = 2000
_PACKED_BLANKS, _PACKED_SIGNS, _PACKED_ASCII = 0.03, 0.02, 0.98
"""Shares in a line of packed code of that length: most blanks, fewest braces and semicolons, least ASCII."""
_NAMED = (
    (_URI, 0),
    (re.compile(r"(?<=\bd=)[\"'][Mm][MmZzLlHhVvCcSsQqTtAaEe\d.,\s+-]+[\"']"), 200),
    (re.compile(r"^begin [0-7]{3,4} \S[^\r\n]*\r?\n(?:[ -`]{1,64}\r?\n){3,}end[ \t]*\r?$", re.MULTILINE), 0),
    (re.compile(r"(?:\b0x[0-9A-Fa-f]{2},\s{0,40})+(?:0x[0-9A-Fa-f]{2}\b)?"), 500),
)
"""Data with a form of its own, and its minimal length in characters: data URIs, outlines in SVG, uuencoded files,
lists of bytes in a program."""
_DUMPED = re.compile(r"^([0-9A-Fa-f]{4,16}):?[ \t]+(?:[0-9A-Fa-f]{2,8}[ \t]+){4,}[^\r\n]*", re.MULTILINE)
_DUMPED_LINES, _DUMPED_STEPS = 8, (8, 16, 32)
"""Fewest lines of a dump, and the possible steps of its offsets, which tell it from a table."""


def machine_data(text: str) -> list[tuple[int, int]]:
    """Return the ranges of machine data in a text, in order and disjoint."""
    if not (any(hint in text for hint in _HINTS) or any(suspect.search(text) for suspect in _SUSPECTS)):
        return []
    ranges = [match.span() for named, least in _NAMED for match in named.finditer(text) if len(match[0]) >= least]
    ranges += _runs(text)
    ranges += _dumps(text)
    ranges += [match.span() for match in _VECTOR.finditer(text) if _is_vector(match.group())]
    ranges += _packed_lines(text)
    ranges += _sequences(text)
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], stop))
        else:
            joined.append((start, stop))
    return joined


def _runs(text: str) -> Iterator[tuple[int, int]]:
    for match in _RUN.finditer(text):
        run = match.group()
        pieces = _BREAKS.split(run)
        whole = "".join(pieces)
        if len(whole) < _LEAST or (len(pieces) == 1 and _is_address(text, match.start())):
            continue
        if sum(map(whole.count, "+/-_")) > _SIGNS * len(whole):
            continue
        changes = _changes(whole)
        if changes >= _CHANGES or (changes >= _SOME_CHANGES and max(map(len, pieces)) >= _CERTAIN):
            rest = _REST.match(text, match.end()) if len(pieces) > 1 else None
            continues = rest is not None and (rest[1].endswith("=") or _changes(rest[1]) >= _CHANGES)
            yield match.start(), rest.end() if rest is not None and continues else match.end()


def _sequences(text: str) -> Iterator[tuple[int, int]]:
    for match in _SEQUENCE.finditer(text):
        if match.end() - match.start() >= _LEAST and len(set(match.group()) - set("\r\n*")) >= _LETTERS:
            yield match.span()


def _dumps(text: str) -> Iterator[tuple[int, int]]:
    """Yield hex dumps: lines of pairs of hexadecimal digits, each beginning with its offset."""
    lines: list[re.Match[str]] = []
    for line in (*_DUMPED.finditer(text), None):
        if line is not None and (not lines or _follows(lines[-1], line)):
            lines.append(line)
            continue
        if len(lines) >= _DUMPED_LINES:
            yield lines[0].start(), lines[-1].end()
        lines = [line] if line is not None else []


def _follows(before: re.Match[str], line: re.Match[str]) -> bool:
    step = int(line[1], 16) - int(before[1], 16)
    return step in _DUMPED_STEPS and line.start() - before.end() <= 2


def _is_address(text: str, at: int) -> bool:
    """Return whether a run is part of a URL, such as a token in its path."""
    head = text[max(0, at - 200) : at]
    return "://" in head[max(head.rfind(" "), head.rfind("\n")) + 1 :]


def _changes(run: str) -> float:
    kinds = [0 if c.islower() else 1 if c.isupper() else 2 if c.isdigit() else 3 for c in run]
    return sum(a != b for a, b in pairwise(kinds)) / max(1, len(kinds) - 1)


def is_vector(value: object) -> bool:
    """Return whether a value of a record is a vector: a list of many numbers, most of them fractions."""
    if not isinstance(value, list) or len(value) < _LEAST_NUMBERS:
        return False
    numbers = [item for item in value if isinstance(item, (int, float)) and not isinstance(item, bool)]
    return len(numbers) == len(value) and sum(n != int(n) for n in _finite(numbers)) >= _FRACTIONS * len(value)


def _finite(numbers: list[float]) -> list[float]:
    return [number for number in numbers if math.isfinite(number)]


def _is_vector(numbers: str) -> bool:
    parts = _NUMBERS.findall(numbers)
    return len(parts) >= _LEAST_NUMBERS and sum(
        _FRACTION.search(part) is not None for part in parts
    ) >= _FRACTIONS * len(parts)


def _packed_lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.split("\n"):
        if len(line) >= _PACKED_LINE and len(line.encode("ascii", "ignore")) >= _PACKED_ASCII * len(line):
            blanks = line.count(" ") + line.count("\t")
            signs = sum(map(line.count, "{};"))
            if blanks < _PACKED_BLANKS * len(line) and signs > _PACKED_SIGNS * len(line):
                yield start, start + len(line)
        start += len(line) + 1


def without_machine_data(parsed: Parsed) -> Parsed:
    """Return a document without machine data, with a remark that says how much was left out."""
    ranges = machine_data(parsed.text)
    if not ranges:
        return parsed
    removed = [(a, b, parsed.text.count("\n", a, b)) for a, b in ranges]
    starts = [a for a, _, _ in removed]
    left_out = list(accumulate((b - a - lines for a, b, lines in removed), initial=0))

    def place(at: int) -> int:
        """Map a position of the old text to the new one."""
        n = bisect_right(starts, at)
        if n and at < removed[n - 1][1]:  # inside a removed range: after its line breaks up to here
            start = removed[n - 1][0]
            return start - left_out[n - 1] + parsed.text.count("\n", start, at)
        return at - left_out[n]

    pieces, last = [], 0
    for a, b, lines in removed:
        pieces += [parsed.text[last:a], "\n" * lines]
        last = b
    text = "".join([*pieces, parsed.text[last:]])
    blocks = tuple(_shorter(text, replace(b, start=place(b.start), stop=place(b.stop))) for b in parsed.blocks)
    remark = f"{left_out[-1]:,} characters of encoded or generated data left out"
    return replace(
        parsed,
        text=text,
        blocks=tuple(b for b in blocks if b is not None),
        remark="; ".join(filter(None, (parsed.remark, remark))),
    )


def _shorter(text: str, block: Block) -> Block | None:
    """Return a block without trailing white space; None when nothing else is left."""
    inside = text[block.start : block.stop].rstrip()
    return replace(block, stop=block.start + len(inside)) if inside else None
