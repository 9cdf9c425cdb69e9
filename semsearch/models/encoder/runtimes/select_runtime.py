"""Select the runtimes of a compiled model: the requested one, else the measured one, else ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.runtimes import benchmark as choice
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.int8_files import int8_folder, int8_graph, int8_sound
from semsearch.models.encoder.runtimes.query_and_passage import ChosenSides, OneRuntime, QueryPassageRuntimes
from semsearch.models.weights.fingerprint import FP32
from semsearch.types.models import Precision

__all__ = ["sides_of"]


def sides_of(
    job: compiled.Job, found: compiled.Compiled, asked: RuntimeName | None, tell: Callable[[str], None]
) -> QueryPassageRuntimes:
    """Return the runtimes of a compiled model. A graph that is already quantized is run unchanged.

    `tell` receives a line when something is measured, or does not run in int8.
    """
    if job.recipe.precision != FP32:
        return OneRuntime(RuntimeName.ONNX_FP32, found.folder / compiled.MODEL)
    return ChosenSides(_Model(job, found, asked, tell), tell)


class _Model:
    """The runtimes requested or selected for one compiled model, and its graphs."""

    def __init__(
        self, job: compiled.Job, found: compiled.Compiled, asked: RuntimeName | None, tell: Callable[[str], None]
    ) -> None:
        self._job, self._found, self._asked, self._tell = job, found, asked, tell
        self.name = job.name

    def graph(self, name: RuntimeName) -> Path:
        """Return the graph that a runtime opens. ModelUnavailable when the int8 graph is missing or damaged."""
        if name.precision is Precision.FLOAT32:
            return self._found.folder / compiled.MODEL
        if not self._int8_intact():
            folder = int8_folder(self._found.fingerprint)
            raise ModelUnavailable(f"{folder} is missing or damaged: run `semsearch models show NAME --measure`")
        return int8_graph(self._found.fingerprint, name)

    def query(self) -> RuntimeName:
        """Return the runtime for queries: the one that starts soonest without loss, unless one was requested.

        OpenVINO takes half a second to compile. In int8 a query starts no sooner, and with passages in int8 as well it
        cost .0064 +- .0028 of nDCG@10 (docs/decisions.md).
        """
        return self._asked or RuntimeName.ONNX_FP32

    def document(self) -> RuntimeName | None:
        """Return the runtime for passages in float32; None when never measured."""
        self._check()
        if self._asked is not None and self._asked.precision is Precision.FLOAT32:
            return self._asked
        chosen = choice.remembered(self._found.fingerprint)
        return chosen.document if chosen else None

    def rounded(self) -> tuple[RuntimeName, ...]:
        """Return the runtimes to try for passages in int8, in order; builds the graphs if needed."""
        self._check()
        chosen = choice.remembered(self._found.fingerprint)
        if chosen is None or not self._int8_intact():
            chosen = self.measure()
        if self._asked is not None and self._asked.precision is Precision.INT8:
            return (self._asked,)
        first = (chosen.int8,) if chosen.int8 else ()
        return tuple(dict.fromkeys((*first, RuntimeName.ONNX_INT8)))

    def fastest(self) -> Precision:
        """Return the precision for a new index."""
        if self._asked is not None:
            return self._asked.precision
        chosen = choice.remembered(self._found.fingerprint) or self.measure()
        return chosen.precision

    def measure(self) -> choice.Choice:
        """Compare the runtimes on this computer."""
        self._tell(f"measuring what runs {self.name} fastest here (once, a few seconds)")
        return choice.measure(self._job)

    def _int8_intact(self) -> bool:
        return int8_sound(int8_folder(self._found.fingerprint), self._found, remembered=True)

    def _check(self) -> None:
        """Check all weights before passages are encoded: vectors from damaged weights would stay in an index."""
        if not compiled.intact(self._found):
            with suppress(OSError):
                (self._found.folder / compiled.MANIFEST).unlink()
            raise ModelUnavailable(f"{self._found.folder} has been damaged: run the command again to rebuild it")
