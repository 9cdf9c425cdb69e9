"""What indexing costs besides the encoder, and how much memory it takes at 5,000 and at 50,000 documents."""

from __future__ import annotations

import argparse
import cProfile
import io
import pstats
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from semsearch import Index
from tests.benchmarks.given_vectors import GivenVectors, Timed
from tests.benchmarks.material import documents, recombined
from tests.benchmarks.report import table


def write_files(folder: Path, texts: list[str]) -> Path:
    """Write texts as files, 500 a folder."""
    corpus = folder / "corpus"
    for number, text in enumerate(texts):
        file = corpus / f"{number // 500:03}" / f"{number:06}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return corpus


def share(texts: list[str], profile: bool) -> None:
    """Index real abstracts with the real encoder and a clock around it."""
    from semsearch.models.load import load_encoder
    from semsearch.settings import DEFAULT_MODEL

    encoder = Timed(load_encoder(DEFAULT_MODEL))
    with tempfile.TemporaryDirectory() as folder:
        corpus = write_files(Path(folder), texts)
        with Index.create(Path(folder) / "index", encoder=encoder) as index:
            profiler = cProfile.Profile()
            start = time.perf_counter()
            if profile:
                profiler.enable()
            made = index.index([corpus])
            profiler.disable()
            seconds = time.perf_counter() - start
    rest = seconds - encoder.encoding
    table(
        f"One run over {made.files:,} files, default encoder",
        ("passages", "seconds", "encoding", "everything else", "its share", "of that, counting tokens"),
        [
            (
                made.passages,
                f"{seconds:.1f}",
                f"{encoder.encoding:.1f}",
                f"{rest:.1f}",
                f"{rest / seconds:.1%}",
                f"{encoder.tokenizing:.1f}",
            )
        ],
    )
    if profile:
        out = io.StringIO()
        pstats.Stats(profiler, stream=out).sort_stats("tottime").print_stats(25)
        print(out.getvalue())


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
    parser.add_argument("--profile", action="store_true", help="also print where the time goes")
    parser.add_argument("--alone", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        memory(arguments.alone)
        return
    if arguments.abstracts:
        share(documents("scifact")[: arguments.abstracts], arguments.profile)
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
