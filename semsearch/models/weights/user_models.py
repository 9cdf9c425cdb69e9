"""The models that a user has added under their own names: `models.json` in the user's data folder.

A model stays where it is; the file stores its folder and the facts read when it was added.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from semsearch import settings
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.types.models import Architecture, Role

__all__ = ["Added", "added_models", "forget", "register"]

_FILE = "models.json"
_LAYOUT = 1
_SETTING = "SEMSEARCH_DATA"
_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Added:
    """A user's model: its absolute folder, and the facts from its configuration and weights."""

    path: str
    what: str
    architecture: Architecture
    roles: tuple[Role, ...]
    parameters: int
    dim: int | None
    context: int | None


def added_models() -> Mapping[str, Added]:
    """Return the added models by name. Raises ModelUnavailable when the list cannot be read."""
    path = settings.data_dir() / _FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["layout"] != _LAYOUT:
            raise ValueError(f"layout {values['layout']}")
        return {name: _added(facts) for name, facts in values["models"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(f"{path} cannot be read ({error}): move it away and add your models again") from error


def _added(facts: Mapping[str, object]) -> Added:
    roles = tuple(Role(str(role)) for role in facts["roles"])  # type: ignore[attr-defined]
    return Added(**{**facts, "architecture": Architecture(str(facts["architecture"])), "roles": roles})  # type: ignore[arg-type]


def register(name: str, added: Added) -> None:
    """Store a model under a name. Raises InvalidQuery for an invalid name, or one that is taken."""
    if not _NAME.fullmatch(name):
        raise InvalidQuery(f"{name!r} cannot be a model's name: use letters, digits, dots and dashes, such as my-model")
    with _changed() as models:
        known = models.get(name)
        if known is not None and known.path != added.path:
            raise InvalidQuery(
                f"{name} is already the model in {known.path}: use another name, or `semsearch models remove {name}`"
            )
        models[name] = added


def forget(name: str) -> None:
    """Remove a name from the list; the model's folder is not touched."""
    with _changed() as models:
        models.pop(name, None)


@contextmanager
def _changed() -> Iterator[dict[str, Added]]:
    """Yield the list for a change that is written atomically, one process at a time."""
    from semsearch.models.weights.atomic_folder import disk_errors, locked

    path = settings.data_dir() / _FILE
    with disk_errors(path.parent, _SETTING), locked(path, setting=_SETTING):
        models = dict(added_models())
        yield models
        values = {"layout": _LAYOUT, "models": {name: asdict(models[name]) for name in sorted(models)}}
        descriptor, partial = tempfile.mkstemp(prefix=f".{_FILE}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(values, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(partial).replace(path)
        finally:
            Path(partial).unlink(missing_ok=True)
