"""Find definitions in source code with tree-sitter; a file with errors has an incomplete tree."""

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
"""Bytes of source code that are parsed: a tree takes at least twenty times as much."""
LONGEST_LINE = 2000
"""Highest average of bytes per line; code with longer lines is generated, and has no useful line numbers."""
SECONDS = 3.0
"""Time limit for a file, which takes milliseconds unless it is crafted to take longer."""
WIDEST = 5_000
"""Most children of an error node that are examined."""
_ROOM, _ROOM_PER_BYTE = 64_000_000, 100
"""Bytes of memory for parsing, and per byte of the file: code needs some 30, open brackets 10,000."""
_STEP = 1 << 16


def definitions(lines: Lines, suffix: str, seconds: float = SECONDS) -> tuple[list[Definition], str] | None:
    """Return the definitions of a file in order, and its title; None when they have to be found line by line.

    That is the case for languages without a grammar, for generated code, and for files that take longer than `seconds`.
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
    """Implement `definitions`. Raises TimeoutError."""
    root = _parsed(language, source, until)
    found, title = _collect(lines, root, _matches(query, root))
    if root.has_error:
        found += _missed(lines, suffix, root, found, until)
        outline.close(lines, sorted(found, key=lambda d: d.first), suffix)
    return found, title


@cache
def _load(grammar: Grammar) -> tuple[Language, Query] | None:
    try:
        from tree_sitter import Language, Query

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some packages still return their grammar as a number
            language = Language(getattr(import_module(grammar.package), grammar.function)())
        return language, Query(language, grammar.query)
    except (ImportError, AttributeError, TypeError, ValueError):  # not installed, or an incompatible version
        return None


def _parsed(language: Language, source: bytes, until: float) -> Node:
    """Return the root of a file's tree. Raises TimeoutError, also when it takes too much memory.

    A parser is not thread-safe, so each call has its own.
    """
    from tree_sitter import Parser

    most = _peak() + _ROOM + _ROOM_PER_BYTE * len(source)

    def exceeded(*_: object) -> bool:
        return time.monotonic() > until or _peak() > most

    try:
        return Parser(language).parse(lambda at, _: source[at : at + _STEP], progress_callback=exceeded).root_node
    except ValueError:  # raised when the callback ended it
        raise TimeoutError from None
    except SystemError as error:  # no memory left for the callback
        raise MemoryError from error


def _peak() -> int:
    """Return the peak memory of this process (getrusage(2)) in bytes; 0 on Windows."""
    if sys.platform == "win32":
        return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _matches(query: Query, root: Node) -> list[dict[str, list[Node]]]:
    """Return the matches of a query's patterns. Raises TimeoutError for input of quadratic cost.

    That is a stretch of errors with thousands of brackets side by side. (Ending a query by its progress callback is not
    possible: it crashes in tree-sitter 0.26.)
    """
    from tree_sitter import QueryCursor

    if any(node.is_error and node.child_count > WIDEST for node in (root, *root.children)):
        raise TimeoutError
    return [match for _, match in QueryCursor(query).matches(root)]


def _collect(lines: Lines, root: Node, matches: Iterable[dict[str, list[Node]]]) -> tuple[list[Definition], str]:
    by_name: dict[int, tuple[Node, str, Node]] = {}
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
            before = by_name.get(name.start_byte)
            if before is None or whole.end_byte - whole.start_byte > before[0].end_byte - before[0].start_byte:
                by_name[name.start_byte] = (whole, _label(match), name)
    above = _leading_rows(lines, leading)
    out = [
        Definition(_first(lines, above, whole), name.start_point.row, _stop(whole, name, broken=root.has_error), label)
        for whole, label, name in by_name.values()
    ]
    ends = [*(node.start_point.row for node, _ in opened[1:]), len(lines)]
    out += [
        Definition(_first(lines, above, node), node.start_point.row, end, label)
        for (node, label), end in zip(opened, ends, strict=False)
    ]
    return out, title


def _missed(lines: Lines, suffix: str, root: Node, found: list[Definition], until: float) -> list[Definition]:
    """Return the definitions found only line by line, in a file with errors. Raises TimeoutError."""
    rows = {row for one in found for row in range(one.first, one.line + 1)}
    candidates = [one for one in outline.definitions(lines, suffix) if one.line not in rows]
    out = []
    for one in candidates:
        if _broken(lines, root, one.line):
            out.append(one)
        if time.monotonic() > until:
            raise TimeoutError
    return out


def _broken(lines: Lines, root: Node, row: int) -> bool:
    """Return whether the smallest node around a line has errors, is part of one, or is a string that swallowed it."""
    line = lines.lines[row].encode("utf-8", "replace")
    first = len(line) - len(line.lstrip())
    node = root.descendant_for_point_range((row, first), (row, len(line.rstrip())))
    if node is None or node.has_error or "string" in node.type:
        return node is not None
    while node and not node.is_error:
        node = node.parent
    return node is not None


def _stop(whole: Node, name: Node, *, broken: bool) -> int:
    """Return the row after a definition; in a file with errors, at first the one after its name."""
    if broken and whole.type != "namespace_definition":
        return name.end_point.row + 1
    return _after(whole)


def _after(node: Node) -> int:
    """Return the row after a node's last one, ignoring a line break at its end."""
    row, column = node.end_point
    return row + 1 if column or row == node.start_point.row else row


def _first(lines: Lines, above: set[int], node: Node) -> int:
    """Return the first row of a definition: that of the comments and attributes right above it, equally indented."""
    row = node.start_point.row
    indent = outline.indentation(lines.lines[row])
    first = row
    while first - 1 in above:
        first -= 1
    while first < row and (lines.blank(first) or abs(outline.indentation(lines.lines[first]) - indent) > 1):
        first += 1
    return first


def _leading_rows(lines: Lines, nodes: Iterable[Node]) -> set[int]:
    """Return the rows with nothing but comments, attributes and the like, and blank rows below Perl's POD."""
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
"""Node types around a name in C and C++, Elixir, Julia."""


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
