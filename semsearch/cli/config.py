"""Settings of the command line: flag > environment > the project's `semsearch.toml` > the user's `config.toml`.

A project's file may come with a cloned repository, so it is read as a stranger's: a short list of keys whose worst
effect is a different ranking or a longer list. Nothing in it can run anything, reach anything or name a path.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch import client_context as caller
from semsearch.errors import InvalidQuery

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["KEYS", "PROJECT_FILE", "Config", "load_config", "parse_size", "user_file"]

PROJECT_FILE = "semsearch.toml"
_LARGEST_FILE = 64_000
_MAX_TOP_K = 10_000
_LARGEST = 2**62
_LONGEST = 1e9
"""Seconds: some thirty years."""


def parse_size(text: str) -> int:
    """Return a number of bytes from `500`, `200k`, `50M`, `1.5G` (powers of 1000) or `1Mi` (of 1024), or ValueError."""
    from semsearch.filters import number_with_unit

    exact = number_with_unit(text)
    if exact is None or exact < 0:
        raise ValueError(f"{text!r} is not a size; write one like 500k or 20M")
    if exact > _LARGEST:
        raise ValueError("that is more than any file holds")
    size = int(exact)
    if size < 1:
        raise ValueError("a size of 0 leaves no file to read")
    return size


def _size(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str):
        return parse_size(value)
    raise ValueError("write a size like 500k or 20M")


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    raise ValueError("write true or false")


def _count(low: int, high: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        number = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
        if isinstance(number, int) and not isinstance(number, bool) and low <= number <= high:
            return number
        raise ValueError(f"write a whole number from {low} to {high}")

    return check


def _seconds(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < float("inf"):
        raise ValueError("write a number of seconds")
    return number


def _number(low: float, high: float, *, above: bool = False) -> Callable[[Any], float]:
    def check(value: Any) -> float:
        try:
            number = low - 1 if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            number = low - 1
        if low <= number <= high and not (above and number == low):
            return number
        raise ValueError(f"write a number {f'above {low:g}, up to' if above else f'from {low:g} to'} {high:g}")

    return check


_share = _number(0, 1, above=True)


def _positive(value: Any) -> float:
    seconds = _seconds(value)
    if not 0 < seconds < _LONGEST:
        raise ValueError("write a number of seconds above 0")
    return seconds


def _rerank_mode(value: Any) -> str:
    from semsearch.types.search import RerankMode

    if isinstance(value, str) and value in set(RerankMode):
        return str(value)
    raise ValueError(f"write one of {', '.join(RerankMode)}")


def _mode(value: Any) -> str:
    from semsearch.types.search import Mode

    if isinstance(value, str) and value in set(Mode):
        return str(value)
    raise ValueError(f"write one of {', '.join(Mode)}")


def _language(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"auto|[a-z]{2}", value):
        return value
    raise ValueError("write auto or a two-letter code such as en")


def _model(value: Any) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise ValueError("write the name or the folder of a model")


def _command(value: Any) -> list[str]:
    """Check a program and its arguments: a list, or one text that is split as a shell does it, with no shell."""
    if isinstance(value, str):
        import shlex

        value = shlex.split(value)
    if (
        isinstance(value, list)
        and value
        and all(isinstance(one, str) and "\0" not in one for one in value)
        and value[0]
    ):
        return value
    raise ValueError('write a program and its arguments, as in ["notify-send", "New"]')


class Key(NamedTuple):
    """One setting: how its value is checked, whether a project's file may set it, and which options it stands for."""

    check: Callable[[Any], Any]
    project: bool
    commands: tuple[str, ...]
    default: str = ""
    """Shown in the help of `--set`, for a key whose option is not."""


_SEARCH = ("query", "why-not")
_WRITERS = ("index", "watch", "add", "remove", "compact", "doctor")
KEYS: Mapping[str, Key] = {
    "language": Key(_language, True, ("index", "add")),
    "max_recording_size": Key(_size, True, ("index",), "2G"),
    "transcriber": Key(_model, False, ("index",)),
    "ocr": Key(_flag, False, ("index",)),
    "max_pixels": Key(_count(1, 10**9), False, ("index",), "50000000"),
    "max_file_size": Key(_size, True, ("index",), "50M"),
    "max_members": Key(_count(1, 10**9), False, ("index",), "10000"),
    "max_expanded": Key(_size, False, ("index",), "200M"),
    "max_nesting": Key(_count(1, 100), False, ("index",), "5"),
    "max_pages": Key(_count(1, 10**9), False, ("index",), "5000"),
    "max_text": Key(_count(1, 10**12), False, ("index",), "20000000"),
    "file_seconds": Key(_positive, False, ("index",), "120"),
    "passage_tokens": Key(_count(0, 10**6), False, ("index",), "0"),
    "recall": Key(_share, False, ("index",), "0.98"),
    "max_memory": Key(_size, False, ("index",)),
    "hidden": Key(_flag, True, ("index",)),
    "ignore": Key(_flag, False, ("index",)),
    "model": Key(_model, False, ()),
    "reranker": Key(_model, False, ("query", "eval")),
    "generator": Key(_model, False, ("ask", "query")),
    "base_url": Key(_model, False, ("ask", "query")),
    "wait": Key(_seconds, False, _WRITERS),
    "mode": Key(_mode, True, _SEARCH),
    "top_k": Key(_count(1, _MAX_TOP_K), True, ("query",)),
    "context": Key(_count(0, 1000), True, ("query",)),
    "floor": Key(_flag, True, ("query",)),
    "daemon": Key(_flag, False, ()),
    "alert_command": Key(_command, False, ()),
    "seq2seq": Key(_model, False, ("query",)),
    "sentences": Key(_count(1, 20), False, ("query",), "3"),
    "exact": Key(_flag, False, _SEARCH, "no"),
    "rerank_mode": Key(_rerank_mode, False, ("query", "eval"), "fuse"),
    "rerank_top": Key(_count(1, _MAX_TOP_K), False, ("query", "eval"), "20"),
    "max_tokens": Key(_count(1, 10**6), False, ("query", "ask"), "256"),
    "temperature": Key(_number(0, 100), False, ("query", "ask"), "0"),
    "top_p": Key(_share, False, ("query", "ask"), "1"),
    "seed": Key(_count(0, 2**63 - 1), False, ("query", "ask"), "none"),
}


@dataclass(frozen=True, slots=True)
class Config:
    """The settings in force, the place each came from, and what was wrong with a project's file."""

    values: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def defaults(self) -> dict[str, dict[str, Any]]:
        """Return the values by command and parameter, as click takes them for its default map."""
        tree: dict[str, dict[str, Any]] = {}
        for name, value in self.values.items():
            for command in KEYS[name].commands:
                tree.setdefault(command, {})[name] = value
        tree["search"] = tree.get("query", {})
        return tree


def user_file() -> Path:
    """Return where the user's own settings lie; `SEMSEARCH_CONFIG` overrides it."""
    from pathlib import Path

    override = os.environ.get("SEMSEARCH_CONFIG")
    if override:
        return Path(override)
    import platformdirs

    return Path(platformdirs.user_config_dir("semsearch", appauthor=False)) / "config.toml"


def _project_file(cwd: Path) -> Path | None:
    for folder in (cwd, *cwd.parents):
        candidate = folder / PROJECT_FILE
        try:
            found = candidate.is_file()
        except OSError:  # a folder above that this user may not look into
            continue
        if found:
            return candidate
    return None


def _read(file: Path) -> dict[str, Any]:
    """Return the table of a TOML file; ValueError when it is not one, or is too large to be settings."""
    import tomllib

    try:
        with file.open("rb") as stream:
            data = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        raise ValueError(error.strerror or "it cannot be read") from error
    if len(data) > _LARGEST_FILE:
        raise ValueError("it is too large to be settings")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _checked(table: Mapping[str, Any], allowed: Callable[[Key], bool]) -> tuple[dict[str, Any], list[str]]:
    """Split a table into the values that may be used and a complaint about each other key."""
    values: dict[str, Any] = {}
    complaints = []
    for name, value in table.items():
        key = KEYS.get(name)
        if key is None:
            complaints.append(f"unknown key {name!r}")
        elif not allowed(key):
            complaints.append(f"{name!r} may be set in your own {user_file()} only")
        else:
            try:
                values[name] = key.check(value)
            except ValueError as error:
                complaints.append(f"{name!r}: {error}")
    return values, complaints


def _from_project(cwd: Path) -> tuple[dict[str, Any], str, list[str]]:
    file = _project_file(cwd)
    if file is None:
        return {}, "", []
    try:
        values, complaints = _checked(_read(file), lambda key: key.project)
    except ValueError as error:
        return {}, str(file), [f"{file} is ignored: {' '.join(str(error).split())}"]
    return values, str(file), [f"{file}: {'; '.join(complaints)}"] if complaints else []


def _from_user() -> tuple[dict[str, Any], str, list[str]]:
    file = user_file()
    if not file.is_file():
        return {}, "", []
    try:
        values, complaints = _checked(_read(file), lambda key: True)
    except ValueError as error:
        raise InvalidQuery(f"{file} is not readable TOML: {' '.join(str(error).split())}") from error
    return values, str(file), [f"{file}: {'; '.join(complaints)}"] if complaints else []


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, key in KEYS.items():
        variable = f"SEMSEARCH_{name.upper()}"
        if environ.get(variable):
            try:
                values[name] = key.check(environ[variable])
            except ValueError as error:
                raise InvalidQuery(f"{variable}={environ[variable]}: {error}") from error
    return values


def load_config(cwd: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """Collect the settings that no flag gives. InvalidQuery names the user's own file or variable that is wrong."""
    from pathlib import Path

    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    user, user_origin, warnings = _from_user()
    project, project_origin, complaints = _from_project(cwd or Path(caller.cwd()))
    own = _from_environment(caller.environ() if environ is None else environ)
    for layer, origin in ((user, user_origin), (project, project_origin), (own, "the environment")):
        values.update(layer)
        origins.update(dict.fromkeys(layer, origin))
    return Config(values, origins, (*warnings, *complaints))
