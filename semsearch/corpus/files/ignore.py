"""Which files an ignore file leaves out, decided as git and ripgrep do: entry by entry, while a walk goes down.

Sources, strongest first: .semsearchignore, .ignore, and inside a git repository .gitignore, .git/info/exclude and the
user's global excludes. Within one kind the file of the deepest folder decides, and in a file the last rule that matches
(gitignore(5); the order of kinds is that of ripgrep's user guide).
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from semsearch.corpus.files.globs import glob_regex, has_wildcard, unescaped

__all__ = ["IGNORE_FILES", "IgnoreRules", "Rule", "Scope", "scope_above"]

OWN, DOT, GIT = ".semsearchignore", ".ignore", ".gitignore"
IGNORE_FILES = (OWN, DOT, GIT)


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of an ignore file; `negated` lets an entry in that another rule leaves out."""

    source: str
    line: int
    pattern: str
    negated: bool


class IgnoreRules:
    """The rules of one ignore file.

    Most rules are plain names or `*.suffix`: those are looked up, and only the others are tried as expressions, all
    in one alternation whose first match is the last rule.
    """

    def __init__(self, lines: Sequence[str], source: str) -> None:
        """Compile the lines; a malformed one matches nothing, as in git."""
        self.rules: list[Rule] = []
        self._names: dict[str, int] = {}
        self._suffixes: dict[str, int] = {}
        name_regexes: list[tuple[int, str]] = []
        path_regexes: list[tuple[int, str]] = []
        for number, line in enumerate(lines, 1):
            glob, negated = _parse(line)
            if not glob:
                continue
            folders_only = glob.endswith("/")
            glob = glob.rstrip("/")
            anchored = "/" in glob
            glob = glob.removeprefix("/")
            at = len(self.rules)
            self.rules.append(Rule(source, number, line.strip("\r\n"), negated))
            endings = ("/",) if folders_only else ("", "/")
            if not anchored and not has_wildcard(glob):
                self._names.update((unescaped(glob) + end, at) for end in endings)
            elif not anchored and glob.startswith("*.") and not has_wildcard(glob[1:]):
                self._suffixes.update((unescaped(glob[1:]) + end, at) for end in endings)
            elif (regex := glob_regex(glob)) is not None:
                target = path_regexes if anchored or "/" in glob else name_regexes
                target.append((at, regex + ("/" if folders_only else "/?")))
        self._name_regex, self._name_order = _alternation(name_regexes)
        self._path_regex, self._path_order = _alternation(path_regexes)

    def match(self, path: str, name: str) -> Rule | None:
        """Return the rule that decides about an entry; `path` is relative to the file, a folder's ends in a slash."""
        best = self._names.get(name, -1)
        if self._suffixes:
            at = name.find(".")
            while at >= 0:
                best = max(best, self._suffixes.get(name[at:], -1))
                at = name.find(".", at + 1)
        if self._name_regex is not None and (found := self._name_regex.fullmatch(name)):
            best = max(best, self._name_order[(found.lastindex or 0) - 1])
        if self._path_regex is not None and (found := self._path_regex.fullmatch(path)):
            best = max(best, self._path_order[(found.lastindex or 0) - 1])
        return self.rules[best] if best >= 0 else None


def _parse(line: str) -> tuple[str, bool]:
    """Return the glob of a line and whether it is negated; no glob for a comment or a blank line."""
    line = line.rstrip("\r\n")
    kept = line.rstrip(" ")
    if kept != line and (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept += " "
    line = kept
    if line.startswith("#"):
        return "", False
    negated = line.startswith("!")
    glob = line[1:] if negated else line
    return ("" if glob.strip("/") == "" else glob), negated


def _alternation(regexes: list[tuple[int, str]]) -> tuple[re.Pattern[str] | None, list[int]]:
    """Compile (rule, expression) pairs into one, the last rule first, a group each."""
    if not regexes:
        return None, []
    regexes = regexes[::-1]
    return re.compile("|".join(f"({regex})" for _, regex in regexes), re.DOTALL), [at for at, _ in regexes]


Chain: TypeAlias = tuple[tuple[IgnoreRules, int], ...]
"""Ignore files from the highest folder down, each with the length of its folder's path and slash."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The rules in force in one folder."""

    own: Chain = ()
    dot: Chain = ()
    git: Chain = ()
    exclude: Chain = ()
    globals: Chain = ()
    repository: bool = False
    display_root: str = field(default="", compare=False)

    def enter(self, folder: str, names: Collection[str]) -> Scope:
        """Return the rules in force inside `folder` (an absolute path) that holds `names`."""
        scope = self
        if ".git" in names:
            scope = _enter_repository(scope, folder)
        own = scope._extended(scope.own, folder, OWN, names)
        dot = scope._extended(scope.dot, folder, DOT, names)
        git = scope._extended(scope.git, folder, GIT, names)
        if own is scope.own and dot is scope.dot and git is scope.git:
            return scope
        return replace(scope, own=own, dot=dot, git=git)

    def _extended(self, chain: Chain, folder: str, file: str, names: Collection[str]) -> Chain:
        if file not in names or (rules := _load(Path(folder, file), self.display_root)) is None:
            return chain
        return (*chain, (rules, len(folder.rstrip("/")) + 1))

    def rule(self, path: str, name: str) -> Rule | None:
        """Return the rule that decides about an entry of this folder, or None.

        `path` is absolute; for a folder both `path` and `name` end in a slash.
        """
        for chain in (self.own, self.dot):
            if chain and (rule := _decide(chain, path, name)):
                return rule
        if self.repository:
            for chain in (self.git, self.exclude, self.globals):
                if chain and (rule := _decide(chain, path, name)):
                    return rule
        return None


def _decide(chain: Chain, path: str, name: str) -> Rule | None:
    for rules, cut in reversed(chain):
        rule = rules.match(path[cut:], name)
        if rule is not None:
            return rule
    return None


def _enter_repository(scope: Scope, folder: str) -> Scope:
    """Start again at a repository's top folder: what is above it says nothing about what git ignores here."""
    cut = len(folder.rstrip("/")) + 1
    exclude = _load(Path(folder, ".git", "info", "exclude"), scope.display_root)
    rules = _load(_global_excludes(), scope.display_root)
    return replace(
        scope,
        git=(),
        exclude=((exclude, cut),) if exclude else (),
        globals=((rules, cut),) if rules else (),
        repository=True,
    )


def scope_above(folder: str) -> Scope:
    """Return the rules that folders above `folder` (an absolute path) bring; the rules in it are not read yet."""
    scope = Scope(display_root=folder)
    for parent in reversed(Path(folder).parents):
        names = [name for name in (".git", *IGNORE_FILES) if os.path.lexists(parent / name)]
        if names:
            scope = scope.enter(str(parent), names)
    return scope


def _load(path: Path, display_root: str) -> IgnoreRules | None:
    """Read an ignore file; one that cannot be read, or is not a file, has no rules."""
    try:
        data = path.read_bytes() if path.is_file() else b""
    except OSError:
        return None
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    shown = os.path.relpath(path, display_root)
    rules = IgnoreRules(text.split("\n"), str(path) if shown.startswith("..") else shown)
    return rules if rules.rules else None


_EXCLUDES_FILE = re.compile(r"^[ \t]*excludesfile[ \t]*=[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)


def _global_excludes() -> Path:
    """Return the user's own ignore file for every repository: core.excludesFile, or git's default place."""
    config = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "git"
    for place in (Path("~/.gitconfig").expanduser(), config / "config"):
        try:
            found = _EXCLUDES_FILE.search(place.read_text("utf-8", "replace"))
        except OSError:
            continue
        if found:
            return Path(found[1].strip().strip('"')).expanduser()
    return config / "ignore"
