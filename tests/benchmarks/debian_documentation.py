"""The documentation of Python and Debian, 20,000 files of many kinds, indexed from cold and then once more.

Vectors are given unless `--encode` asks for the real ones (hours on two cores), and pictures are left out unless
`--pictures` asks for their text, so that what is measured is reading, splitting and writing. Every reason for which a
file was skipped is listed with an example.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from semsearch import Index, Summary
from semsearch.settings import Settings
from semsearch.types.models import Row, Tokenized
from tests.benchmarks.given_vectors import DIM
from tests.benchmarks.material import ROOT, cache_folder
from tests.benchmarks.packages import documentation_files, kind_of, unpacked
from tests.benchmarks.peers.processes import measure, undisturbed
from tests.benchmarks.report import record, table
from tests.benchmarks.watching import CutAsModel
from tests.benchmarks.weighing import Weighed

AGAIN = 5
"""How often the second run is repeated; the shortest counts on a machine that others use too."""


class OnlyTokens(CutAsModel):
    """The default model's tokenizer, asked as the model is; vectors are drawn at random."""

    @property
    def joins(self) -> bool:
        return self._model.joins

    def tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        return self._model.tokenize(texts)

    def row(self, ids: Sequence[int]) -> Row:
        return self._model.row(ids)

    def rows(self, texts: Sequence[str]) -> list[Row]:
        return self._model.rows(texts)

    def encode_rows(self, rows: Sequence[Row]) -> np.ndarray:
        vectors = np.random.default_rng(len(rows)).standard_normal((len(rows), DIM), np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def linked(folder: Path, files: list[Path]) -> Path:
    """Return a folder with a hard link to each file, below the name of its package."""
    corpus = folder / "corpus"
    packages = unpacked("python3.11-doc").parent
    for file in files:
        place = corpus / file.relative_to(packages)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, place)
    return corpus


def index_alone(corpus: Path, path: Path, *, encode: bool, pictures: bool) -> None:
    """Index from cold in this process, and print what came of it as JSON."""
    Index.create(path, exist_ok=True, settings=Settings(ocr=pictures)).close()
    with Index.open(path) if encode else Index.open(path, encoder=OnlyTokens({})) as index:
        made: Summary = index.index([corpus])
        status = index.status()
    told = asdict(made) | {"documents": status.documents, "characters": status.bytes_text}
    print(json.dumps(told))


def first_run(corpus: Path, path: Path, flags: Sequence[str]) -> tuple[dict[str, Any], Weighed, float, float]:
    """Index in a process of its own; return its summary, what was weighed, the seconds and the processor's."""
    command = [sys.executable, "-m", "tests.benchmarks.debian_documentation", "--alone", corpus, path, *flags]
    start, before = time.perf_counter(), _processor()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=undisturbed(PYTHONPATH=_path()), text=True) as process:
        weighed = Weighed(process.pid)
        assert process.stdout is not None
        told = process.stdout.read()
        weighed.stop()
    if process.returncode:
        raise SystemExit(f"indexing failed (exit {process.returncode})")
    return json.loads(told), weighed, time.perf_counter() - start, _processor() - before


def _processor() -> float:
    """Return what processes that have ended took, those that they started included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _path() -> str:
    return os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)


def second_runs(path: Path) -> list[tuple[float, float]]:
    """Return wall and processor seconds of `semsearch index` over the unchanged files, each a whole process."""
    command = [sys.executable, "-m", "semsearch", "index", "-i", os.fspath(path)]
    environment = undisturbed(PYTHONPATH=_path())
    runs = [measure(command, environment, cwd=path.parent, every=0) for _ in range(AGAIN)]
    return [(run.seconds, run.processor_seconds) for run in runs]


def reasons(skipped: list[dict[str, str]]) -> Iterator[tuple[str, int, str, str]]:
    """Yield every reason with its count, the kinds of file that it is said of, and an example."""
    found: dict[str, list[str]] = {}
    for one in skipped:
        found.setdefault(re.sub(r"\d[\d.,]*|(?<=link to ).*", "…", one["reason"]), []).append(one["path"])
    for reason, paths in sorted(found.items(), key=lambda item: -len(item[1])):
        kinds = Counter(kind_of(Path(path)) for path in paths).most_common(8)
        yield reason, len(paths), ", ".join(f"{kind} {count}" for kind, count in kinds), Path(paths[0]).name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--encode", action="store_true", help="encode with the default model")
    parser.add_argument("--pictures", action="store_true", help="read the text in 2,000 pictures (an hour)")
    parser.add_argument("--keep", action="store_true", help="keep the index")
    parser.add_argument("--alone", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        index_alone(*options.alone, encode=options.encode, pictures=options.pictures)
        return
    folder = cache_folder() / "debian-documentation"
    shutil.rmtree(folder, ignore_errors=True)
    files = documentation_files(options.files)
    corpus, path = linked(folder, files), folder / "index"
    kinds = Counter(map(kind_of, files)).most_common(12)
    print(f"\n{len(files):,} files, {sum(f.stat().st_size for f in files) / 1e6:.0f} MB; the most of them:")
    print(", ".join(f"{kind} {count:,}" for kind, count in kinds))
    time.sleep(2.5)  # what is younger when it is read is looked at again
    made, weighed, seconds, used = first_run(
        corpus, path, [flag for flag in ("--encode", "--pictures") if flag in sys.argv]
    )
    runs = second_runs(path)
    wall, processor = min(runs)
    vectors = "encoded by the default model" if options.encode else "given, not encoded"
    rows = [
        ("files", f"{made['files']:,}"),
        ("documents, those inside files included", f"{made['documents']:,}"),
        ("skipped, each with a reason", f"{len(made['skipped']):,}"),
        ("remarks", f"{len(made['remarks']):,}"),
        ("MB of text, as the index stores it", f"{made['characters'] / 1e6:.0f}"),
        ("passages", f"{made['passages']:,}"),
        (f"from cold, vectors {vectors}, s", f"{seconds:.0f}"),
        ("processor seconds of all its processes", f"{used:.0f}"),
        ("peak memory of the process, MB", f"{weighed.own:.0f}"),
        (f"largest of the {len(weighed.children)} processes that parsed, MB", f"{weighed.child:.0f}"),
        (f"second run, shortest of {AGAIN}, s", f"{wall:.2f}"),
        ("of that processor, s", f"{processor:.2f}"),
    ]
    table("20,000 files of documentation", ("", ""), rows)
    table("Skipped", ("reason", "files", "kinds", "for example"), reasons(made["skipped"]))
    table("Remarks", ("remark", "files", "kinds", "for example"), reasons([_as_skip(one) for one in made["remarks"]]))
    record("debian_documentation", {"cold_s": seconds, "again_s": wall, "peak_mb": weighed.own})
    if not options.keep:
        shutil.rmtree(folder)


def _as_skip(remark: dict[str, str]) -> dict[str, str]:
    path, told = remark.values()
    return {"path": path, "reason": told}


if __name__ == "__main__":
    main()
