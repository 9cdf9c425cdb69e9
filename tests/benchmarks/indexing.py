"""What indexing costs over bare encoding, where that goes, and its memory at 5,000 and at 50,000 documents."""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import pstats
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from semsearch import Index
from semsearch.corpus.split.passages import embedded_text
from tests.benchmarks.given_vectors import GivenVectors
from tests.benchmarks.material import documents, recombined
from tests.benchmarks.report import record, table


def write_files(folder: Path, texts: list[str]) -> Path:
    """Write texts as files, 500 a folder."""
    corpus = folder / "corpus"
    for number, text in enumerate(texts):
        file = corpus / f"{number // 500:03}" / f"{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return corpus


def embedded_texts(path: Path) -> list[str]:
    """Return the different texts that the encoder got for an index, the longest first."""
    with Index.open(path) as index:
        titles = {document.id: document.title for document in index.documents()}
        texts = {embedded_text(t, p.heading, p.text) for d, t in titles.items() for p in index.passages(d)}
    return sorted(texts, key=len, reverse=True)


def share(texts: list[str], repeat: int) -> None:
    """Run `semsearch index` on real abstracts, then encode the very same passages alone; so often, in turn."""
    from semsearch.models.encoder.load import load_encoder
    from semsearch.settings import DEFAULT_MODEL

    loaded = load_encoder(DEFAULT_MODEL)
    encoder = loaded.passages_as(loaded.fastest_precision())  # as a new index encodes them
    encoder.encode_passages([texts[0][:600]] * 300)  # the runtime is chosen, and warm
    rows, ratios = [], []
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_files(Path(folder), texts)
        environment = os.environ | {"SEMSEARCH_DATA": folder}
        for number in range(repeat):
            index = Path(folder) / f"index{number}"
            command = [sys.executable, "-m", "semsearch", "index", str(corpus), "-i", str(index), "--json"]
            start = time.perf_counter()
            made = json.loads(subprocess.run(command, check=True, env=environment, capture_output=True).stdout)
            whole = time.perf_counter() - start
            passages = embedded_texts(index)
            before = encoder.counted.tokens, encoder.counted.padding
            start = time.perf_counter()
            encoder.encode_passages(passages)
            bare = time.perf_counter() - start
            waste = (encoder.counted.padding - before[1]) / max(1, encoder.counted.tokens - before[0])
            ratios.append(whole / bare)
            figures = f"{whole:.1f} | {made['seconds']:.1f} | {bare:.1f} | {bare / len(passages) * 1e3:.1f}"
            rows.append((len(texts), made["passages"], figures, f"{whole / bare:.3f}", f"{waste:.1%}"))
    header = ("files", "passages", "`semsearch index`, s", "the run alone, s", "bare encoding, s")
    table("Whole `semsearch index` over bare encoding", (*header, "ms a passage", "ratio", "padding, bare"), rows)
    ratio = statistics.median(ratios)
    print(f"\nMedian of the ratios: {ratio:.3f}")
    record("feeding", {"index_over_encode": ratio})


STEPS = {
    "reading files": ("read_stable",),
    "parsing": ("read_bytes",),
    "counting tokens": ("tokenize", "encoder.py"),
    "splitting, tokens included": ("split",),
    "telling the language": ("detect",),
    "looking for known vectors": ("known_rows",),
    "writing: everything": ("commit", "writer.py"),
    "writing: terms": ("index_terms",),
    "writing: lexical index": ("_write_rows",),
    "writing: fsync": ("<built-in method posix.fsync>",),
    "noise floor": ("update_floor",),
    "approximate index": ("update_ann",),
    "encoding": ("encode_rows", "encoder.py"),
}


def profile(texts: list[str]) -> None:
    """Print where the time of a run goes, over its threads; the profiler makes everything but the encoder slower."""
    profilers: list[cProfile.Profile] = []

    def watch(*_: object) -> None:
        profilers.append(cProfile.Profile())
        profilers[-1].enable()

    with tempfile.TemporaryDirectory() as folder, Index.create(Path(folder) / "index") as index:
        corpus = write_files(Path(folder), texts)
        index._opened.encoder().encode_passages([texts[0][:600]] * 300)
        threading.setprofile(watch)
        watch()
        start = time.perf_counter()
        made = index.index([corpus])
        seconds = time.perf_counter() - start
        threading.setprofile(None)  # type: ignore[arg-type]
        counted = index._opened.encoder().counted
        print(f"\nPadding in the run: {counted.padding / max(1, counted.tokens):.1%}")
    totals: dict[str, float] = dict.fromkeys(STEPS, 0.0)
    for profiler in profilers:
        profiler.disable()
        for (file, _, function), (_, _, _, cumulated, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]
            for step, (name, *where) in STEPS.items():
                if function == name and (not where or file.endswith(where[0])):
                    totals[step] += cumulated
    rows = [(step, f"{spent:.2f}", f"{spent / made.passages * 1e3:.2f}") for step, spent in totals.items()]
    table(f"Where {seconds:.1f} s go, threads beside each other", ("step", "s", "ms a passage"), rows)


def memory(corpus: Path) -> None:
    """Index a folder with given vectors, alone in this process, and print its peaks."""
    encoder = GivenVectors()
    with tempfile.TemporaryDirectory() as folder, Index.create(Path(folder) / "index", encoder=encoder) as index:
        before = resident()[0]
        watch = Watch()
        start = time.perf_counter()
        made = index.index([corpus])
        bare = time.perf_counter() - start - encoder.seconds
        whole, own = watch.stop()
    each = bare / made.files * 1e3
    cells = f"{made.files:,} | {made.passages:,} | {bare:.0f} | {each:.2f} | {before:.0f} | {whole:.0f} | {own:.0f}"
    print(f"| {cells} |", flush=True)


class Watch:
    """Looks at the memory of this process twenty times a second until it is stopped."""

    def __init__(self) -> None:
        self._peaks = (0.0, 0.0)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._done.wait(0.05):
            self._peaks = tuple(map(max, self._peaks, resident()))

    def stop(self) -> tuple[float, float]:
        """Return the peak of the resident size, and of the part that is not files mapped into memory, in MB."""
        self._done.set()
        self._thread.join()
        return self._peaks


def resident() -> tuple[float, float]:
    """Return the resident size of this process, and what of it is its own, in MB; elsewhere than on Linux the peak."""
    status = Path("/proc/self/status")
    if not status.is_file():
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / (1024 if sys.platform == "darwin" else 1)
        return peak, peak
    text = status.read_text()
    whole, own = (int(text.split(f"{name}:")[1].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
    return whole, own


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--abstracts", type=int, default=1500)
    parser.add_argument("--documents", type=int, nargs="*", default=[5000, 50_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="also print where the time goes")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        memory(arguments.alone)
        return
    if arguments.abstracts:
        share(documents("scifact")[: arguments.abstracts], arguments.repeat)
    if arguments.profile:
        profile(documents("scifact")[: arguments.abstracts])
    if not arguments.documents:
        return
    header = (
        "documents",
        "passages",
        "seconds without encoding",
        "ms a document",
        "MB before",
        "MB at the peak",
        "of that without mapped files",
    )
    table("Memory of one run, vectors given", header, [])
    for count in arguments.documents:
        with tempfile.TemporaryDirectory() as folder:
            corpus = write_files(Path(folder), recombined(count, words=200))
            subprocess.run([sys.executable, "-m", "tests.benchmarks.indexing", "--alone", corpus], check=True)


if __name__ == "__main__":
    main()
