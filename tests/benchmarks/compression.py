"""How passage texts are compressed: ratio, speed, and the time to read one unit back. See docs/decisions.md."""

from __future__ import annotations

import argparse
import lzma
import random
import time
import zlib
from collections.abc import Callable, Iterator, Sequence

import zstandard

from tests.benchmarks.material import documents
from tests.benchmarks.report import table

Codec = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]


def codecs(sample: Sequence[bytes]) -> dict[str, Codec]:
    """Return compress and decompress by name; the dictionary is trained on `sample`."""
    found: dict[str, Codec] = {}
    for level in (1, 3, 9):
        plain = zstandard.ZstdCompressor(level=level, write_checksum=True)
        found[f"zstd {level}"] = (plain.compress, zstandard.ZstdDecompressor().decompress)
    dictionary = zstandard.train_dictionary(65_536, list(sample))
    trained = zstandard.ZstdCompressor(level=3, dict_data=dictionary, write_checksum=True)
    found["zstd 3, 64 kB dictionary"] = (trained.compress, zstandard.ZstdDecompressor(dict_data=dictionary).decompress)
    found["zlib 6"] = (lambda data: zlib.compress(data, 6), zlib.decompress)
    found["lzma 6"] = (lzma.compress, lzma.decompress)
    return found


def cut(texts: Sequence[bytes], block: int) -> list[bytes]:
    return [t[at : at + block] for t in texts for at in range(0, len(t), block)] if block else list(texts)


def rest(texts: Sequence[bytes]) -> list[bytes]:
    """Return the texts that the dictionary was not trained on."""
    return [t for n, t in enumerate(texts) if n % 3]


def rows(name: str, units: Sequence[bytes], sample: Sequence[bytes]) -> Iterator[tuple[object, ...]]:
    total = sum(map(len, units))
    picks = random.Random(0).choices(range(len(units)), k=1000)
    for codec, (compress, decompress) in codecs(sample).items():
        start = time.perf_counter()
        packed = [compress(u) for u in units]
        speed = total / (time.perf_counter() - start) / 1e6
        start = time.perf_counter()
        for pick in picks:
            decompress(packed[pick])
        read = (time.perf_counter() - start) / len(picks) * 1e6
        yield name, codec, f"{total / sum(map(len, packed)):.2f}", f"{speed:.0f}", f"{read:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=3000, help="abstracts to compress")
    arguments = parser.parse_args()
    short = [t.encode() for t in documents("scifact")[: arguments.documents]]
    paragraphs = [t.encode() for t in documents("squad-dev")]
    # The paragraphs of SQuAD come article by article: joined, they are long documents on one subject each.
    long = [b"\n\n".join(paragraphs[a : a + 60]) for a in range(0, len(paragraphs), 60)]
    header = ("unit", "codec", "ratio", "compress, MB/s", "read one unit, µs")
    table("Abstracts, 1.5 kB each", header, rows("one document", rest(short), short[::3]))
    for block in (4096, 16_384, 65_536, 0):
        name = f"{block // 1024} kB block" if block else "whole document"
        table(f"Long documents, {name}", header, rows(name, cut(rest(long), block), cut(long[::3], 4096)))


if __name__ == "__main__":
    main()
