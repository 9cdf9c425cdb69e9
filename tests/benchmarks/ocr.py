"""Which library finds the text of pictures: words found, words that are not there, order, time and memory.

Each runs on one thread in a process of its own; what is not installed is left out and named. The pages are those of
the PDFs of a folder, drawn at some sizes, and their own text is the reference.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from shutil import which
from typing import Any

from tests.benchmarks.ocr_pictures import Picture, in_conditions, in_languages, scanned, without_text
from tests.benchmarks.reader_references import of_text
from tests.benchmarks.readers import scores
from tests.benchmarks.report import table

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900
HEADER = ("library", "words found, %", "other words, %", "order kept, %", "CPU s a picture", "load (s)", "peak MB")


def semsearch() -> Callable[[bytes], str]:
    from semsearch.corpus.readers.pictures.images import read
    from semsearch.errors import SourceUnreadable

    def read_one(data: bytes) -> str:
        try:
            return read(data, max_pages=1, max_pixels=10**9, seconds=SECONDS).text
        except SourceUnreadable:
            return ""

    return read_one


def rapidocr() -> Callable[[bytes], str]:
    import cv2
    import rapidocr as package
    from rapidocr import RapidOCR

    cv2.setNumThreads(1)
    models = Path(package.__file__).parent / "models"
    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(next(models.glob("*det*.onnx"))),
            "Rec.model_path": str(next(models.glob("*rec*.onnx"))),
        }
    )
    return lambda data: "\n".join(engine(data).txts or ())


def tesseract(languages: str) -> Callable[[bytes], str]:
    def read(data: bytes) -> str:
        command = ["tesseract", "-", "-", "-l", languages]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        done = subprocess.run(command, input=data, capture_output=True, check=False, env=environment)
        return done.stdout.decode("utf-8", "replace")

    return read


def tesserocr(languages: str) -> Callable[[bytes], str]:
    from PIL import Image
    from tesserocr import PyTessBaseAPI

    api = PyTessBaseAPI(path=os.environ.get("TESSDATA_PREFIX", "/usr/share/tesseract-ocr/5/tessdata"), lang=languages)

    def read(data: bytes) -> str:
        api.SetImage(Image.open(BytesIO(data)))
        return str(api.GetUTF8Text())

    return read


CANDIDATES: dict[str, tuple[Callable[[], Callable[[bytes], str]], bool]] = {
    "semsearch (rapidocr)": (semsearch, bool(find_spec("rapidocr"))),
    "rapidocr as it comes": (rapidocr, bool(find_spec("rapidocr"))),
    "tesseract, English": (lambda: tesseract("eng"), bool(which("tesseract"))),
    "tesseract, English and German": (lambda: tesseract("eng+deu"), bool(which("tesseract"))),
    "tesserocr, English": (lambda: tesserocr("eng"), bool(find_spec("tesserocr"))),
}


def child(name: str, folder: Path) -> None:
    """Read the pictures of a folder; print their texts, seconds of the processor for each, and the memory taken."""
    before = _peak()
    start = time.process_time()
    read = CANDIDATES[name][0]()
    loaded = time.process_time() - start
    found = {}
    for path in sorted(folder.iterdir()):
        since = _spent()
        text = read(path.read_bytes())
        found[path.name] = (text, _spent() - since)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print()
    print(json.dumps({"files": found, "load": loaded, "peak_mb": max(_peak() - before, children)}))


def _spent() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _peak() -> float:
    return int(re.findall(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))[0]) / 1024


def measured(name: str, pictures: Sequence[Picture]) -> dict[str, Any]:
    """Return what `child` prints; RuntimeError when its process fails."""
    with tempfile.TemporaryDirectory() as folder:
        for number, picture in enumerate(pictures):
            (Path(folder) / f"{number:04}").write_bytes(picture.data)
        command = [sys.executable, "-m", "tests.benchmarks.ocr", "--child", name, folder]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1", "OMP_NUM_THREADS": "1"}
        done = subprocess.run(
            command, capture_output=True, timeout=SECONDS, cwd=ROOT, check=False, text=True, env=environment
        )
    if done.returncode:
        raise RuntimeError(done.stderr[-500:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compared(names: Sequence[str], pictures: Sequence[Picture], details: bool) -> Iterator[tuple[object, ...]]:
    for name in names:
        if not CANDIDATES[name][1]:
            yield name, "not installed", *[""] * 5
            continue
        got = measured(name, pictures)
        files = list(got["files"].values())
        each = [scores(text, of_text(picture.text)) for (text, _), picture in zip(files, pictures, strict=True)]
        shares = [f"{100 * sum(column) / len(each):.1f}" for column in zip(*each, strict=True)]
        seconds = sum(spent for _, spent in files) / len(files)
        yield name, *shares, f"{seconds:.2f}", f"{got['load']:.1f}", f"{got['peak_mb']:.0f}"
        if details:
            for picture, one, (_, spent) in zip(pictures, each, files, strict=True):
                yield f"- {picture.name}", *(f"{100 * share:.1f}" for share in one), f"{spent:.2f}", "", ""


def invented(names: Sequence[str], pictures: Sequence[Picture]) -> Iterator[tuple[object, ...]]:
    """Yield what is read where nothing is written."""
    for name in names:
        if CANDIDATES[name][1]:
            texts = [" ".join(text.split()) for text, _ in measured(name, pictures)["files"].values()]
            yield name, *(f"{len(text.split())} ({text[:20]})" if text else "-" for text in texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT.parent / "shared" / "data" / "files")
    parser.add_argument("--dpi", type=int, nargs="*", default=[150, 200])
    parser.add_argument("--details", action="store_true", help="every picture in a line of its own")
    parser.add_argument("--only", default="", help="libraries whose names have this")
    parser.add_argument("--child", nargs=2, metavar=("NAME", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], Path(arguments.child[1]))
        return
    names = [name for name in CANDIDATES if arguments.only in name]
    for dpi in arguments.dpi:
        pages = list(scanned(arguments.folder, dpi))
        table(f"{len(pages)} pages of PDFs at {dpi} dpi", HEADER, compared(names, pages, arguments.details))
    table("One text in five languages", HEADER, compared(names, list(in_languages()), arguments.details))
    table("One text in twelve conditions", HEADER, compared(names, list(in_conditions()), arguments.details))
    empty = list(without_text())
    table("Words where there are none", ("library", *(picture.name for picture in empty)), invented(names, empty))


if __name__ == "__main__":
    main()
