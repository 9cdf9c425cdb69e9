"""Parsers of text formats: symbols of source code in 21 languages, subtitles, LaTeX and Org; YAML by time.

`reader_samples.txt` holds a small text of each with what is in it; every piece of code also has a definition in a
comment or a string, which is none. What Python's own parser finds in its library is the reference for real code.
"""

from __future__ import annotations

import ast
import html
import importlib
import re
import sysconfig
import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from semsearch.corpus.readers.code import reader as code
from semsearch.types.documents import BlockKind
from tests.benchmarks.reader_references import words
from tests.benchmarks.report import table

SAMPLES = Path(__file__).with_name("reader_samples.txt")
TYPES = {
    "python": "class_definition function_definition",
    "javascript": (
        "class_declaration function_declaration generator_function_declaration method_definition variable_declarator"
    ),
    "typescript": (
        "class_declaration abstract_class_declaration function_declaration method_definition interface_declaration "
        "type_alias_declaration enum_declaration internal_module abstract_method_signature variable_declarator"
    ),
    "java": (
        "class_declaration interface_declaration enum_declaration record_declaration method_declaration "
        "constructor_declaration"
    ),
    "c": "function_definition struct_specifier union_specifier enum_specifier type_definition preproc_function_def",
    "cpp": (
        "function_definition struct_specifier union_specifier enum_specifier class_specifier namespace_definition "
        "type_definition preproc_function_def"
    ),
    "c_sharp": (
        "namespace_declaration class_declaration interface_declaration struct_declaration enum_declaration "
        "record_declaration method_declaration constructor_declaration property_declaration"
    ),
    "go": "function_declaration method_declaration type_spec",
    "rust": "mod_item struct_item enum_item trait_item impl_item function_item function_signature_item "
    "macro_definition type_item",
    "ruby": "module class method singleton_method",
    "php": (
        "namespace_definition class_declaration interface_declaration trait_declaration enum_declaration "
        "function_definition method_declaration"
    ),
    "bash": "function_definition",
    "kotlin": "class_declaration object_declaration function_declaration type_alias",
    "swift": (
        "class_declaration protocol_declaration function_declaration init_declaration protocol_function_declaration"
    ),
    "scala": (
        "class_definition object_definition trait_definition enum_definition function_definition function_declaration"
    ),
    "lua": "function_declaration",
    "perl": "package_statement subroutine_declaration_statement",
    "powershell": "function_statement class_statement class_method_definition enum_statement",
    "haskell": "data_type newtype type_synonym class instance signature",
    "julia": "module_definition struct_definition abstract_definition function_definition macro_definition",
    "objc": "class_interface class_implementation protocol_declaration method_definition function_definition",
}
"""The nodes of each grammar that define something."""
FUNCTIONS = {"typescript": "language_typescript", "php": "language_php"}
LEADING = {"type_head", "signature", "call_expression"}
"""Nodes whose first child is the name."""

Cue: TypeAlias = tuple[float, str]


class Sample(NamedTuple):
    family: str
    name: str
    grammar: str
    expected: str
    text: str


def samples() -> Iterator[Sample]:
    pieces = SAMPLES.read_text(encoding="utf-8").split("==== ")[1:]
    for piece in pieces:
        head, text = piece.split("\n", 1)
        names, expected = head.split(": ", 1)
        yield Sample(*[*names.split(), ""][:3], expected, text)


@cache
def _language(grammar: str) -> Any:
    from tree_sitter import Language

    module = importlib.import_module(f"tree_sitter_{grammar}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # some grammars still give an int
        return Language(getattr(module, FUNCTIONS.get(grammar, "language"))())


def tree_sitter(text: str, grammar: str) -> list[str]:
    """Return the names of all definitions, in the order of the file, without recursion."""
    from tree_sitter import Parser

    types = set(TYPES[grammar].split())
    cursor = Parser(_language(grammar)).parse(text.encode()).walk()
    found = []
    while True:
        node = cursor.node
        if node.type in types and node.is_named and (name := _name(node)):
            found.append(name)
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return found


def _name(node: Any) -> str:
    value = node.child_by_field_name("value")
    if node.type == "variable_declarator" and (value is None or "function" not in value.type):
        return ""
    if node.type in ("struct_specifier", "union_specifier", "enum_specifier") and not node.child_by_field_name("body"):
        return ""
    found = node.child_by_field_name("name") or (node.child_by_field_name("type") if node.type == "impl_item" else None)
    if found is None:
        found = node.child_by_field_name("declarator")
        while found is not None and (inner := found.child_by_field_name("declarator")) is not None:
            found = inner
    if found is None:
        kinds = {
            "identifier",
            "simple_name",
            "function_name",
            "simple_identifier",
            "type_head",
            "signature",
            "variable",
        }
        found = next((child for child in node.named_children if child.type in kinds), None)
    while found is not None and found.type in LEADING:
        found = found.named_children[0]
    return found.text.decode() if found is not None else ""


def by_lines(text: str, suffix: str) -> list[str]:
    """Return the names that the reader of this project finds."""
    blocks = code.parse(text, suffix).blocks
    return [block.label for block in blocks if block.kind is BlockKind.HEADING and block.label]


def code_tables() -> None:
    rows = []
    for sample in (one for one in samples() if one.family == "code"):
        expected = Counter(sample.expected.split())
        cells: list[str] = []
        for found in (by_lines(sample.text, sample.name), _if_installed(sample)):
            if found is None:
                cells.append("not installed")
                continue
            right = (Counter(found) & expected).total()
            cells.append(f"{right} of {expected.total()}, {len(found) - right} others")
        rows.append([sample.grammar, *cells])
    table("Symbols of a sample", ["language", "by lines (semsearch)", "tree-sitter"], rows)
    files = [path.read_text(encoding="utf-8") for path in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))]
    characters = sum(map(len, files))
    reference = [Counter(_defined(text)) for text in files]
    parsers: dict[str, Callable[[str], list[str]]] = {
        "by lines (semsearch)": lambda text: by_lines(text, "py"),
        "tree-sitter": lambda text: tree_sitter(text, "python"),
    }
    rows = []
    for name, parse in parsers.items():
        if name == "tree-sitter" and find_spec("tree_sitter_python") is None:
            continue
        seconds, found = _fastest(parse, files)
        right = sum((Counter(a) & b).total() for a, b in zip(found, reference, strict=True))
        total, given = sum(one.total() for one in reference), sum(map(len, found))
        rows.append([name, f"{right} of {total}", given - right, f"{characters / seconds / 1e6:.1f}"])
    table(f"Python's library, {len(files)} modules", ["parser", "symbols", "others", "MB/s"], rows)


def _if_installed(sample: Sample) -> list[str] | None:
    if find_spec(f"tree_sitter_{sample.grammar}") is None or find_spec("tree_sitter") is None:
        return None
    return tree_sitter(sample.text, sample.grammar)


def _defined(text: str) -> Iterator[str]:
    """Yield what is defined, as deep as the reader of this project goes."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds):
            yield node.name


def _fastest(run: Callable[[str], Any], texts: Iterable[str], times: int = 3) -> tuple[float, list[Any]]:
    best, found = float("inf"), []
    for _ in range(times):
        start = time.process_time()
        found = [run(text) for text in texts]
        best = min(best, time.process_time() - start)
    return best, found


_TIMES = re.compile(r"[ \t]*(?:(\d+):)?(\d{1,2}):(\d{1,2}[.,]\d+)[ \t]*-->[ \t]*[\d:.,]+[^\n]*")
_MARKS = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")


def own_subtitles(text: str, name: str) -> list[Cue]:
    """Read cues by their time lines; a number on the line above the next one is its own."""
    cues: list[Cue] = []
    lines = text.lstrip("\ufeff").splitlines()
    starts = [(at, found) for at, line in enumerate(lines) if (found := _TIMES.fullmatch(line))]
    for at, found in starts:
        seconds = int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3].replace(",", "."))
        said = []
        for line in lines[at + 1 :]:
            if not line.strip():
                break
            said.append(line)
        cues.append((seconds, html.unescape(_MARKS.sub("", " ".join(said)))))
    return cues


def pysubs2(text: str, name: str) -> list[Cue]:
    from pysubs2 import SSAFile

    loaded = SSAFile.from_string(text, format_=name.rpartition(".")[2])
    return [(event.start / 1000, " ".join(event.plaintext.split())) for event in loaded]


def srt(text: str, name: str) -> list[Cue]:
    from srt import parse

    return [(one.start.total_seconds(), " ".join(one.content.split())) for one in parse(text)]


def webvtt(text: str, name: str) -> list[Cue]:
    from webvtt import WebVTT

    read = WebVTT.from_buffer if name.endswith("vtt") else lambda file: WebVTT.from_buffer(file, format="srt")
    return [(one.start_in_seconds, " ".join(one.text.split())) for one in read(StringIO(text))]


def subtitle_table() -> None:
    readers = {"own": own_subtitles, "pysubs2": pysubs2, "srt": srt, "webvtt-py": webvtt}
    readers = {name: read for name, read in readers.items() if name == "own" or find_spec(name.replace("-py", ""))}
    rows = []
    for sample in (one for one in samples() if one.family == "subtitles"):
        expected = [
            (float(seconds), said) for seconds, _, said in (cue.partition(" ") for cue in sample.expected.split(" / "))
        ]
        for windows in (False, True):
            text = "\ufeff" + sample.text.replace("\n", "\r\n") if windows else sample.text
            cells = []
            for read in readers.values():
                try:
                    found = read(text, sample.name)
                except Exception as error:  # noqa: BLE001 - what a library raises on a broken file is what is asked
                    cells.append(type(error).__name__)
                    continue
                right = sum((seconds, words(said)) in [(s, words(w)) for s, w in expected] for seconds, said in found)
                cells.append(f"{right} of {len(expected)}" + (f", {len(found) - right} wrong" * (len(found) > right)))
            rows.append([f"{sample.name}{', BOM and CRLF' * windows}", *cells])
    table("Cues with their time and words", ["sample", *readers], rows)


def pylatexenc(text: str) -> str:
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text().latex_to_text(text)


def orgparse(text: str) -> str:
    from orgparse import loads

    return "\n".join(f"{node.heading}\n{node.body}" if node.level else node.body for node in loads(text)[0:])


def markup_table() -> None:
    rows = []
    for sample in (one for one in samples() if one.family == "markup"):
        name, read = {"tex": ("pylatexenc", pylatexenc), "org": ("orgparse", orgparse)}[sample.name]
        if find_spec(name) is None:
            continue
        expected = Counter(words(sample.expected))
        for reader, run in {name: read, "none (the source)": str}.items():
            found = Counter(words(run(sample.text)))
            common = (found & expected).total()
            missing = " ".join((expected - found).elements())
            other = " ".join((found - expected).elements())
            rows.append([sample.name, reader, f"{common} of {expected.total()}", missing, other])
    table("Words of a sample", ["type", "reader", "found", "missing", "others"], rows)


def yaml_table() -> None:
    text = "".join(f"- name: item {n}\n  tags: [a, b]\n  text: some words of record {n}\n" for n in range(5_000))
    rows = []
    if find_spec("yaml"):
        import yaml

        for loader in (yaml.CSafeLoader, yaml.SafeLoader):
            seconds, _ = _fastest(lambda text, loader=loader: list(yaml.parse(text, Loader=loader)), [text], 1)
            rows.append([f"PyYAML, events, {loader.__name__}", f"{len(text) / seconds / 1e6:.2f}"])
            seconds, _ = _fastest(lambda text, loader=loader: yaml.load(text, Loader=loader), [text], 1)
            rows.append([f"PyYAML, objects, {loader.__name__}", f"{len(text) / seconds / 1e6:.2f}"])
    if find_spec("ruamel"):
        from ruamel.yaml import YAML

        seconds, _ = _fastest(lambda text: YAML(typ="safe", pure=True).load(text), [text], 1)
        rows.append(["ruamel.yaml, objects, pure", f"{len(text) / seconds / 1e6:.2f}"])
    table("YAML: 5,000 records", ["reader", "MB/s"], rows)


def main() -> None:
    code_tables()
    subtitle_table()
    markup_table()
    yaml_table()


if __name__ == "__main__":
    main()
