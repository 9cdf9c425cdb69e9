"""What one argument may be: a check takes its name and value, and returns what to use or refuses in one sentence."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from numbers import Real
from typing import Any, NoReturn, TypeAlias

from semsearch.conditions import And, Condition, Filter, Not, Operator, Or
from semsearch.errors import InvalidFilter, InvalidQuery, SemsearchError
from semsearch.types.search import Mode

__all__ = [
    "Check",
    "callback",
    "document_id",
    "documents",
    "filters",
    "flag",
    "instance",
    "items",
    "label_examples",
    "measures",
    "modes",
    "number",
    "one_of",
    "optional",
    "path",
    "paths",
    "refuse",
    "role",
    "text",
    "texts",
    "whole",
    "word",
]

Check: TypeAlias = Callable[[str, Any], Any]

_SHOWN = 60
"""Characters of a value in a message."""
_MOST = 2**31 - 1


def refuse(name: str, value: object, wanted: str, error: type[SemsearchError] = InvalidQuery) -> NoReturn:
    """Raise the error that says what an argument is, and what it should be."""
    raise error(f"`{name}` is {_shown(value)}; give {wanted}")


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int) and value.bit_length() > 200:  # which Python would rather not write down
        return "a very large number"
    if isinstance(value, (str, bytes, int, float)):
        reported = repr(value)
        return f"{reported[:_SHOWN]}{'…' if len(reported) > _SHOWN else ''} ({type(value).__name__})"
    if isinstance(value, type):
        return f"the class {value.__name__} itself"
    kind = type(value).__name__
    return f"{'an' if kind[0] in 'AEIOaeio' else 'a'} {kind}"


def optional(check: Check) -> Check:
    """Take None as well."""
    return lambda name, value: None if value is None else check(name, value)


def text(name: str, value: Any) -> str:
    """Take a text, an empty one too."""
    return value if isinstance(value, str) else refuse(name, value, "a text (str)")


def word(name: str, value: Any) -> str:
    """Take a text that is not blank."""
    return value if isinstance(value, str) and value.strip() else refuse(name, value, "a text that is not empty")


def flag(name: str, value: Any) -> bool:
    """Take True and False, and nothing that merely counts as one of them."""
    return value if isinstance(value, bool) else refuse(name, value, "True or False")


def whole(least: int | None = None, *, most: int = _MOST) -> Check:
    """Take whole numbers, numpy's too, from `least` on; without it what is asked has its own word on what is too few.

    Beyond `most` they mean that much: more of anything that is counted is all of it.
    """
    wanted = "a whole number" + ("" if least is None else f", at least {least}")

    def check(name: str, value: Any) -> int:
        try:
            found = refuse(name, value, wanted) if isinstance(value, bool) else operator.index(value)
        except TypeError:  # numpy's arrays have the method as well, for one number in them
            refuse(name, value, wanted)
        if least is not None and found < least:
            refuse(name, value, wanted)
        return max(min(found, most), -most)

    return check


def number(least: float, *, above: bool = False, most: float = float("inf")) -> Check:
    """Take numbers, numpy's too, from `least` on, or `above` it, up to `most`; never one that is none (nan)."""

    def check(name: str, value: Any) -> float:
        wanted = f"a number {'above' if above else 'of at least'} {least:g}" + (
            f", at most {most:g}" if most < _MOST else ""
        )
        if isinstance(value, bool) or not isinstance(value, Real):
            refuse(name, value, wanted)
        found = value if isinstance(value, int) else float(value)
        if not (least < found or (found == least and not above)) or not found <= most:
            refuse(name, value, wanted)
        return found

    return check


def one_of(kind: type[StrEnum], noun: str) -> Check:
    """Take a member of an enumeration, or its text."""

    def check(name: str, value: Any) -> StrEnum:
        try:
            return kind(value)
        except ValueError:
            reported = repr(value) if isinstance(value, str) else _shown(value)
            names = ", ".join(member.value for member in kind)
            raise InvalidQuery(f"there is no {noun} {reported}; choose {names}") from None

    return check


def path(name: str, value: Any) -> str | os.PathLike[str]:
    """Take a path as text or as a path object, if a system could have a file of this name."""
    found = os.fspath(value) if isinstance(value, (str, os.PathLike)) else None
    if not isinstance(found, str):
        refuse(name, value, "a path (str or Path)")
    if not found:
        refuse(name, value, "a path (`.` is the current folder)")
    if "\0" in found or not _encodable(found):
        refuse(name, value, "a path without characters that no file name can have")
    return value  # type: ignore[no-any-return]


def _encodable(value: str) -> bool:
    """Whether a text could be the name of a file: other than that, half characters mean nothing."""
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True


def items(name: str, value: Any, wanted: str, error: type[SemsearchError] = InvalidQuery) -> list[Any]:
    """Return what a list, or anything else that is iterated over, holds."""
    if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
        refuse(name, value, wanted, error)
    return list(value)


def paths(name: str, value: Any) -> list[str | os.PathLike[str]]:
    """Take several paths or ids, or one."""
    if isinstance(value, (str, os.PathLike)):
        value = [value]
    return [path(name, one) for one in items(name, value, "a list of paths (str or Path)")]


def texts(name: str, value: Any) -> list[str]:
    """Take several texts; not one, which would be taken letter by letter."""
    return [text(f"{name}[{n}]", one) for n, one in enumerate(items(name, value, "a list of texts"))]


def modes(name: str, value: Any) -> list[Any]:
    """Take several modes of search, or one."""
    several = [value] if isinstance(value, str) else items(name, value, "a list of modes")
    check = one_of(Mode, "mode")
    return [check(name, mode) for mode in several] or refuse(name, value, "one mode or more")


def measures(name: str, value: Any) -> list[str]:
    """Take the names of several measures, or of one."""
    return texts(name, [value] if isinstance(value, str) else value) or refuse(name, value, "one measure or more")


def filters(name: str, value: Any) -> list[str | Condition]:
    """Take several filters, or one; those that are objects leave with their own types. Raises InvalidFilter."""
    if isinstance(value, (str, Filter, And, Or, Not)):
        value = [value]
    wanted = "a list of filters, such as ['type=pdf']"
    return [_filter(name, one) for one in items(name, value, wanted, InvalidFilter)]


def _filter(name: str, value: Any) -> str | Condition:
    if isinstance(value, str):
        return value if _encodable(value) else refuse(name, value, "filters in valid Unicode", InvalidFilter)
    if isinstance(value, (And, Or, Not)):
        return value  # `search.filters` looks at what they hold
    if not isinstance(value, Filter) or not isinstance(value.field, str) or not isinstance(value.value, str):
        refuse(name, value, "filters as text or as `Filter` objects of texts", InvalidFilter)
    try:
        return Filter(value.field, Operator(value.operator), value.value)
    except ValueError:
        signs = " ".join(member.value for member in Operator)
        raise InvalidFilter(f"there is no operator {value.operator!r}; choose one of {signs}") from None


def instance(kind: type, wanted: str) -> Check:
    """Take objects of a class."""
    return lambda name, value: value if isinstance(value, kind) else refuse(name, value, wanted)


def callback(name: str, value: Any) -> Any:
    """Take None, or what can be called."""
    return value if value is None or callable(value) else refuse(name, value, "a function, or None")


def role(kind: str, *methods: str, named: bool = True) -> Check:
    """Take an object with these methods, and, where it may be loaded by name, a name."""

    def check(name: str, value: Any) -> Any:
        if named and isinstance(value, str):
            return word(name, value)
        if isinstance(value, type) or not all(callable(getattr(value, method, None)) for method in methods):
            known = "the name of a model or " if named else ""
            refuse(name, value, f"{known}an object of the role {kind} ({', '.join(methods)})")
        if kind == "BiEncoder":
            _bi_encoder(name, value)
        return value

    return check


def _bi_encoder(name: str, value: Any) -> None:
    fingerprint, dim = getattr(value, "fingerprint", None), getattr(value, "dim", None)
    if not isinstance(fingerprint, str) or not fingerprint:
        refuse(f"{name}.fingerprint", fingerprint, "a text that names weights, pooling and precision")
    whole(1)(f"{name}.dim", dim)


def documents(name: str, value: Any) -> Iterable[Any]:
    """Take what can be iterated over; each document is looked at when its turn comes."""
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        refuse(name, value, "a list or another iterable of Document objects")
    return value


def document_id(name: str, value: Any) -> str:
    """Take the id of a document, or the path of a file."""
    found = word(name, value)
    return found if _encodable(found) else refuse(name, value, "an id in valid Unicode")


def label_examples(name: str, value: Any) -> dict[str, str | int | float]:
    """Take a label for each of several ids."""
    if not isinstance(value, Mapping):
        refuse(name, value, "{document id or path: label}")
    for key, label in value.items():
        path(f"{name} (a key)", key)
        if isinstance(label, bool) or not isinstance(label, (str, int, float)):
            refuse(f"{name}[{str(key)[:_SHOWN]!r}]", label, "a text or a number")
    return dict(value)
