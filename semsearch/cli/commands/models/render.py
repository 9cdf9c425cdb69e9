"""How models are shown: the records of `models --json`, and the table for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from semsearch.cli.terminal.run_summary import size
from semsearch.cli.terminal.screen import Screen, safe_name
from semsearch.cli.terminal.wrap import width_of

if TYPE_CHECKING:
    from semsearch.models.encoder.runtimes.benchmark import Choice
    from semsearch.models.manage.details import ModelDetails
    from semsearch.models.manage.inventory import ModelInfo

__all__ = ["details_record", "model_record", "render_details", "render_models", "short_count"]

_WITHOUT_LICENCE = 90
"""A terminal of fewer columns has no room for the licence."""
_FACTS = 47
"""Columns of all facts of a line but the name and the licence."""


_COMMIT = re.compile(r"@([0-9a-f]{12})[0-9a-f]{28}$")


def _shortened(match: re.Match[str]) -> str:
    return f"@{match.group(1)}"


def model_record(info: ModelInfo) -> dict[str, Any]:
    """Return one model; null stands for what is not known before the model is here."""
    return {
        "name": info.name,
        "architecture": str(info.architecture) if info.architecture else None,
        "roles": [str(role) for role in info.roles],
        "parameters": info.parameters,
        "dimension": info.dimension,
        "context": info.context,
        "bytes": info.bytes,
        "licence": info.licence or None,
        "languages": list(info.languages),
        "where": info.where,
        "path": str(info.path) if info.path else None,
        "here": info.here,
    }


def details_record(details: ModelDetails) -> dict[str, Any]:
    """Return everything about one model."""
    compiled = details.compiled
    return {
        **model_record(details.info),
        "sources": list(details.sources),
        "falls_back_to": list(details.falls_back_to),
        "commit": details.commit or None,
        "files": [
            {"name": file.name, "bytes": file.size, "sha256": file.sha256, "state": file.state}
            for file in details.files
        ],
        "compiled": None
        if compiled is None
        else {
            "runtime": compiled.runtime,
            "reason": compiled.reason or None,
            "parity": dict(compiled.parity),
            "versions": dict(compiled.versions),
            "path": str(compiled.folder),
        },
        "made": [str(path) for path in details.made],
        "runtimes": None
        if details.choice is None
        else {
            "document": str(details.choice.document),
            "int8": str(details.choice.int8 or ""),
            "precision": str(details.choice.precision),
            "seconds": details.choice.seconds,
            "measured": [asdict(one) for one in details.choice.measured],
            "measured_on": dict(details.choice.key),
        },
    }


def short_count(count: int | None) -> str:
    """Return a number of parameters as people say it: `22.7M`, `1.5B`; `?` when nobody has counted."""
    if count is None:
        return "?"
    for unit, name in ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")):
        if count >= unit:
            return f"{count / unit:.0f}{name}" if count >= 99.5 * unit else f"{count / unit:.1f}{name}"
    return str(count)


def render_models(models: Sequence[ModelInfo], screen: Screen) -> Iterator[str]:
    """Yield a table of models, those of one architecture and the same roles together."""
    wide = screen.width >= _WITHOUT_LICENCE or not screen.terminal
    room = max(16, screen.width - _FACTS - 12) if wide and screen.terminal else max(16, screen.width - _FACTS)
    width = min(max(width_of(safe_name(info.name)) for info in models), room)
    head = f"  {'':{width}}  {'params':>6}  {'dim':>4}  {'tokens':>6}  {'size':>7}  where"
    yield screen.dim(f"{head:{width + _FACTS}}{'  licence' if wide else ''}".rstrip())
    groups: dict[str, list[ModelInfo]] = {}
    for info in models:
        roles = ", ".join(info.roles) or "damaged"
        groups.setdefault(f"{info.architecture or 'unknown'}: {roles}", []).append(info)
    for title, members in groups.items():
        yield screen.bold(title)
        for info in members:
            yield from _lines(info, width, wide, screen)
    yield screen.dim("* is on this computer; ? is counted when it is")


def _lines(info: ModelInfo, width: int, wide: bool, screen: Screen) -> Iterator[str]:
    """Yield the line of a model; a name that is too long has a line to itself."""
    name = safe_name(info.name)
    mark = screen.good("*") if info.here else " "
    if width_of(name) > width:
        yield f"{mark} {name}"
        name = mark = ""
    where = str(info.where) if info.here or info.path is None else f"{info.where} (gone)"
    total = size(info.bytes) if info.bytes is not None else ""
    facts = (
        f"{short_count(info.parameters):>6}  {info.dimension or '':>4}  {info.context or '':>6}  {total:>7}  {where:13}"
    )
    padding = " " * (width - width_of(name))
    licence = f"  {safe_name(info.licence)}" if wide else ""
    shown = screen.path(name) if name else ""
    yield f"{mark or ' '} {shown}{padding}  {facts}{licence}".rstrip()


def render_details(details: ModelDetails, screen: Screen) -> Iterator[str]:
    """Yield the lines of one model: its facts, its sources, its files, and what was made of it."""
    info = details.info
    yield screen.bold(safe_name(info.name))
    facts = {
        "architecture": f"{info.architecture or 'unknown'}: {', '.join(info.roles)}",
        "parameters": f"{info.parameters:,}, counted from the weights"
        if info.parameters
        else "counted once it is here",
        "dimension": str(info.dimension or ""),
        "context": f"{info.context} tokens" if info.context else "",
        "languages": ", ".join(info.languages),
        "licence": info.licence,
        "size": size(info.bytes) if info.bytes is not None else "",
        "where": _where(info),
        "commit": details.commit,
    }
    for name, value in facts.items():
        if value:
            yield f"  {screen.dim(f'{name:13}')} {safe_name(value)}"
    for number, source in enumerate(details.sources):
        label = "falls back to" if number else "source"
        yield f"  {screen.dim(f'{label:13}')} {safe_name(_COMMIT.sub(_shortened, source))}"
    yield from _compiled(details, screen)
    for file in details.files:
        state = (screen.good if file.good else screen.bad)(f"{file.state:8}")
        yield f"  {state} {size(file.size):>8}  {safe_name(file.name)}"
        yield f"           {screen.dim(file.sha256)}"


def _where(info: ModelInfo) -> str:
    if info.path is None:
        return f"not here; {info.where}"
    return f"{info.path}" if info.here else f"{info.path} (gone)"


def _compiled(details: ModelDetails, screen: Screen) -> Iterator[str]:
    compiled, label, made = details.compiled, screen.dim(f"{'runs on':13}"), screen.dim(f"{'made of it':13}")
    if compiled is not None and compiled.runtime == "torch":
        yield f"  {label} torch, since {safe_name(compiled.reason)}"
    elif compiled is not None:
        parity = compiled.parity
        same = (
            f", cosine to the original {parity['least_cosine']:.5f} on {parity['texts']:.0f} texts"
            if {"least_cosine", "texts"} <= set(parity)
            else ""
        )
        yield f"  {label} ONNX Runtime{same}"
    if compiled is not None and compiled.runtime != "torch":
        yield from _runtimes(details.choice, screen)
    for path in details.made:
        yield f"  {made} {safe_name(str(path))}"


def _runtimes(choice: Choice | None, screen: Screen) -> Iterator[str]:
    """Yield what was chosen and every runtime as it was measured."""
    if choice is None:
        return
    used = choice.new_index
    rest = f"; of an index in float32 {choice.document}" if used is not choice.document else ""
    yield f"  {screen.dim('passages'.ljust(13))} {used} for a new index, in {choice.precision}{rest}"
    for one in choice.measured:
        reported = (
            one.reason
            or f"{one.passages_per_second:.1f} passages a second of a core, "
            f"cosine {one.mean_cosine:.5f}, least {one.least_cosine:.5f}"
        )
        yield f"  {screen.dim(safe_name(one.name).ljust(13))} {safe_name(reported)}"
