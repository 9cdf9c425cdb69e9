"""Markdown's blocks, ignore files and RTF by our own code and by libraries."""

from __future__ import annotations

import multiprocessing
import random
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from semsearch.corpus.files.ignore import IgnoreRules
from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.markup import markdown_blocks
from semsearch.corpus.text.blocks import Lines
from semsearch.settings import Settings
from semsearch.types.documents import Block, BlockKind
from tests.benchmarks.material import ROOT
from tests.benchmarks.own_or_library import replaced_code
from tests.benchmarks.own_or_library.measuring import seconds
from tests.benchmarks.report import table


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
    for place in (ROOT, Path(sys.prefix), Path("/usr/share"), Path("/usr/lib")):
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
