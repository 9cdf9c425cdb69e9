"""The runtimes that encode a model's queries and its passages; each is opened on first use."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.runtimes.base import SETTING, Runtime, RuntimeName, asked_runtime
from semsearch.models.encoder.runtimes.open_runtime import open_runtime
from semsearch.types.models import Precision

if TYPE_CHECKING:
    from semsearch.models.encoder.runtimes.benchmark import Choice

__all__ = ["BRIEF_QUERIES", "MEASURE_AFTER", "ChosenSides", "Model", "OneRuntime", "QueryPassageRuntimes"]

BRIEF_QUERIES = 16
"""After this many queries the graph is opened again without `brief`, to run twice as fast."""
MEASURE_AFTER = 256
"""Passages encoded in float32 before the float32 runtimes are measured, where nobody asked for the fastest: a
measurement takes seconds, which few passages do not repay."""


class QueryPassageRuntimes(Protocol):
    """The runtimes for a model's queries and passages."""

    def query(self) -> Runtime:
        """Return the runtime for the next query."""

    def document(self, passages: int, precision: Precision) -> Runtime:
        """Return the runtime for the next passages."""

    def fastest(self) -> Precision:
        """Return the precision in which passages are encoded fastest on this computer."""


class Model(Protocol):
    """The runtimes selected for a model, and its graphs."""

    @property
    def name(self) -> str:
        """The model's name as the user knows it."""

    def graph(self, name: RuntimeName, /) -> Path:
        """Return the graph that a runtime opens."""

    def query(self) -> RuntimeName:
        """Return the runtime for queries."""

    def document(self) -> RuntimeName | None:
        """Return the runtime for passages in float32; None when not measured yet."""

    def rounded(self) -> tuple[RuntimeName, ...]:
        """Return the runtimes to try for passages in int8, in order."""

    def fastest(self) -> Precision:
        """Return the precision for a new index."""

    def measure(self) -> Choice:
        """Compare the runtimes on this computer."""


class OneRuntime:
    """The same runtime for queries and passages."""

    def __init__(self, name: RuntimeName, graph: Path) -> None:
        """Open nothing yet."""
        self._name, self._graph = name, graph
        self._guard = threading.Lock()
        self._opened: Runtime | None = None

    def query(self) -> Runtime:
        """Return the runtime."""
        with self._guard:
            if self._opened is None:
                self._opened = open_runtime(self._name, self._graph)
            return self._opened

    def document(self, passages: int, precision: Precision) -> Runtime:
        """Return the runtime."""
        return self.query()

    def fastest(self) -> Precision:
        """Return float32: the only graph there is, whatever its real precision."""
        return Precision.FLOAT32


class ChosenSides:
    """The runtimes selected for a compiled model; ONNX Runtime in float32 when one of them fails."""

    def __init__(self, model: Model, tell: Callable[[str], None]) -> None:
        """Open nothing yet. `tell` receives a line when passages cannot be encoded as intended."""
        self._model, self._tell = model, tell
        self._guard = threading.RLock()
        self._queries = self._encoded = 0
        self._query: Runtime | None = None
        self._document: Runtime | None = None
        self._rounded: Runtime | None = None
        self._remembered: RuntimeName | None = None
        self._settled = False

    def query(self) -> Runtime:
        """Return the runtime for the next query; opened with `brief` for the first ones."""
        with self._guard:
            self._queries += 1
            if self._query is None or self._queries == BRIEF_QUERIES:
                self._query = self._open(self._model.query(), brief=self._queries < BRIEF_QUERIES)
            return self._query

    def document(self, passages: int, precision: Precision) -> Runtime:
        """Return the runtime for the next passages."""
        with self._guard:
            if precision is Precision.FLOAT32:
                return self._exact(passages)
            if self._rounded is None:
                self._rounded = self._open_rounded() or self._exact(passages)
            return self._rounded

    def fastest(self) -> Precision:
        """Return the precision that was requested, stored, or is measured now."""
        with self._guard:
            return self._model.fastest()

    def _exact(self, passages: int) -> Runtime:
        """Return the runtime for passages in float32; after MEASURE_AFTER of them the fastest one."""
        self._encoded += passages
        if not self._settled:
            if self._document is None:
                self._remembered = self._model.document()
            chosen = self._remembered
            if chosen is None and self._encoded > MEASURE_AFTER:
                chosen = self._model.measure().document
            self._settled = chosen is not None
            name = chosen or RuntimeName.ONNX_FP32
            if self._document is None or self._document.name is not name:
                self._document = self._open(name, brief=False)
        assert self._document is not None
        return self._document

    def _open_rounded(self) -> Runtime | None:
        """Open an int8 graph; when none runs here, report the reason and return None."""
        reason = ""
        for name in self._model.rounded():
            try:
                return open_runtime(name, self._model.graph(name))
            except Exception as error:  # a missing, incompatible or broken library can raise anything
                reason = _reason(error)
                if asked_runtime() is name:
                    raise _refused(name, error) from error
        self._tell(
            f"{self._model.name} does not run in 8 bits here ({reason}): its passages are encoded in float32, mixed "
            "with those in 8 bits"
        )
        return None

    def _open(self, name: RuntimeName, *, brief: bool) -> Runtime:
        if name is RuntimeName.ONNX_FP32:
            return open_runtime(name, self._model.graph(name), brief=brief)
        try:
            return open_runtime(name, self._model.graph(name), brief=brief)
        except Exception as error:  # a missing, incompatible or broken library can raise anything
            if asked_runtime() is name:
                raise _refused(name, error) from error
            return open_runtime(RuntimeName.ONNX_FP32, self._model.graph(RuntimeName.ONNX_FP32), brief=brief)


def _refused(name: RuntimeName, error: Exception) -> ModelUnavailable:
    """Return the error for a runtime that was requested by name."""
    return ModelUnavailable(f"{SETTING} asks for {name}, which does not run here ({_reason(error)}): unset it")


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
