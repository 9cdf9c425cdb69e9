"""Code of our own beside the library that could stand in its place: the same result, how much time, what it loads.

`python -m tests.benchmarks.own_or_library [NAME...]`; needs the extra `bench`. Times are processor seconds, the least
of three rounds of one run; a ratio is the library's over ours. What was replaced is in replaced_code.py.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import random
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any

from semsearch.answer.text.sentences import sentence_spans
from semsearch.corpus.files.ignore import IgnoreRules
from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.markup import markdown_blocks
from semsearch.corpus.text.blocks import Lines
from semsearch.settings import Settings
from semsearch.types.documents import Block, BlockKind
from tests.benchmarks import replaced_code
from tests.benchmarks.report import table

ROUNDS = 3
HERE = Path(__file__).parent
Splitter = Callable[[str, str], Iterable[int]]
"""Language and text to the ends of the sentences."""


def seconds(run: Callable[[], object]) -> float:
    """Return the least processor seconds of a few rounds."""
    found = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def import_cost(module: str) -> str:
    """Return processor seconds and resident megabytes that a first import takes, numpy not counted."""
    code = (
        "import numpy, time; from pathlib import Path\n"
        "pages = Path('/proc/self/statm')\n"
        "size = lambda: int(pages.read_text().split()[1]) * 4096 / 1e6 if pages.exists() else float('nan')\n"
        f"before, start = size(), time.process_time(); import {module}\n"
        "print(f'{time.process_time() - start:.2f} s, {size() - before:.0f} MB')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


# Markdown


def markdown() -> None:
    files = [text.replace("\r\n", "\n") for text in _markdown_files()]
    million = sum(map(len, files)) / 1e6
    lines = [text.split("\n") for text in files]
    ways: dict[str, Callable[[list[str]], list[Any]]] = {
        "pyromark (pulldown-cmark)": lambda one: list(markdown_blocks.stretches(one, 0)),
        "rules over lines, markdown-it between (before)": lambda one: list(replaced_code.line_stretches(one, 0)),
        "markdown-it alone": lambda one: list(replaced_code.parser_stretches(one, 0, len(one))),
    }
    reference = [_filled(one, ways["markdown-it alone"](one)) for one in lines]
    rows = []
    for name, way in ways.items():
        taken = seconds(lambda way=way: [way(one) for one in lines])  # type: ignore[misc]
        pairs = zip(lines, reference, strict=True)
        other = sum(len(_filled(one, way(one)) ^ blocks) for one, blocks in pairs)
        rows.append((name, f"{taken / million * 4:.2f}", f"{other} of {sum(map(len, reference)):,}"))
    title = f"Markdown: {len(files)} files, {million:.1f} million characters"
    table(title, ("way", "s for 4 million characters", "other blocks than markdown-it"), rows)


def _markdown_files() -> Iterator[str]:
    seen = set()
    for place in (HERE.parents[1], Path(sys.prefix), Path("/usr/share"), Path("/usr/lib")):
        for path in sorted(place.rglob("*.md")):
            if path.is_file() and (text := path.read_text("utf-8", "replace")) not in seen:
                seen.add(text)
                yield text


def _filled(lines: list[str], blocks: Iterable[Sequence[Any]]) -> set[tuple[int, int, BlockKind, int]]:
    """Return the blocks as the reader has them: lines outside of all (targets of links, rules) are paragraphs."""
    text = Lines("\n".join(lines))
    found: list[Block | None] = []
    covered = 0
    for begin, end, kind, level, *_ in blocks:
        found += [*text.paragraphs(covered, begin), text.block(max(begin, covered), end, kind, level)]
        covered = max(covered, end)
    found += text.paragraphs(covered)
    return {(one.start, one.stop, one.kind, one.level) for one in found if one}


# Encoder-decoders


def greedy() -> None:
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    from semsearch.models.encoder_decoder.greedy import Rules, decode
    from semsearch.models.encoder_decoder.transform import load_seq2seq
    from tests.contract.tiny_seq2seq import MAKERS, WORDS

    torch.set_num_threads(1)
    rng = random.Random(3)
    texts = [" ".join(rng.choices(WORDS, k=rng.randint(3, 20))) for _ in range(16)]
    models: dict[str, tuple[Any, list[list[int]]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, make in MAKERS.items():
            torch.manual_seed(7)
            loaded = load_seq2seq(str(make(Path(folder, name))))
            models[f"{name}, tiny"] = loaded._opened.model, loaded._rows(texts)
    config = T5Config(
        d_model=512, d_kv=64, d_ff=1024, num_layers=8, num_heads=6, feed_forward_proj="gated-gelu",
        decoder_start_token_id=0, pad_token_id=0, eos_token_id=1,
    )  # fmt: skip
    models["flan-t5-small's shape"] = (
        T5ForConditionalGeneration(config).eval(),
        [[*(rng.randrange(3, 32_000) for _ in range(rng.randint(20, 120))), 1] for _ in range(16)],
    )
    rows = []
    for name, (model, ids) in models.items():
        rules, width = Rules.read(model, {}), max(map(len, ids))
        inputs = torch.tensor([row + [rules.pad] * (width - len(row)) for row in ids])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
        library = decode(model, inputs, mask, rules, room=48)
        own = replaced_code.greedy(model, inputs, mask, rules, 48)
        ratio = seconds(lambda a=(model, inputs, mask, rules): decode(*a, room=48)) / seconds(  # type: ignore[misc]
            lambda a=(model, inputs, mask, rules, 48): replaced_code.greedy(*a)  # type: ignore[misc]
        )
        rows.append((name, f"{sum(a == b for a, b in zip(library, own, strict=True))} of {len(own)}", f"{ratio:.2f}"))
    table("Greedy decoding: `generate` over a loop of our own", ("model", "same tokens", "time"), rows)


# HTTP


class _Answers(BaseHTTPRequestHandler):
    events = 20_000

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        choice = {"choices": [{"index": 0, "delta": {"content": "word "}, "finish_reason": None}]}
        self.wfile.write((b"data: " + json.dumps(choice).encode() + b"\n\n") * self.events + b"data: [DONE]\n\n")

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""


def _serve(ports: Any) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    ports.put(server.server_address[1])
    server.serve_forever()


def http() -> None:
    from semsearch.models.decoder.http_stream import Endpoint, place_of

    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    server = context.Process(target=_serve, args=(ports,), daemon=True)
    server.start()
    try:
        port = ports.get(timeout=60)
        endpoint = Endpoint(place_of(f"http://127.0.0.1:{port}/v1"), "", 10.0, 10.0)
        body: dict[str, Any] = {"model": "m", "messages": []}
        library = seconds(lambda: sum(1 for _ in endpoint.events("/chat/completions", body)))
        own = seconds(lambda: sum(1 for _ in replaced_code.streamed("127.0.0.1", port, json.dumps(body).encode())))
    finally:
        server.terminate()
    rows = [
        ("httpx2", f"{library / _Answers.events * 1e6:.0f}", import_cost("httpx2")),
        ("http.client (before)", f"{own / _Answers.events * 1e6:.0f}", import_cost("http.client, ssl, urllib.request")),
    ]
    table("HTTP: 20,000 events of one answer", ("client", "µs an event", "import"), rows)


# Intervals


def bootstrap() -> None:
    import numpy as np

    from semsearch.evaluate.bootstrap import interval

    interval({"a": 0.0, "b": 1.0})
    rows = []
    for n in (2, 50, 300, 3_000, 30_000):
        values = {str(at): float(one) for at, one in enumerate(np.random.default_rng(n).random(n))}
        array = np.array(list(values.values()))
        apart = np.abs(np.subtract(interval(values, seed=1), replaced_code.bootstrap_interval(array, 2_000, 1))).max()
        ratio = seconds(lambda v=values: interval(v, seed=1)) / seconds(  # type: ignore[misc]
            lambda a=array: replaced_code.bootstrap_interval(a, 2_000, 1)  # type: ignore[misc]
        )
        rows.append((f"{n:,}", f"{apart:.0e}", f"{ratio:.2f}"))
    title = f"Intervals: scipy.stats.bootstrap over numpy alone (its import: {import_cost('scipy.stats')})"
    table(title, ("queries", "ends apart, at most", "time"), rows)


# Ignore files

HOSTILE = ("*a" * 6 + "b", "*a" * 30 + "b", "**/a/" * 30 + "b", "[a]*" * 30 + "b", "?*" * 30 + "!")
LIMIT = 10.0


def ignore() -> None:
    from tests.property.test_corpus_ignore import NAMES, PATTERNS

    pathspec = import_module("pathspec")
    wrong, files, paths = Counter[str](), Counter[str](), 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "init", "-q", folder], check=True)
        for seed in range(300):
            rng = random.Random(seed)
            lines = rng.choices(PATTERNS, k=rng.randint(1, 5))
            Path(folder, ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
            asked = list({"/".join(rng.choices(NAMES, k=rng.randint(1, 4))): 0 for _ in range(60)})
            paths += len(asked)
            left_out = _git_ignores(folder, asked)
            for name, decide in (("ours", _by_rules(lines)), ("pathspec", _by_pathspec(pathspec, lines))):
                bad = sum(decide(path) != (path in left_out) for path in asked)
                wrong[name] += bad
                files[name] += bool(bad)
    lines = [f"*.{n}x" if n % 2 else f"folder{n}/*_[a-c]?" for n in range(68)]
    many = [f"src/part{n % 50}/module{n}.py" for n in range(5_000)]
    own, library = _by_rules(lines), _by_pathspec(pathspec, lines)
    ratio = seconds(lambda: [library(path) for path in many]) / seconds(lambda: [own(path) for path in many])
    rows = [
        (name, f"{wrong[name]:,} of {paths:,}", f"{files[name]} of 300", times, _slowest(name))
        for name, times in (("ours", "1.00"), ("pathspec", f"{ratio:.2f}"))
    ]
    header = ("rules", "paths otherwise than git", "ignore files with one", "time, 68 rules", "hostile patterns")
    table("Ignore files: each folder of a path is asked, as a walk does", header, rows)


def _git_ignores(folder: str, paths: list[str]) -> set[str]:
    command = ["git", "-C", folder, "check-ignore", "--stdin", "-z", "--no-index"]
    told = subprocess.run(command, input="\0".join(paths) + "\0", capture_output=True, text=True, check=False).stdout
    return set(told.split("\0")) - {""}


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """Yield every folder of a path and the path itself, each with its name."""
    parts = path.split("/")
    for at, name in enumerate(parts, 1):
        slash = "/" if at < len(parts) else ""
        yield "/".join(parts[:at]) + slash, name + slash


def _by_rules(lines: list[str]) -> Callable[[str], bool]:
    rules = IgnoreRules(lines, "x")

    def decide(path: str) -> bool:
        found = (rules.match(step, name) for step, name in _steps(path))
        return any(rule is not None and not rule.negated for rule in found)

    return decide


def _by_pathspec(pathspec: Any, lines: list[str]) -> Callable[[str], bool]:
    kept = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of expressions that Python will read otherwise one day
        for line in lines:  # one that it refuses matches nothing, as in git
            try:
                pathspec.GitIgnoreSpec.from_lines([line], backend="simple")
            except (ValueError, re.error):
                continue
            kept.append(line)
        spec = pathspec.GitIgnoreSpec.from_lines(kept, backend="simple")
    return lambda path: any(spec.check_file(step).include for step, _ in _steps(path))


def _match_once(name: str, pattern: str) -> None:
    decide = _by_rules([pattern]) if name == "ours" else _by_pathspec(import_module("pathspec"), [pattern])
    decide("a/" * 60 + "a" * 200)


def _slowest(name: str) -> str:
    ended = 0
    for pattern in HOSTILE:
        process = multiprocessing.get_context("spawn").Process(target=_match_once, args=(name, pattern))
        process.start()
        process.join(LIMIT + 10.0)
        ended += process.exitcode == 0
        process.kill()
        process.join()
    return f"{ended} of {len(HOSTILE)} end within {LIMIT:.0f} s"


# Sentences


def sentences() -> None:
    labelled = _labelled()
    ways: dict[str, Splitter] = {"ours, not told the language": _ours, **_libraries()}
    languages = sorted({language for language, _, _ in labelled}, key=[one[0] for one in labelled].index)
    long = {one: "\n\n".join(text for language, text, _ in labelled if language == one) * 10 for one in languages}
    rows = []
    base = 0.0
    for name, way in ways.items():
        counts = {language: [0, 0] for language in (*languages, "all")}
        for language, text, wanted in labelled:
            found = {end for end in way(language, text) if 0 < end < len(text)}
            for key in (language, "all"):
                counts[key][0] += 2 * len(found & wanted)
                counts[key][1] += len(found) + len(wanted)
        taken = seconds(lambda way=way: [list(way(one, text)) for one, text in long.items()])  # type: ignore[misc]
        base = base or taken
        scores = [f"{same / both:.3f}".removeprefix("0") for same, both in counts.values()]
        rows.append((name, *scores, f"{taken / base:.2f}"))
    table("Sentences: F1 of their ends, and time", ("splitter", *languages, "all", "time"), rows)
    with contextlib.suppress(ImportError):
        _golden(ways)


def _golden(ways: dict[str, Splitter]) -> None:
    """Print how many of the English "golden rules" that pysbd brings come out whole; it was made to pass them."""
    rules = import_module("benchmarks.english_golden_rules").GOLDEN_EN_RULES
    rows = []
    for name, way in ways.items():
        right = 0
        for text, parts in rules:
            at, wanted = 0, set[int]()
            for part in parts:
                at = text.find(part.strip(), at) + len(part.strip())
                wanted.add(at)
            right += {end for end in way("en", text) if 0 < end < len(text)} == wanted - {len(text)}
        rows.append((name, f"{right} of {len(rules)}"))
    table("Golden rules, English", ("splitter", "texts cut as wanted"), rows)


def _labelled() -> list[tuple[str, str, set[int]]]:
    """Return language, text and ends (that of the text left out) of each paragraph."""
    found = []
    language, text, ends = "", "", list[int]()
    for line in [*(HERE / "sentences.txt").read_text(encoding="utf-8").splitlines(), ""]:
        if heading := re.fullmatch(r"\[(\w\w)\]", line):
            language = heading[1]
        elif line and not line.startswith("# "):
            joint = "\n" if re.match(r"- |\d\. ", line) else "" if language in ("zh", "ja") else " "
            text += (joint if text else "") + line
            ends.append(len(text))
        elif text:
            found.append((language, text, set(ends[:-1])))
            text, ends = "", []
    return found


def _ours(language: str, text: str) -> Iterable[int]:
    return [stop for _, stop in sentence_spans(text)]


def _libraries() -> dict[str, Splitter]:
    """Return the libraries that are installed, alone and within our paragraphs, list items and rows."""
    from semsearch.answer.text import sentences as own

    def within(way: Splitter) -> Splitter:
        def ends(language: str, text: str) -> Iterator[int]:
            units = list(own._units(text))
            for unit in [one for one in units if not one.heading] or units:
                part = text[unit.start : unit.stop].replace("\n", " ")
                yield from (unit.start + end for end in way(language, part))

        return ends

    found: dict[str, Splitter] = {}
    for name, make in (("sentencex", _sentencex), ("pysbd", _pysbd), ("ICU", _icu)):
        try:
            way = make()
        except ImportError:
            print(f"{name} is not installed")
            continue
        found[f"{name}, told the language"] = way
        found[f"{name}, told the language, in our units"] = within(way)
        if name == "sentencex":
            found["sentencex as English, in our units"] = within(lambda _, text, way=way: way("en", text))  # type: ignore[misc]
    return found


def _sentencex() -> Splitter:
    library = import_module("sentencex")

    def ends(language: str, text: str) -> Iterator[int]:
        at = 0
        for part in library.segment(language, text):
            at += len(part)
            yield len(text[:at].rstrip())

    return ends


def _pysbd() -> Splitter:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its escapes in strings
        library = import_module("pysbd")

    def ends(language: str, text: str) -> Iterator[int]:
        segmenter = library.Segmenter(language=language, clean=False, char_span=True)
        for span in segmenter.segment(text):
            yield len(text[: span.end].rstrip())

    return ends


def _icu() -> Splitter:
    library = import_module("icu")

    def ends(language: str, text: str) -> Iterator[int]:
        iterator = library.BreakIterator.createSentenceInstance(library.Locale(language))
        iterator.setText(text)
        for end in iterator:
            yield len(text[:end].rstrip())

    return ends


# RTF


def rtf() -> None:
    from tests.unit.corpus.readers.office.test_rtf import HEAD

    library = import_module("striprtf.striprtf")
    part = (
        rb"\pard\s1 Well \'e9cole\par\pard The pump {\b number} is \u960 ?old{\footnote \pard A note.}.\par "
        rb"\trowd\cellx1\cellx2\pard\intbl Red\cell Green\cell\row\pard after {\f1 \'cc\'e8\'f0}{\v hidden}\par "
    )
    begin = (
        HEAD
        + rb"{\stylesheet{\s0 Normal;}{\s1 heading 1;}}"
        + rb"{\info{\title Well report}{\author Ida}{\creatim\yr2024\mo3\dy5}}"
    )
    data = begin + part * 800 + b"}"
    wanted = ["Well", "école", "The", "pump", "number", "is", "πold", "A", "note", "Red", "Green", "after", "Мир"]

    def own() -> str:
        return read_bytes(Path("a.rtf"), data, Settings()).text

    def stripped() -> str:
        return str(library.rtf_to_text(data.decode("latin-1"), errors="replace"))

    parsed = read_bytes(Path("a.rtf"), data, Settings())
    kinds = Counter(block.kind for block in parsed.blocks)
    ratio = seconds(stripped) / seconds(own)
    rows = [
        ("ours", _recall(wanted, own()), "hidden" in own(), kinds[BlockKind.HEADING], len(parsed.metadata), "1.00"),
        ("striprtf", _recall(wanted, stripped()), "hidden" in stripped(), 0, 0, f"{ratio:.2f}"),
    ]
    header = ("reader", "kinds of words found", "hidden text shown", "headings", "properties", "time")
    table(f"RTF: {len(data) / 1e3:.0f} kB made of headings, notes, rows, fonts", header, rows)


def _recall(wanted: Sequence[str], text: str) -> str:
    counts = Counter(re.findall(r"\w+", text))
    return f"{sum(counts[word] >= 800 for word in wanted)} of {len(wanted)}"


COMPARISONS = {one.__name__: one for one in (markdown, greedy, http, bootstrap, ignore, sentences, rtf)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(COMPARISONS)}")
    for name in parser.parse_args().names or COMPARISONS:
        COMPARISONS[name]()


if __name__ == "__main__":
    main()
