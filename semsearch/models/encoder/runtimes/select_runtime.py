"""From a compiled model to the runtimes of its sides: what was asked for, else what was chosen, else ONNX Runtime."""

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
    """Return the sides of a compiled model. A graph that is quantized already is run as it is.

    `tell` gets a line when something is measured, or does not run in 8 bits.
    """
    if job.recipe.precision != FP32:
        return OneRuntime(RuntimeName.ONNX_FP32, found.folder / compiled.MODEL)
    return ChosenSides(_Model(job, found, asked, tell), tell)


class _Model:
    """What was asked for or chosen for one compiled model; its graphs."""

    def __init__(
        self, job: compiled.Job, found: compiled.Compiled, asked: RuntimeName | None, tell: Callable[[str], None]
    ) -> None:
        self._job, self._found, self._asked, self._tell = job, found, asked, tell
        self.name = job.name

    def graph(self, name: RuntimeName) -> Path:
        """Return the graph that a runtime opens. ModelUnavailable where that in 8 bits is missing or damaged."""
        if name.precision is Precision.FLOAT32:
            return self._found.folder / compiled.MODEL
        if not self._sound():
            folder = int8_folder(self._found.fingerprint)
            raise ModelUnavailable(f"{folder} is not there or damaged: `semsearch models show NAME --measure` makes it")
        return int8_graph(self._found.fingerprint, name)

    def query(self) -> RuntimeName:
        """Return what encodes queries: what starts soonest, and loses nothing, unless another was asked for.

        OpenVINO takes half a second to compile. In 8 bits a query starts no sooner, and where passages are in 8 bits
        as well it cost .0064 +- .0028 of nDCG@10 (docs/decisions.md).
        """
        return self._asked or RuntimeName.ONNX_FP32

    def document(self) -> RuntimeName | None:
        """Return what encodes passages in float32; None when that was never measured."""
        self._check()
        if self._asked is not None and self._asked.precision is Precision.FLOAT32:
            return self._asked
        chosen = choice.remembered(self._found.fingerprint)
        return chosen.document if chosen else None

    def rounded(self) -> tuple[RuntimeName, ...]:
        """Return what may encode passages in 8 bits, in the order in which to try; makes the graphs where need be."""
        self._check()
        chosen = choice.remembered(self._found.fingerprint)
        if chosen is None or not self._sound():
            chosen = self.measure()
        if self._asked is not None and self._asked.precision is Precision.INT8:
            return (self._asked,)
        first = (chosen.int8,) if chosen.int8 else ()
        return tuple(dict.fromkeys((*first, RuntimeName.ONNX_INT8)))

    def fastest(self) -> Precision:
        """Return what a new index is to be encoded in."""
        if self._asked is not None:
            return self._asked.precision
        chosen = choice.remembered(self._found.fingerprint) or self.measure()
        return chosen.precision

    def measure(self) -> choice.Choice:
        """Compare the runtimes on this computer."""
        self._tell(f"measuring what runs {self.name} fastest here (once, some seconds)")
        return choice.measure(self._job)

    def _sound(self) -> bool:
        return int8_sound(int8_folder(self._found.fingerprint), self._found, remembered=True)

    def _check(self) -> None:
        """Read all weights before passages are encoded with them: what is wrong now would stay in an index."""
        if not compiled.intact(self._found):
            with suppress(OSError):
                (self._found.folder / compiled.MANIFEST).unlink()
            raise ModelUnavailable(
                f"{self._found.folder} has been damaged: run the command again, and it is made again"
            )
