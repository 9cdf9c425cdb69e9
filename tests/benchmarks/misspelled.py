"""Misspelled words: how many find what was meant, and how many right words that are merely absent are left alone.

Typing errors are made on words of a collection; right words that are not in it come from the other collection.
"""

from __future__ import annotations

import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from semsearch import Document, Index
from semsearch.api import load_encoder
from semsearch.corpus.text.known_words import is_known
from semsearch.corpus.text.terms.analysis import analyze
from semsearch.search.spelling import corrections
from semsearch.settings import DEFAULT_MODEL
from semsearch.stores.local.view import View
from semsearch.types.models import Vocabulary
from tests.benchmarks.material import COLLECTIONS, documents
from tests.benchmarks.report import table
from tests.contract.hashing_encoder import HashingEncoder

KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
TYPED, ABSENT = 400, 400


def misspelled(word: str, rng: random.Random) -> str:
    """Leave a letter out, type one twice, swap two, or hit the key beside one; never at the beginning."""
    at = rng.randrange(1, len(word))
    kind = rng.randrange(4)
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at] + word[at:]
    if kind == 2 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    row = next(keys for keys in KEYS if word[at] in keys)
    place = row.index(word[at])
    return word[:at] + rng.choice(row[max(0, place - 1) : place] + row[place + 1 : place + 2]) + word[at + 1 :]


def words_of(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that two texts or more have, and the names: those that are always capitalized."""
    seen: Counter[str] = Counter()
    for text in texts:
        seen.update(set(re.findall(r"\b[A-Za-z]{5,}\b", text)))
    often = sorted(word for word, count in seen.items() if count > 1)
    return [w for w in often if w.islower()], [w for w in often if w.istitle() and w.lower() not in seen]


def rows(view: View, own: Sequence[str], other: Sequence[str]) -> Iterator[tuple[object, ...]]:
    rng = random.Random(0)
    pairs = [(misspelled(word, rng), word) for word in rng.sample(words_of(own)[0], TYPED)]
    pairs = [pair for pair in pairs if view.occurrences([pair[0]]) == [0]]
    common, names = ([w for w in found if view.occurrences([w]) == [0]] for found in words_of(other))
    absent, names = rng.sample(common, min(ABSENT, len(common))), rng.sample(names, min(ABSENT, len(names)))
    encoder = load_encoder(DEFAULT_MODEL)
    assert isinstance(encoder, Vocabulary)

    def piece(word: str) -> bool:
        found = encoder.pieces([word])[0]
        return len(found) == 1 and found[0] is not None

    ways: dict[str, Callable[[str], bool]] = {
        "nothing": lambda word: False,
        "the encoder's vocabulary": piece,
        "a dictionary": lambda word: is_known(word, ["en"]),
        "both": lambda word: piece(word) or is_known(word, ["en"]),
    }
    for name, known in ways.items():
        start = time.perf_counter()
        found = [(corrections(view, typed, (), known).get(typed), word) for typed, word in pairs]
        took = 1_000 * (time.perf_counter() - start) / len(pairs)
        right = sum(bool(one) and analyze(str(one), "en") == analyze(word, "en") for one, word in found)
        replaced = sum(one is not None for one, _ in found)
        wrong = [sum(bool(corrections(view, word, (), known)) for word in some) / len(some) for some in (absent, names)]
        shares = (right / len(pairs), (replaced - right) / len(pairs), *wrong)
        yield name, len(pairs), *(f"{share:.3f}" for share in shares), f"{took:.0f}"


def main() -> None:
    header = ("known by", "typed", "right", "wrong", "absent words replaced", "absent names replaced", "ms a word")
    for name, other in (COLLECTIONS, COLLECTIONS[::-1]):
        texts = documents(name)
        with (
            tempfile.TemporaryDirectory() as folder,
            Index.create(f"{folder}/index", encoder=HashingEncoder()) as index,
        ):
            index.add([Document(str(number), text) for number, text in enumerate(texts)])
            with index._opened.view() as view:
                table(f"words of {name}, absent ones of {other}", header, rows(view, texts, documents(other)))


if __name__ == "__main__":
    main()
