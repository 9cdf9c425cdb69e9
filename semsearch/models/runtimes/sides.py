"""Which runtime encodes the queries of a model, and which its passages; each is opened when it is first needed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from semsearch.errors import ModelUnavailable
from semsearch.models.runtimes.interface import SETTING, Runtime, RuntimeName, asked_runtime, open_runtime

__all__ = ["BRIEF_QUERIES", "MEASURE_AFTER", "ChosenSides", "OneRuntime", "Sides"]

BRIEF_QUERIES = 16
"""After so many queries a process is no single question any more: the graph is opened anew, to run twice as fast."""
MEASURE_AFTER = 256
"""Passages encoded before runtimes are measured: a measurement takes seconds, and few passages never pay for it."""


class Sides(Protocol):
    """The runtimes of a model's two sides."""

    def query(self) -> Runtime:
        """Return what encodes the next query."""

    def document(self, passages: int) -> Runtime:
        """Return what encodes the next so many passages."""


class OneRuntime:
    """The same runtime for both sides."""

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

    def document(self, passages: int) -> Runtime:
        """Return the runtime."""
        return self.query()


class ChosenSides:
    """The runtimes that were chosen for a compiled model; ONNX Runtime in float32 where one of them fails.

    `measure` compares the runtimes on this computer, remembers and returns the fastest that may encode passages.
    """

    def __init__(
        self,
        graphs: Callable[[RuntimeName], Path],
        *,
        query: Callable[[], RuntimeName],
        document: Callable[[], RuntimeName | None],
        measure: Callable[[], RuntimeName],
    ) -> None:
        """Open nothing yet. `document` returns what is remembered, None when nothing is."""
        self._graphs = graphs
        self._chosen_query, self._chosen_document, self._measure = query, document, measure
        self._guard = threading.RLock()
        self._asked = self._encoded = 0
        self._query: Runtime | None = None
        self._document: Runtime | None = None
        self._settled = False

    def query(self) -> Runtime:
        """Return what encodes the next query; for the first ones opened in a hurry."""
        with self._guard:
            self._asked += 1
            if self._query is None or self._asked == BRIEF_QUERIES:
                self._query = self._open(self._chosen_query(), brief=self._asked < BRIEF_QUERIES)
            return self._query

    def document(self, passages: int) -> Runtime:
        """Return what encodes the next so many passages; after MEASURE_AFTER of them the fastest one."""
        with self._guard:
            self._encoded += passages
            if not self._settled:
                chosen = self._chosen_document()
                if chosen is None and self._encoded > MEASURE_AFTER:
                    chosen = self._measure()
                self._settled = chosen is not None
                name = chosen or RuntimeName.ONNX_FP32
                if self._document is None or self._document.name is not name:
                    self._document = self._open(name, brief=False)
            assert self._document is not None
            return self._document

    def _open(self, name: RuntimeName, *, brief: bool) -> Runtime:
        if name is RuntimeName.ONNX_FP32:
            return open_runtime(name, self._graphs(name), brief=brief)
        try:
            return open_runtime(name, self._graphs(name), brief=brief)
        except Exception as error:  # a library that is missing, of another version or broken raises anything
            if asked_runtime() is name:
                reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
                raise ModelUnavailable(
                    f"{SETTING} asks for {name}, which does not run here ({reason}): unset it"
                ) from error
            return open_runtime(RuntimeName.ONNX_FP32, self._graphs(RuntimeName.ONNX_FP32), brief=brief)
