"""Definitions in source code, found by tree-sitter; a file with errors has a tree too, with gaps."""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from semsearch.corpus.readers.code import outline
from semsearch.corpus.readers.code.definitions import Definition
from semsearch.corpus.readers.code.grammars import GRAMMARS, Grammar
from semsearch.corpus.text.blocks import Lines

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query

__all__ = ["definitions"]

LARGEST = 2_000_000
"""Bytes of source code that are parsed: a tree takes twenty times the bytes and more."""
LONGEST_LINE = 2000
"""Bytes a line may have on average; code with longer ones is generated, and has no lines to lead to."""
SECONDS = 3.0
"""A file may take so long; it takes milliseconds unless it is made to take longer."""
WIDEST = 5_000
"""Children of an error that are looked at."""
_ROOM, _ROOM_PER_BYTE = 64_000_000, 100
"""Bytes of memory that parsing may take, and for each byte of the file: some 30 for code, 10,000 for open brackets."""
_STEP = 1 << 16


def definitions(lines: Lines, suffix: str, seconds: float = SECONDS) -> tuple[list[Definition], str] | None:
    """Return the definitions of a file in order, and its title; None when they have to be found in another way.

    That is so for a language without a grammar, for what nobody wrote, and for what takes longer than `seconds`.
    """
    grammar = GRAMMARS.get(suffix)
    source = lines.text.encode("utf-8", "replace") if grammar else b""
    if not grammar or len(source) > min(LARGEST, LONGEST_LINE * len(lines)):
        return None
    loaded = _load(grammar)
    if loaded is None:
        return None
    try:
        return _definitions(lines, suffix, source, *loaded, until=time.monotonic() + seconds)
    except TimeoutError:
        return None


def _definitions(
    lines: Lines, suffix: str, source: bytes, language: Language, query: Query, *, until: float
) -> tuple[list[Definition], str]:
    """Return what `definitions` does. Raises TimeoutError."""
    root = _parsed(language, source, until)
    found, title = _found(lines, root, _matches(query, root))
    if root.has_error:
        found += _missed(lines, suffix, root, found, until)
        outline.close(lines, sorted(found, key=lambda one: one.first), suffix)
    return found, title


@cache
def _load(grammar: Grammar) -> tuple[Language, Query] | None:
    try:
        from tree_sitter import Language, Query

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some packages still give their grammar as a number
            language = Language(getattr(import_module(grammar.package), grammar.function)())
        return language, Query(language, grammar.query)
    except (ImportError, AttributeError, TypeError, ValueError):  # not installed, or of a version that does not fit
        return None


def _parsed(language: Language, source: bytes, until: float) -> Node:
    """Return the root of a file's tree. Raises TimeoutError also where it takes too much memory.

    A parser is no thing for two threads.
    """
    from tree_sitter import Parser

    most = _peak() + _ROOM + _ROOM_PER_BYTE * len(source)

    def over(*_: object) -> bool:
        return time.monotonic() > until or _peak() > most

    try:
        return Parser(language).parse(lambda at, _: source[at : at + _STEP], progress_callback=over).root_node
    except ValueError:  # that is how it tells that it was ended
        raise TimeoutError from None
    except SystemError as error:  # there was no memory left to ask whether it is to be ended
        raise MemoryError from error


def _peak() -> int:
    """Return the most memory that this process ever had (getrusage(2)), in bytes; 0 on Windows."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _matches(query: Query, root: Node) -> list[dict[str, list[Node]]]:
    """Return what the patterns of a query match. Raises TimeoutError for what would take the square of its size.

    That is a stretch of errors with thousands of brackets side by side. (Ending a query by its progress callback is no
    way: it crashes in tree-sitter 0.26.)
    """
    from tree_sitter import QueryCursor

    if any(node.is_error and node.child_count > WIDEST for node in (root, *root.children)):
        raise TimeoutError
    return [match for _, match in QueryCursor(query).matches(root)]


def _found(lines: Lines, root: Node, matches: Iterable[dict[str, list[Node]]]) -> tuple[list[Definition], str]:
    found: dict[int, tuple[Node, str, Node]] = {}
    leading: list[Node] = []
    opened: list[tuple[Node, str]] = []
    title = ""
    for match in matches:
        if "lead" in match:
            leading += match["lead"]
        elif "title" in match:
            title = title or _text(match["title"][0])
        elif "open" in match:
            opened.append((match["open"][0], _text(match["name"][0])))
        else:
            name, whole = match["name"][0], match["def"][0]
            before = found.get(name.start_byte)
            if before is None or whole.end_byte - whole.start_byte > before[0].end_byte - before[0].start_byte:
                found[name.start_byte] = (whole, _label(match), name)
    above = _leading_rows(lines, leading)
    out = [
        Definition(_first(lines, above, whole), name.start_point.row, _stop(whole, name, broken=root.has_error), label)
        for whole, label, name in found.values()
    ]
    ends = [*(node.start_point.row for node, _ in opened[1:]), len(lines)]
    out += [
        Definition(_first(lines, above, node), node.start_point.row, end, label)
        for (node, label), end in zip(opened, ends, strict=False)
    ]
    return out, title


def _missed(lines: Lines, suffix: str, root: Node, found: list[Definition], until: float) -> list[Definition]:
    """Return the definitions that only their lines tell, where the file has errors. Raises TimeoutError."""
    rows = {row for one in found for row in range(one.first, one.line + 1)}
    reported = [one for one in outline.definitions(lines, suffix) if one.line not in rows]
    out = []
    for one in reported:
        if _broken(lines, root, one.line):
            out.append(one)
        if time.monotonic() > until:
            raise TimeoutError
    return out


def _broken(lines: Lines, root: Node, row: int) -> bool:
    """Return whether the smallest node that holds a line has errors, is part of one, or is a string that took it in."""
    line = lines.lines[row].encode("utf-8", "replace")
    first = len(line) - len(line.lstrip())
    node = root.descendant_for_point_range((row, first), (row, len(line.rstrip())))
    if node is None or node.has_error or "string" in node.type:
        return node is not None
    while node and not node.is_error:
        node = node.parent
    return node is not None


def _stop(whole: Node, name: Node, *, broken: bool) -> int:
    """Return the row after a definition; in a file with errors at first the one after its name, if it is indented."""
    if broken and whole.type != "namespace_definition":
        return name.end_point.row + 1
    return _after(whole)


def _after(node: Node) -> int:
    """Return the row after a node's last one; the line break that some nodes end with begins no row."""
    row, column = node.end_point
    return row + 1 if column or row == node.start_point.row else row


def _first(lines: Lines, above: set[int], node: Node) -> int:
    """Return the first row of a definition: of the comments and attributes right above it, indented as it is."""
    row = node.start_point.row
    indent = outline.indentation(lines.lines[row])
    first = row
    while first - 1 in above:
        first -= 1
    while first < row and (lines.blank(first) or abs(outline.indentation(lines.lines[first]) - indent) > 1):
        first += 1
    return first


def _leading_rows(lines: Lines, nodes: Iterable[Node]) -> set[int]:
    """Return the rows that hold nothing but comments, attributes and the like; blank ones too below Perl's POD."""
    rows: set[int] = set()
    for node in nodes:
        row = node.start_point.row
        before = lines.lines[row][: node.start_point.column]
        if not before or before.isspace():
            stop = _after(node)
            while node.type == "pod" and stop < len(lines) - 1 and lines.blank(stop):
                stop += 1
            rows.update(range(row, stop))
    return rows


_AROUND = {
    *("function_declarator", "pointer_declarator", "reference_declarator", "parenthesized_declarator"),
    *("attributed_declarator", "array_declarator"),
    *("call", "binary_operator"),
    *("call_expression", "where_expression", "typed_expression", "binary_expression", "parametrized_type_expression"),
}
"""What stands around a name in C and C++, Elixir, Julia."""


def _label(match: dict[str, list[Node]]) -> str:
    name = match["name"][0]
    while name.type in _AROUND and (inner := name.child_by_field_name("declarator") or name.named_child(0)):
        name = inner
    if "trait" in match:
        return f"{_text(match['trait'][0])} for {_text(name)}"
    of = re.search(r"\w+", _text(match["of"][0])) if "of" in match else None
    return f"{of[0]}.{_text(name)}" if of else _text(name)


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace").strip()
