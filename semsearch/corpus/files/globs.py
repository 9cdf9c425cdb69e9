"""Globs in gitignore syntax as regular expressions that no pattern can make slow.

A `*` that another `*` follows is matched atomically, at its leftmost place, and so is a `**` that another one follows:
leftmost is as good as any other place there, and nothing is left to backtrack into. A cloned repository brings its own
ignore files, so a pattern is input like any other.
"""

from __future__ import annotations

import re

__all__ = ["glob_regex", "has_wildcard", "unescaped"]

_POSIX = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
    "space": " \\t\\r\\n\\f\\v",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
_NEVER = "(?!)"
_WILDCARD = re.compile(r"[*?\[]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def has_wildcard(glob: str) -> bool:
    """Return whether a glob can match more than one name."""
    return bool(_WILDCARD.search(_ESCAPE.sub("", glob))) or glob.endswith("\\")


def unescaped(glob: str) -> str:
    """Return the one name that a glob without wildcards matches."""
    return _ESCAPE.sub(r"\1", glob)


def glob_regex(glob: str) -> str | None:
    """Translate a glob over a relative path, without its leading and trailing slash; None when it is malformed."""
    groups: list[list[str]] = [[]]
    for segment in glob.split("/"):
        if segment == "**":
            groups.append([])
            continue
        regex = _segment(segment)
        if regex is None:
            return None
        groups[-1].append(regex)
    return _join(groups)


def _join(groups: list[list[str]]) -> str:
    """Join runs of segments that stand between `**` (any number of folders, none included)."""
    first, *rest = groups
    if not rest:
        return "/".join(first)
    out = "".join(part + "/" for part in first)
    while rest and not rest[0] and len(rest) > 1:
        rest.pop(0)
    *inner, last = rest
    for group in inner:
        if group:
            out += f"(?>(?:[^/]+/)*?{'/'.join(group)}/)"
    if not last:
        return out + ".+"
    return out + "(?:[^/]+/)*" + "/".join(last)


def _segment(segment: str) -> str | None:
    """Translate one name of a path: `*`, `?`, `[...]` and backslash; None when it is malformed."""
    fixed: list[str] = [""]
    at = 0
    while at < len(segment):
        char = segment[at]
        if char == "*":
            if fixed[-1] or len(fixed) == 1:
                fixed.append("")
            at += 1
            continue
        piece, at = _one(segment, at)
        if piece is None:
            return None
        fixed[-1] += piece
    head, *tail = fixed
    if not tail:
        return head
    *inner, last = tail
    return head + "".join(f"(?>[^/]*?{part})" for part in inner) + "[^/]*" + last


def _one(segment: str, at: int) -> tuple[str | None, int]:
    """Translate what stands for exactly one character at `at`."""
    char = segment[at]
    if char == "?":
        return "[^/]", at + 1
    if char == "[":
        return _bracket(segment, at)
    if char == "\\":
        if at + 1 == len(segment):
            return None, at
        return re.escape(segment[at + 1]), at + 2
    return re.escape(char), at + 1


def _bracket(segment: str, at: int) -> tuple[str | None, int]:
    """Translate `[...]` at `at`: ranges, POSIX classes, `!` or `^` for negation, `]` as its first member."""
    negated = segment[at + 1 : at + 2] in ("!", "^")
    first = at + 2 if negated else at + 1
    at = first
    members: list[str] = []
    while True:
        if at >= len(segment):
            return None, at
        if segment[at] == "]" and at > first:
            break
        if segment.startswith("[:", at) and (end := segment.find(":]", at)) > 0:
            posix = _POSIX.get(segment[at + 2 : end])
            if posix is None:
                return None, at
            members.append(posix)
            at = end + 2
            continue
        low, at = _member(segment, at)
        if segment[at : at + 1] == "-" and segment[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(segment, at + 1)
            if low <= high:
                members.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            members.append(re.escape(low))
    body = "".join(members)
    if negated:
        return (f"[^/{body}]" if body else "[^/]"), at + 1
    return (f"(?!/)[{body}]" if body else _NEVER), at + 1


def _member(segment: str, at: int) -> tuple[str, int]:
    """Return one character inside brackets, a backslash taken as an escape."""
    if segment[at] == "\\" and at + 1 < len(segment):
        return segment[at + 1], at + 2
    return segment[at], at + 1
