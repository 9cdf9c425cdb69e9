"""From a compiled model to the runtimes of its sides: what was asked for, else what was chosen, else ONNX Runtime."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from semsearch.errors import ModelUnavailable
from semsearch.models import compiled
from semsearch.models.recipe import FP32
from semsearch.models.runtimes import choice
from semsearch.models.runtimes.interface import RuntimeName
from semsearch.models.runtimes.sides import ChosenSides, OneRuntime, Sides

__all__ = ["sides_of"]


def sides_of(job: compiled.Job, found: compiled.Compiled, asked: RuntimeName | None) -> Sides:
    """Return the sides of a compiled model. A graph that is quantized already is run as it is."""
    if job.recipe.precision != FP32:
        return OneRuntime(RuntimeName.ONNX_FP32, found.folder / compiled.MODEL)
    fingerprint = found.fingerprint

    def graph(name: RuntimeName) -> Path:
        if name is not RuntimeName.ONNX_INT8:
            return found.folder / compiled.MODEL
        from semsearch.models.runtimes.eight_bits import int8_sound

        folder = choice.int8_folder(fingerprint)
        if not int8_sound(folder, found, remembered=True):
            raise ModelUnavailable(f"{folder} is not there or damaged: `semsearch models show NAME --measure` makes it")
        return folder / compiled.MODEL

    def query() -> RuntimeName:
        chosen = None if asked else choice.remembered(fingerprint, exactly_here=False)
        return asked or (chosen.query if chosen else RuntimeName.ONNX_FP32)

    def document() -> RuntimeName | None:
        _check(found)
        if asked is not None:
            return asked
        chosen = choice.remembered(fingerprint)
        return chosen.document if chosen else None

    return ChosenSides(graph, query=query, document=document, measure=lambda: choice.measure(job).document)


def _check(found: compiled.Compiled) -> None:
    """Read all weights before passages are encoded with them: what is wrong now would stay in an index."""
    if not compiled.intact(found):
        with suppress(OSError):
            (found.folder / compiled.MANIFEST).unlink()
        raise ModelUnavailable(f"{found.folder} has been damaged: run the command again, and it is made anew")
