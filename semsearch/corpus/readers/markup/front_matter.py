"""Front matter of Markdown files: the metadata between `---` (YAML) or `+++` (TOML) lines at the very top.

Of YAML only what front matter uses at its top level is parsed: `key: value`, `[a, b]`, lists of `- item`, quoted
strings, folded text. A list stays a list, of texts or of numbers. A value keeps its spelling unless it is a canonical
number or true/false: a version 1.10 is not a number, and `no` is a country. Nothing is expanded or constructed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from semsearch.types.documents import Value

__all__ = ["front_matter", "plain_value"]

_LONGEST = 500
_ITEM = re.compile(r"""\s*("[^"]*"|'[^']*'|[^,]+)""")
_BLOCK_MARKS = ("", "|", ">", "|-", ">-", "|+", ">+")
_KEY = re.compile(r"([A-Za-z_][\w .-]{0,60}?)\s*:(?:\s+(.*)|)$")


def front_matter(lines: list[str]) -> tuple[int, dict[str, Value]]:
    """Return the number of front matter lines (0: none) and its fields, by lower-case name."""
    fence = lines[0].rstrip() if lines else ""
    if fence not in ("---", "+++"):
        return 0, {}
    closing = ("---", "...") if fence == "---" else ("+++",)
    for number in range(1, min(len(lines), _LONGEST)):
        if lines[number].rstrip() in closing:
            inner = lines[1:number]
            fields = _yaml(inner) if fence == "---" else _toml(inner)
            return (number + 1, fields) if fields else (0, {})
    return 0, {}


def plain_value(text: str) -> Value:
    """Return a number or a truth value if the text is exactly how Python would print it, else the text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if re.fullmatch(r"-?\d{1,18}(\.\d{1,15})?", text):
        number: int | float = float(text) if "." in text else int(text)
        if str(number) == text:
            return number
    return text


def _toml(lines: list[str]) -> dict[str, Value]:
    try:
        table = tomllib.loads("\n".join(lines))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return {key.lower(): value for key, raw in table.items() if (value := _from_toml(raw)) is not None}


def _from_toml(raw: Any) -> Value:
    if isinstance(raw, (str, bool, int, float)):
        return raw
    if isinstance(raw, (datetime, date, time)):
        return raw.isoformat()
    if isinstance(raw, list):
        return _listed([item for item in raw if isinstance(item, (str, int, float))])
    return None


def _yaml(lines: list[str]) -> dict[str, Value]:
    fields: dict[str, Value] = {}
    for key, value, following in _entries(lines):
        result = _entry_value(_uncommented(value), following)
        if result not in (None, "", ()):
            fields[key] = result
    return fields


def _entries(lines: list[str]) -> list[tuple[str, str, list[str]]]:
    """Return (key, rest of its line, lines below it); empty when a line shows that this is not front matter."""
    entries: list[tuple[str, str, list[str]]] = []
    for line in lines:
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if match := _KEY.fullmatch(line.rstrip()):
            entries.append((match[1].strip().lower(), match[2] or "", []))
        elif entries and (line[0] in " \t" or stripped.startswith("- ")):
            entries[-1][2].append(stripped)
        else:
            return []
    return entries


def _entry_value(value: str, following: list[str]) -> Value:
    if value.startswith("["):
        value = " ".join([value, *following])
        return _listed([_scalar(item.strip()) for item in _ITEM.findall(value.strip("[]"))])
    if value in _BLOCK_MARKS and following and all(line.startswith("- ") for line in following):
        return _listed([_scalar(_uncommented(line[2:])) for line in following])
    if not value and any(_KEY.fullmatch(line) for line in following):
        return None  # a nested mapping
    if value in _BLOCK_MARKS:
        return " ".join(following)
    return _scalar(" ".join([value, *following]))


def _listed(items: Sequence[Value]) -> Value:
    """Return a list as it is stored: numbers if all items are numbers, else texts."""
    numbers = [item for item in items if isinstance(item, (int, float)) and not isinstance(item, bool)]
    if len(numbers) == len(items):
        return tuple(numbers)
    return tuple(text for item in items if (text := _text(item)))


def _text(item: Value) -> str:
    return str(item).lower() if isinstance(item, bool) else str(item).strip()


def _uncommented(text: str) -> str:
    text = text.strip()
    if text[:1] in "\"'":
        return text
    return text.split(" #", 1)[0].rstrip()


def _scalar(text: str) -> Value:
    return _unquoted(text) if text[:1] in "\"'" else plain_value(text)


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1].replace('\\"', '"')
    return text
