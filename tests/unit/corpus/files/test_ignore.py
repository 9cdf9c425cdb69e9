"""Rules of one ignore file; the property test against git covers how they combine."""

from __future__ import annotations

import pytest

from semsearch.corpus.files.ignore import IgnoreRules


def matches(pattern: str, path: str) -> bool:
    name = path.rstrip("/").rpartition("/")[2] + ("/" if path.endswith("/") else "")
    return IgnoreRules([pattern], "test").match(path, name) is not None


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("*.log", ["a.log", "x/a.log", "a.log/"], ["a.logs", "log"]),
        ("*.tar.gz", ["a.tar.gz"], ["a.gz", "tar.gz.b"]),
        ("build/", ["build/", "x/build/"], ["build"]),
        ("/build", ["build", "build/"], ["x/build"]),
        ("a/b", ["a/b"], ["x/a/b"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "b"]),
        ("a/**", ["a/b", "a/b/"], ["a", "a/"]),
        ("**/b", ["b", "a/b", "x/a/b/"], ["ab"]),
        ("[!a]b", ["xb"], ["ab", "b"]),
        ("[]-]x", ["]x", "-x"], ["ax"]),
        ("[[:digit:]]*", ["1", "12a"], ["a1"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("\\#a", ["#a"], ["a"]),
        ("\\!a", ["!a"], ["a"]),
        ("#a", [], ["#a", "a"]),
        ("a\\ ", ["a "], ["a"]),
        ("a  ", ["a"], ["a  "]),
        ("[a", [], ["[a", "a"]),
        ("a\\", [], ["a", "a\\"]),
        ("/", [], ["a", "a/"]),
        ("", [], ["a"]),
    ],
)
def test_patterns(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes if not matches(pattern, path)] == []
    assert [path for path in no if matches(pattern, path)] == []


def test_the_last_rule_decides_and_is_reported() -> None:
    rules = IgnoreRules(["*.log\r", "", "!keep.log", "logs/*.log", "keep.*"], "x/.gitignore")
    rule = rules.match("keep.log", "keep.log")
    assert rule is not None
    assert (rule.source, rule.line, rule.pattern, rule.negated) == ("x/.gitignore", 5, "keep.*", False)
    assert rules.match("a.txt", "a.txt") is None
    rule = rules.match("a.log", "a.log")
    assert rule is not None
    assert (rule.line, rule.pattern) == (1, "*.log")


def test_the_last_rule_decides_among_names_and_expressions_too() -> None:
    for lines in (["[a-c]x", "!a?"], ["ax", "![a]x"], ["[a]x", "!ax"], ["*.x", "!/a.[x]"], ["a/**/b", "!a/b"]):
        path = {"*.x": "a.x", "a/**/b": "a/b"}.get(lines[0], "ax")
        for order, negated in ((lines, True), (lines[::-1], False)):
            rule = IgnoreRules(order, "test").match(path, path.rpartition("/")[2])
            assert rule is not None
            assert rule.negated is negated


@pytest.mark.parametrize(
    "pattern", ["*a" * 30 + "b", "**/a/" * 30 + "b", "[a]*" * 30 + "b", "a/**/*" + "a*" * 30 + "/b", "?*" * 30 + "!"]
)
def test_no_pattern_is_slow(pattern: str) -> None:
    # Each of these takes longer than the age of the world where every star is backtracked into.
    assert not matches(pattern, "a/" * 60 + "a" * 200)
