"""Source code: definitions in every language, the lines that belong to them, and files with errors."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import needs_process, read_bytes
from semsearch.corpus.readers.code import reader as code
from semsearch.corpus.readers.code import tree as syntax
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.readers.code.line_patterns import DEFINITIONS
from semsearch.corpus.split.passages import split
from semsearch.corpus.text.blocks import Lines
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats import code_samples
from tests.formats.line_samples import LINE_SAMPLES
from tests.formats.more_code_samples import MORE_SAMPLES

HEADING = BlockKind.HEADING
SAMPLES = code_samples.SAMPLES | MORE_SAMPLES | LINE_SAMPLES


def read(name: str, text: str) -> Parsed:
    return read_bytes(Path(name), text.encode(), Settings())


def outline(parsed: Parsed) -> str:
    headings = [block for block in parsed.blocks if block.kind is HEADING and block.label]
    return "\n".join(f"{'  ' * (b.level - 1)}{b.label} {b.anchor.start}" for b in headings)


def paths(parsed: Parsed) -> dict[tuple[str, ...], int]:
    """Return the path of each definition, and the line of its heading."""
    out: dict[tuple[str, ...], int] = {}
    path: list[str] = []
    for block in parsed.blocks:
        if block.kind is HEADING:
            del path[block.level - 1 :]
            if block.label:
                path.append(block.label)
                out[tuple(path)] = block.anchor.start
    return out


def lines_in_blocks(parsed: Parsed) -> list[str]:
    """Return the lines in blocks, in order, repeated for each block that contains them, without blank ones."""
    return [line for b in parsed.blocks for line in parsed.text[b.start : b.stop].split("\n") if line.strip()]


@pytest.mark.parametrize("name", SAMPLES)
def test_definitions(name: str) -> None:
    source, expected = SAMPLES[name]
    parsed = read(name, source)
    assert outline(parsed) == expected.strip("\n")
    assert parsed.text == source
    assert lines_in_blocks(parsed) == [line for line in source.split("\n") if line.strip()]


def test_every_grammar_is_installed() -> None:
    assert set(GRAMMARS) <= set(DEFINITIONS)
    assert [grammar.package for grammar in set(GRAMMARS.values()) if syntax._load(grammar) is None] == []


@pytest.mark.parametrize("name", SAMPLES)
def test_broken_files_are_read_completely(name: str) -> None:
    source, expected = SAMPLES[name]
    lines = source.split("\n")
    for at in range(1, len(lines), 3):
        for broken in (
            "\n".join(lines[:at]),
            "\n".join([*lines[:at], '))) "never closed {{', *lines[at:]]),
            "\n".join([*lines[:at], "<<<<<<< HEAD", "=======", ">>>>>>> other", *lines[at:]]),
        ):
            if broken.strip():
                parsed = read(name, broken)
                assert lines_in_blocks(parsed) == [line for line in broken.split("\n") if line.strip()]
    half = len(lines) // 2
    begun = {line.rsplit(None, 1)[0].strip() for line in expected.strip().split("\n") if int(line.split()[-1]) < half}
    found = [line.rsplit(None, 1)[0].strip() for line in outline(read(name, "\n".join(lines[:half]))).split("\n")]
    assert len(begun & set(found)) >= len(begun) - 1


def test_a_passage_has_the_comment_and_the_path_of_its_definition() -> None:
    body = "\n".join(f"        self.step_{n} = measure(depth, {n})" for n in range(40))
    source = (
        f"class Pump:\n    '''Pumps.'''\n\n    # Lifts water.\n    @slow\n    def start(self):\n{body}\n\n\nLIMIT = 3\n"
    )
    spans = split(read("a.py", source), None)
    found = next(span for span in spans if "Lifts water" in source[span.start : span.stop])
    assert found.heading == ("Pump", "start")
    assert source[found.start : found.stop].lstrip().startswith("# Lifts water.\n    @slow\n    def start")
    assert (found.anchor.start, source[spans[-1].start : spans[-1].stop], spans[-1].heading) == (4, "LIMIT = 3", ())


def test_one_line_definitions_do_not_pile_up_under_the_last_one() -> None:
    source = "".join(f"def pump_{n}(depth, pressure): return depth * {n} + pressure\n" for n in range(200))
    spans = split(read("a.py", source), None)
    assert len(spans) > 20
    assert all(not span.heading or span.heading[0] in source[span.start : span.stop] for span in spans)


def test_titles() -> None:
    assert read("a.py", SAMPLES["wells.py"][0]).title == "Wells and pumps"
    assert read("a.py", "# coding\n'''\nPumps, in short.\nMore.'''\n").title == "Pumps, in short"
    assert read("a.py", "x = 1\n'''Not this.'''\n").title == ""


def test_python_against_its_own_parser() -> None:
    """Every definition of the standard library's larger modules, by its path and its line."""
    for module in ("argparse", "ast", "dataclasses", "enum", "inspect", "typing", "unittest.mock"):
        file = Path(sys.modules.get(module, __import__(module, fromlist=["x"])).__file__ or "")
        source = file.read_text(encoding="utf-8")
        wanted: set[tuple[str, ...]] = set()
        _walk(ast.parse(source), (), wanted)
        assert {path for path in wanted if len(path) <= 4} == set(paths(read("a.py", source)))


def _walk(node: ast.AST, path: tuple[str, ...], out: set[tuple[str, ...]]) -> None:
    for child in ast.iter_child_nodes(node):
        inner = path
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inner = (*path, child.name)
            out.add(inner)
        _walk(child, inner, out)


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", 'def f(:\n    print "old"\n\nx = """never closed\ndef g(): pass\n', "f 1\ng 5"),
        (
            "a.py",
            "class A:\n    def f(self):\n        return (1\n\n    def g(self):\n        pass\n",
            "A 1\n  f 2\n  g 5",
        ),
        (
            "a.rb",
            "class A\n  def f\n    if x\n  end\n\n  def g\n  end\nend\n\nclass B\nend\n",
            "A 1\n  f 2\n  g 6\nB 10",
        ),
        ("a.go", "func f() {\n\tif x {\n}\n\nfunc g() {\n}\n", "f 1\ng 5"),
        ("a.js", "function f() {\n  g((1;\n}\n<<<<<<< HEAD\nfunction h() {\n}\n", "f 1\nh 5"),
    ],
)
def test_definitions_around_an_error(name: str, source: str, expected: str) -> None:
    assert outline(read(name, source)) == expected


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.py", "(\n" * 100_000),
        ("a.js", "[\n" * 50_000 + "]\n" * 50_000),
        ("a.rs", "fn a() {\n" * 20_000),
        ("a.c", "int a[] = {\n" + "0x00,\n" * 50_000 + "};\n"),
        ("a.ts", "x" * 500_000),
        ("a.py", "\ufffd\n\x0b\n\u00a0def f(): pass\n"),
        ("a.hs", "\t \n" * 1000 + "x\n"),
        ("a.php", "no code at all\n"),
    ],
)
def test_odd_files(name: str, source: str) -> None:
    parsed = read(name, source)
    assert parsed.text == source
    assert lines_in_blocks(parsed) == [line for line in source.split("\n") if line.strip()]


WRITTEN = "function pump(water) {\n    return water + 1;\n}\n" * 50
PACKED = "function a(b){return b+1}" * 400


@pytest.mark.parametrize("source", [PACKED, f"/* Copyright: the village */\n{PACKED}\n{PACKED}"])
def test_minified_code_is_not_text(source: str) -> None:
    for name in ("a.js", "a.css"):
        with pytest.raises(SourceUnreadable, match=r"packed by a program: a line of 10,000 characters"):
            read(name, source)


@pytest.mark.parametrize("source", [WRITTEN + PACKED, PACKED[:4000], "let a = 1;\n" * 100])
def test_handwritten_scripts_are_read(source: str) -> None:
    assert read("a.js", source).text == source


def test_a_file_that_takes_too_long_is_read_line_by_line() -> None:
    lines = Lines("def f():\n    x = 'def g():'\n" + "y = (1, [2, 3])\n" * 2000)
    found = syntax.definitions(lines, "py")
    assert found is not None
    assert [one.name for one in found[0]] == ["f"]
    assert syntax.definitions(lines, "py", seconds=-1) is None


def test_without_tree_sitter_files_are_read_line_by_line() -> None:
    script = (
        "import sys; sys.modules['tree_sitter'] = None\n"
        "from semsearch.corpus.readers.code.reader import parse\n"
        "print([b.label for b in parse('class A:\\n    def f(self): pass\\n', 'py').blocks if b.label])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['A', 'f']"


def test_a_grammar_is_loaded_when_a_file_needs_it() -> None:
    script = (
        "import sys\nfrom semsearch.corpus.parse.read import read_bytes\n"
        "from semsearch.corpus.readers.code.reader import parse\n"
        "parse('a: 1', 'yaml')\nassert 'tree_sitter' not in sys.modules\n"
        "parse('x = 1', 'py')\nassert 'tree_sitter_python' in sys.modules\nassert 'tree_sitter_go' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_code_is_parsed_in_a_separate_process() -> None:
    assert needs_process(Path("a.rs"), b"fn a() {}") is (sys.platform != "win32")
    assert not needs_process(Path("a.sql"), b"select 1")


def test_threads_share_a_grammar() -> None:
    source = SAMPLES["Pump.java"][0] * 20
    expected = [outline(code.parse(source, "java"))] * 8
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(outline(code.parse(source, "java")))) for _ in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected
