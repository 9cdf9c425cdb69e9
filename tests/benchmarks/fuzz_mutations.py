"""Files that are nearly right: bytes changed blindly, and what a format is made of changed so that its parser goes on.

What lies inside a container is changed and packed again, with the right checksums, so that the reader behind it is
reached. A mutation depends on the bytes and the state of `Random` only.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeAlias

import zstandard

from tests.benchmarks.fuzz_pieces import CHARSETS, EXTREME, LETTERS, NESTED, ODD

__all__ = ["LARGEST", "mutated", "parts_of"]

Mutation: TypeAlias = Callable[[bytes, Random], bytes]
LARGEST = 2_000_000
"""Bytes of a mutated file."""

_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?|(?<=[A-Za-z])\d+")
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*("[^"<]*"|'[^'<]*')""")
_ELEMENT = re.compile(rb"<([\w:]+)[^<>]*(?:/>|>[^<>]*</\1>)")
_TAG = re.compile(rb"</?[\w:]+[^<>]*>")
_CELL = re.compile(rb"(?<=[\"' :$])\$?[A-Z]{1,3}(?=\$?\d)")
_CHARSET = re.compile(
    rb"(?i)(?<=charset=)[\"']?[\w.-]+|(?<=encoding=)[\"'][\w.-]+|(?<=transfer-encoding: )[\w-]+|(?<==\?)[\w-]+"
)
_STREAM = re.compile(rb"stream\r?\n(.+?)endstream", re.DOTALL)


def _span(data: bytes, rng: Random, most: int = 1 << 16) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(most ** rng.random()))


def _flip(data: bytes, rng: Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(1, len(data) + 1)]


def _cut(data: bytes, rng: Random) -> bytes:
    start, stop = _span(data, rng)
    return data[:start] + data[stop:]


def _repeat(data: bytes, rng: Random) -> bytes:
    start, stop = _span(data, rng, 4096)
    times = min(rng.choice((1, 2, 10, 100, 3000, 20_000)), 500_000 // max(1, stop - start))
    return data[:start] + data[start:stop] * times + data[start:]


def _swap(data: bytes, rng: Random) -> bytes:
    (a, b), (c, d) = sorted((_span(data, rng, 4096), _span(data, rng, 4096)))
    return data if c < b else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _insert(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(ODD) + data[at:]


def _noise(data: bytes, rng: Random) -> bytes:
    start, stop = _span(data, rng, 256)
    return data[:start] + rng.randbytes(stop - start) + data[stop:]


def _binary(data: bytes, rng: Random) -> bytes:
    """Set a number of 2, 4 or 8 bytes, mostly at a multiple of its size, to an extreme one."""
    size = rng.choice((2, 4, 4, 8))
    at = rng.randrange(len(data) + 1) // size * size if rng.random() < 0.8 else rng.randrange(len(data) + 1)
    bits = 8 * size
    value = rng.choice((0, 1, -1, -2, (1 << bits - 1) - 1, 1 << bits - 1, 1 << bits - 4, 65_535, 255))
    made = (value % (1 << bits)).to_bytes(size, rng.choice(("little", "little", "big")))
    return data[:at] + made + data[at + size :]


def _nest(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    before, after = rng.choice(NESTED)
    times = rng.choice((5, 100, 1100, 5000, 30_000))
    return data[:at] + before * times + b"x" + after * rng.choice((times, times, times // 2)) + data[at:]


def _wide(data: bytes, rng: Random) -> bytes:
    """Write a part of the file, or all of it, in another encoding."""
    start, stop = (0, len(data)) if rng.random() < 0.4 else _span(data, rng)
    text = data[start:stop].decode("utf-8", "replace")
    encoding = rng.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp932", "utf-7", "cp037"))
    return data[:start] + text.encode(encoding, "replace") + data[stop:]


def _lines(data: bytes, rng: Random) -> bytes:
    """Change the order of lines, their ends, or join them."""
    ends = rng.choice((b"\n", b"\r", b"\r\n", b"", b"\n\n", b"\x0c\n"))
    lines = data.split(b"\n")
    if rng.random() < 0.5:
        a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
        lines[a], lines[b] = lines[b], rng.choice((lines[a], b" " * rng.randrange(40) + lines[a]))
    return ends.join(lines)


def _replaced(pattern: re.Pattern[bytes], data: bytes, rng: Random, make: Callable[[re.Match[bytes]], bytes]) -> bytes:
    """Replace one of the first thousands of matches, now and then ten of them."""
    found = [match for match, _ in zip(pattern.finditer(data), range(20_000), strict=False)]
    chosen = rng.sample(found, min(len(found), rng.choice((1, 1, 1, 10))))
    out, at = [], 0
    for match in sorted(chosen, key=re.Match.start):
        out += [data[at : match.start()], make(match)]
        at = match.end()
    return b"".join([*out, data[at:]])


def _number(data: bytes, rng: Random) -> bytes:
    return _replaced(_NUMBER, data, rng, lambda _: rng.choice(EXTREME))


def _column(data: bytes, rng: Random) -> bytes:
    return _replaced(_CELL, data, rng, lambda _: rng.choice(LETTERS))


def _charset(data: bytes, rng: Random) -> bytes:
    return _replaced(_CHARSET, data, rng, lambda _: rng.choice(CHARSETS))


def _boundary(data: bytes, rng: Random) -> bytes:
    """Damage a boundary of a message, or nest the message in itself."""
    found = re.search(rb"(?i)boundary=\"?([^\s\";]+)", data)
    if found is None:
        return data
    mark = b"--" + found[1]
    made = rng.choice((b"", b"--" + found[1][:-1], mark + b"--", mark + b"\r\n" + mark, data[:50_000]))
    return _replaced(re.compile(re.escape(mark)), data, rng, lambda _: made)


def _attribute(data: bytes, rng: Random) -> bytes:
    """Set a value of an attribute: an extreme number, another attribute's value, something odd; or leave it out."""
    values = [match[2] for match, _ in zip(_ATTRIBUTE.finditer(data), range(5000), strict=False)] or [b'""']

    def made(match: re.Match[bytes]) -> bytes:
        value = rng.choice((b'"%s"' % rng.choice(EXTREME), rng.choice(values), b'"%s"' % rng.choice(ODD)))
        return rng.choice((match[1] + b"=" + value, match[1] + b"=" + value, b""))

    return _replaced(_ATTRIBUTE, data, rng, made)


def _element(data: bytes, rng: Random) -> bytes:
    """Leave out an element, repeat it, nest it in itself, or put another one in its place."""
    elements = [match[0] for match, _ in zip(_ELEMENT.finditer(data), range(5000), strict=False)] or [b"<a/>"]

    def made(match: re.Match[bytes]) -> bytes:
        opened = b"<" + match[1] + b">"
        times = rng.choice((3, 300, 3000))
        nested = (
            opened * times + match[0] + b"</" + match[1] + b">" * 0 + (b">" + b"</" + match[1]) * (times - 1) + b">"
        )
        return rng.choice((b"", match[0] * min(times, 300_000 // len(match[0])), nested, rng.choice(elements)))

    return _replaced(_ELEMENT, data, rng, made)


def _tag(data: bytes, rng: Random) -> bytes:
    return _replaced(_TAG, data, rng, lambda match: rng.choice((b"", match[0] * 2, match[0].replace(b"/", b""))))


_BLIND: tuple[Mutation, ...] = (
    *(_flip, _truncate, _cut, _repeat, _swap, _insert, _noise, _binary, _binary),
    *(_nest, _wide, _lines, _number, _number),
)
_MARKUP: tuple[Mutation, ...] = (_attribute, _attribute, _element, _element, _tag, _number, _column, _nest, _insert)
_MAIL: tuple[Mutation, ...] = (_boundary, _charset, _charset)


def _plain(data: bytes, rng: Random) -> bytes:
    """Change bytes that are in no container."""
    roll = rng.random()
    if roll < 0.5 and b"<" in data[:2000]:
        return rng.choice((*_MARKUP, _charset))(data, rng)
    if roll < 0.3 and (b"boundary=" in data or b"charset=" in data):
        return rng.choice(_MAIL)(data, rng)
    return rng.choice(_BLIND)(data, rng)


def _zip(data: bytes, rng: Random) -> bytes:
    parts = _unzipped(data)
    at = rng.randrange(len(parts))
    name, content = parts[at]
    roll = rng.random()
    if roll < 0.8 and content:
        parts[at] = name, _changed(content, rng)
    elif roll < 0.85:
        del parts[at]
    elif roll < 0.9:
        parts[at] = name, rng.choice(parts)[1]
    elif roll < 0.95:
        odd = (
            "../" * 9 + "x",
            "/etc/x",
            "a\0b",
            "C:\\x",
            "a!/b.md",
            "x" * 500,
            "",
            ".",
            "a/",
            "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
            name,
        )
        parts.append((rng.choice(odd), content))
    else:
        return _plain(data, rng)
    return _zipped(parts)


def _unzipped(data: bytes) -> list[tuple[str, bytes]]:
    """Return the parts of an archive. Raises what zipfile raises."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()] or [("a", b"a")]


def _zipped(parts: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts:
            # A name that is there twice is wanted, and `writestr` of a name would warn.
            info = zipfile.ZipInfo(name or "x")
            archive.NameToInfo.pop(info.filename, None)
            archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _tar(data: bytes, rng: Random) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as archive, tarfile.open(fileobj=out, mode="w") as made:
        infos = archive.getmembers()
        chosen = rng.randrange(len(infos))
        for at, info in enumerate(infos):
            file = archive.extractfile(info)
            content = file.read() if file is not None else b""
            if at == chosen and content:
                content = _changed(content, rng)
            info.size = len(content)
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def _pdf(data: bytes, rng: Random) -> bytes:
    """Change what a stream of a PDF packs; the table of its places is wrong then, and is built anew by its reader."""
    streams = list(_STREAM.finditer(data))
    if not streams or rng.random() < 0.4:
        return _plain(data, rng)
    found = rng.choice(streams)
    try:
        content = zlib.decompressobj().decompress(found[1], 1_000_000)
        made = zlib.compress(_plain(content or b"x", rng), 1)
    except zlib.error:
        made = _plain(found[1], rng)
    return data[: found.start(1)] + made + b"\n" + data[found.end(1) :]


def _json(data: bytes, rng: Random) -> bytes:
    """Put something else in the place of a value, of one that is deep inside now and then."""
    values: tuple[Any, ...] = (
        None,
        True,
        0,
        -1,
        1e308,
        2**70,
        float("nan"),
        "",
        "\ud800",
        "\0",
        "x" * 5000,
        [],
        {},
        [[]],
        {"": {}},
    )
    tree = json.loads(data)
    node, spot = [tree], 0
    while isinstance(node[spot], (list, dict)) and node[spot] and rng.random() < 0.85:
        node = node[spot]
        spot = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
    if isinstance(node, dict) and rng.random() < 0.3:
        node[rng.choice((spot, "x", "\ud800", ""))] = node.pop(spot)
    else:
        node[spot] = rng.choice((*values, tree if node is not tree else 1, [node[spot]] * 50))
    try:
        return json.dumps(tree).encode()
    except (ValueError, RecursionError):  # it holds itself now
        return _plain(data, rng)


_PACKERS: tuple[tuple[bytes, Callable[[bytes], bytes], Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", gzip.decompress, lambda data: gzip.compress(data, 1, mtime=0)),
    (b"BZh", bz2.decompress, lambda data: bz2.compress(data, 1)),
    (b"\xfd7zXZ", lzma.decompress, lambda data: lzma.compress(data, preset=0)),
    (b"]\0\0", lzma.decompress, lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=0)),
    (b"\x28\xb5\x2f\xfd", lambda data: zstandard.decompress(data, 10_000_000), zstandard.compress),
)


def _changed(data: bytes, rng: Random) -> bytes:
    """Change a file once: mostly what is inside of it, where it is a container."""
    try:
        if rng.random() < 0.75:
            if data.startswith(b"PK"):
                return _zip(data, rng)
            if data.startswith(b"%PDF"):
                return _pdf(data, rng)
            if data[257:262] == b"ustar":
                return _tar(data, rng)
            if data.startswith((b"{", b"[")) and not data.startswith(b"{\\rt"):
                return _json(data, rng)
            for mark, unpack, pack in _PACKERS:
                if data.startswith(mark):
                    return pack(_changed(unpack(data), rng))
    except Exception:  # noqa: BLE001 - it is broken already: then its bytes are changed
        pass
    return _plain(data, rng)


def mutated(data: bytes, others: Sequence[bytes], rng: Random) -> bytes:
    """Return a file changed up to three times, or glued from two files."""
    if rng.random() < 0.05:
        other = rng.choice(others)
        data = data[: rng.randrange(len(data) + 1)] + other[rng.randrange(len(other) + 1) :]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = _changed(data or b"x", rng)[:LARGEST]
    return data or b"x"


def parts_of(data: bytes) -> tuple[list[bytes], Callable[[Sequence[bytes | None]], bytes]]:
    """Return what a file is made of, and how to make a file of it again; None is a part that is left out."""
    try:
        parts = _unzipped(data) if data.startswith(b"PK") else []
    except Exception:  # noqa: BLE001 - it is broken
        parts = []
    if not parts:
        return [data], lambda contents: contents[0] or b""
    names = [name for name, _ in parts]
    return [content for _, content in parts], lambda contents: _zipped(
        [(name, content) for name, content in zip(names, contents, strict=True) if content is not None]
    )
