"""Benchmark of the runtimes: run once per model, processor, number of threads and library versions.

<cache>/runtimes/<fingerprint>-4-<on>.json  the results, and what they hold for (`on` is a hash of that)
<cache>/runtimes/<fingerprint>-int8-2/      the int8 graphs (quantize.py), their weights, semsearch.json

Computers that share a cache (a home folder on a network, a container image) have one measurement each. The graphs are
the same everywhere: see `onnx_runtime.open_session`.

Every runtime is tried in a separate process: one that crashes on this processor, or hangs, is not selected.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from semsearch import settings
from semsearch.models.encoder.compiled_cache import Job
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.types.models import Precision

__all__ = [
    "DOCUMENTS",
    "DOCUMENT_COSINE",
    "INT8_COSINE",
    "Choice",
    "MeasuredRuntime",
    "candidates",
    "measure",
    "remembered",
]

LAYOUT = 4
DOCUMENT_COSINE = 0.9995
"""Lowest cosine to float32 allowed for a runtime that encodes passages of an index in float32.

An index may mix vectors of one precision from different runtimes. At this limit a score is off by about .0016
(an error of length .032 in a random direction of 384), below the distance of neighbouring hits; bfloat16 has .99994 on
these probes.
"""
INT8_COSINE = (0.998, 0.99)
"""Mean and lowest cosine to float32 allowed for a runtime that encodes passages in int8, over probes and passages."""
FASTER = 1.2
"""How many times faster than all float32 runtimes int8 must be for a new index to be encoded in int8."""
SECONDS_TO_TRY = 60.0
_PACKAGES = ("onnxruntime", "openvino", "tokenizers")
DOCUMENTS = (RuntimeName.ONNX_FP32, RuntimeName.OPENVINO_F32, RuntimeName.OPENVINO_BF16)
_INT8 = (RuntimeName.ONNX_INT8, RuntimeName.OPENVINO_INT8)


@dataclass(frozen=True, slots=True)
class MeasuredRuntime:
    """The measurement of a runtime; `reason` says why it cannot run or may not encode."""

    name: str
    passages_per_second: float = 0.0
    """Per second of processor time (of one core), so other load on the machine does not count."""
    mean_cosine: float = 0.0
    least_cosine: float = 0.0
    """To the vectors of ONNX Runtime in float32, on passages and queries of several scripts and lengths."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The selected runtimes, the measurements, and what they hold for."""

    document: RuntimeName
    """The fastest for passages of an index in float32."""
    int8: RuntimeName | None
    """The fastest for passages of an int8 index, where one is close enough to float32."""
    precision: Precision
    """Of a new index."""
    measured: tuple[MeasuredRuntime, ...]
    key: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    """Duration of the measurement."""

    @property
    def new_index(self) -> RuntimeName:
        """The runtime that encodes the passages of a new index."""
        return self.int8 if self.precision is Precision.INT8 and self.int8 else self.document


def candidates() -> tuple[RuntimeName, ...]:
    """Return all runtimes of a compiled graph; the reference comes first."""
    return (*DOCUMENTS, *_INT8)


def remembered(fingerprint: str) -> Choice | None:
    """Return the stored choice for a model; None without one for this processor, these libraries and threads."""
    try:
        key = _key()
        values = json.loads(_file(fingerprint, key).read_text(encoding="utf-8"))
        if values["layout"] != LAYOUT or values["key"] != key:
            return None
        measured = tuple(MeasuredRuntime(**one) for one in values["measured"])
        return Choice(
            RuntimeName(values["document"]),
            RuntimeName(values["int8"]) if values["int8"] else None,
            Precision(values["precision"]),
            measured,
            values["key"],
            float(values["seconds"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(fingerprint: str, key: Mapping[str, Any]) -> Path:
    on = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:12]
    return settings.cache_dir() / "runtimes" / f"{fingerprint}-{LAYOUT}-{on}.json"


def _key() -> dict[str, Any]:
    """Return the conditions that a measurement holds for."""
    from importlib import metadata

    from semsearch.models.shared.threads import thread_count

    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = ""
    return {"processor": _processor(), "threads": thread_count(), "versions": versions}


def _processor() -> str:
    """Return the processor's name with a hash over its features: a virtual machine may resume on another one."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux
        return f"{platform.machine()} {platform.processor()}"
    first = text.partition("\n\n")[0].splitlines()
    facts = [line for line in first if line.startswith(("model name", "flags", "Features", "CPU part"))]
    name = next((line.partition(":")[2].strip() for line in facts if line.startswith("model name")), platform.machine())
    digest = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    return f"{name} {digest[:8]}"


def measure(job: Job) -> Choice:
    """Measure every runtime on a compiled model, store the choice and return it: a few seconds.

    When the cache cannot be written, the choice is returned but not stored.
    """
    import tempfile

    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="semsearch-") as work:
        measured = tuple(_try(job, name, Path(work)) for name in candidates())
    choice = Choice(*_select(measured), measured, _key(), round(time.monotonic() - start, 1))
    _remember(job.recipe.fingerprint, choice)
    return choice


def _try(job: Job, name: RuntimeName, work: Path) -> MeasuredRuntime:
    from semsearch.processes.run_module import run_module

    result = work / f"{name}.json"
    status, errors = run_module(
        "semsearch.models.encoder.runtimes.probe",
        [json.dumps(asdict(job)), name, str(work / "reference.npy"), str(result)],
        environment={"SEMSEARCH_RUNTIME": ""},
        stall_seconds=SECONDS_TO_TRY,
    )
    try:
        return MeasuredRuntime(**json.loads(result.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        last = (errors.strip().splitlines() or [""])[-1][:200]
        how = f"it was killed by signal {-status}" if status < 0 else "it failed"
        return MeasuredRuntime(name, reason=last or how)


def _select(measured: tuple[MeasuredRuntime, ...]) -> tuple[RuntimeName, RuntimeName | None, Precision]:
    """Return the fastest runtimes for passages in float32 and in int8, and the precision of a new index."""
    ran = {RuntimeName(one.name): one for one in measured if not one.reason}
    documents = {name: one for name, one in ran.items() if name in DOCUMENTS and one.least_cosine >= DOCUMENT_COSINE}
    mean, least = INT8_COSINE
    quantized = {n: o for n, o in ran.items() if n in _INT8 and o.mean_cosine >= mean and o.least_cosine >= least}
    exact = max(documents, key=lambda name: documents[name].passages_per_second, default=RuntimeName.ONNX_FP32)
    int8 = max(quantized, key=lambda name: quantized[name].passages_per_second, default=None)
    speed = documents[exact].passages_per_second if exact in documents else 0.0
    faster = int8 is not None and speed > 0 and quantized[int8].passages_per_second >= FASTER * speed
    return exact, int8, Precision.INT8 if faster else Precision.FLOAT32


def _remember(fingerprint: str, choice: Choice) -> None:
    import tempfile

    values = {"layout": LAYOUT, **asdict(choice)}
    target = _file(fingerprint, choice.key)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(values, file, indent=1)
        Path(partial).replace(target)
        target.with_name(f"{fingerprint}-{LAYOUT - 1}.json").unlink(missing_ok=True)  # of an earlier version
    except OSError:
        pass
