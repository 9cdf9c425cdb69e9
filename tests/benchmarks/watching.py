"""How long after a save a search finds it, while `semsearch watch` follows an index of 100,000 passages.

The index is made once, with vectors that are given; what is saved afterwards is encoded by the default model. Measured
from the return of the last write to the search that shows the change, from outside, the process of its own included.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from semsearch import Index
from tests.benchmarks.indexing import write_files
from tests.benchmarks.material import ROOT, cache_folder, recombined
from tests.benchmarks.peers.processes import undisturbed
from tests.benchmarks.processes import MiniLMGiven
from tests.benchmarks.report import record, table

WORDS = 1650
"""Words of a file: some ten passages."""
LONGEST = 120.0


class CutAsModel(MiniLMGiven):
    """Vectors that are given, passages cut as the default model has them: an edit leaves those before it alone."""

    @property
    def max_tokens(self) -> int:  # type: ignore[override]
        return self._model.max_tokens

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return self._model.token_spans(texts)


def build(passages: int) -> tuple[Path, Path]:
    """Return a folder of files and its index, made once."""
    folder = cache_folder() / f"watching-{passages}"
    corpus, index = folder / "corpus", folder / "index"
    if not (folder / "made").is_file():
        shutil.rmtree(folder, ignore_errors=True)
        write_files(folder, recombined(passages // 10, words=WORDS))
        time.sleep(2.5)
        Index.create(index, exist_ok=True).close()
        with Index.open(index, encoder=CutAsModel({})) as made:
            made.index([corpus])
        (folder / "made").touch()
    return corpus, index


@contextmanager
def following(index: Path) -> Iterator[Callable[[], int]]:
    """Run `semsearch watch`; give what counts its batches so far."""
    told = index.parent / "told.jsonl"
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    with told.open("w") as out:
        command = [sys.executable, "-m", "semsearch", "watch", "-i", str(index), "--json"]
        process = subprocess.Popen(command, stdout=out, env=undisturbed(PYTHONPATH=path))

        def batches() -> int:
            events = [json.loads(line) for line in told.read_text().splitlines(keepends=True) if line.endswith("\n")]
            return sum(event["event"] == "changes" for event in events)

        try:
            until(lambda: "start" in told.read_text())
            time.sleep(5)  # the model is opened after that
            yield batches
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def until(test: Callable[[], bool]) -> float:
    start = time.perf_counter()
    while not test():
        if time.perf_counter() - start > LONGEST:
            raise SystemExit("it was not taken up")
        time.sleep(0.01)
    return time.perf_counter() - start


class Person:
    """Someone who saves files and searches for what they wrote."""

    def __init__(self, corpus: Path, index: Index) -> None:
        self._corpus, self._index = corpus, index
        self._chance = random.Random(time.time_ns())  # a word that no run before has written
        self._files = sorted(corpus.rglob("*.txt"))
        self._taken = 0
        self._texts = recombined(400, words=80, seed=77)

    def word(self) -> str:
        return "".join(self._chance.choices("bcdfghklmnprstvz", k=12))

    def finds(self, word: str) -> bool:
        return bool(self.paths(word))

    def paths(self, word: str) -> list[str]:
        return [hit.path for hit in self._index.search(word, mode="lexical", floor=False, k=1).hits]

    def file(self) -> Path:
        return self._files[self._chance.randrange(len(self._files))]

    def edit(self) -> float:
        """Save a file as most editors do: another one beside it, renamed."""
        file, word = self.file(), self.word()
        text = file.read_text(encoding="utf-8")
        beside = file.with_suffix(".txt~")
        beside.write_text(f"{text}\n\nIt was {word} again.\n", encoding="utf-8")
        beside.replace(file)
        return until(lambda: self.finds(word))

    def note(self) -> float:
        """Write a new short file."""
        word = self.word()
        self._taken += 1
        file = self._corpus / "notes" / f"{word}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"# {word}\n\n{self._texts[self._taken % len(self._texts)]}\n", encoding="utf-8")
        return until(lambda: self.finds(word))

    def remove(self) -> float:
        """Remove a note that was moved."""
        file = next(iter(self._corpus.glob("elsewhere-*/*.md")))
        file.unlink()
        return until(lambda: not self.finds(file.stem))

    def move(self) -> float:
        """Move a note to another folder."""
        file = next(iter((self._corpus / "notes").glob("*.md")))
        target = self._corpus / f"elsewhere-{self.word()}" / file.name
        target.parent.mkdir()
        file.rename(target)
        return until(
            lambda: [hit.path for hit in self._index.search(file.stem, mode="lexical", k=1).hits] == [str(target)]
        )

    def checkout(self, files: int) -> float:
        """Change very many files at once, as a version control does; until the last of them is found."""
        word, chosen = self.word(), self._chance.sample(self._files, files)
        for file in chosen:
            file.write_text(f"Release {word} of {file.stem}.\n", encoding="utf-8")
        wanted = len(chosen)
        return until(
            lambda: len(self._index.search(word, mode="lexical", floor=False, k=wanted, fold=False).hits) == wanted
        )


def rows(person: Person, times: int) -> Iterator[tuple[object, ...]]:
    for name, act in (
        ("edited", person.edit),
        ("new", person.note),
        ("moved", person.move),
        ("removed", person.remove),
    ):
        spent = []
        for _ in range(times):
            time.sleep(0.7)
            spent.append(act())
        record("watching", {f"{name}_p50_s": float(np.median(spent)), f"{name}_max_s": max(spent)})
        yield name, times, f"{np.median(spent):.2f}", f"{np.percentile(spent, 95):.2f}", f"{max(spent):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    arguments = parser.parse_args()
    corpus, path = build(arguments.passages)
    with following(path) as batches, Index.open(path) as index:
        status = index.status()
        title = f"Seconds until a search finds it, {status.passages:,} passages in {status.documents:,} files"
        person = Person(corpus, index)
        table(title, ("a file was", "times", "p50", "p95", "longest"), rows(person, arguments.times))
        before = batches()
        spent = person.checkout(1000)
        time.sleep(1)
        print(f"\n1,000 files changed at once: {spent:.1f} s until the last is found, {batches() - before} batches")
        record("watching", {"checkout_s": spent, "checkout_batches": float(batches() - before)})
    shutil.rmtree(path.parent)  # what was measured has changed it


if __name__ == "__main__":
    main()
