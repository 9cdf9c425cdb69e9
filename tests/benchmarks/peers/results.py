"""What was measured, one file for each measurement: the reason why a benchmark that was stopped goes on."""

from __future__ import annotations

import datetime
import hashlib
import json
import statistics
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.report import write_whole

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """What a measurement is of; `version` changes with whatever could change the figure."""

    system: str
    version: str
    column: str
    size: str
    machine: str
    round: int = 0

    @property
    def file(self) -> str:
        """The name of its file."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:10]
        return f"{self.system}-{self.column}-{self.size}-{self.round}-{digest}.json"


class Results:
    """The folder of results."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, key: Key) -> Values | None:
        """Return what was measured, or None when that is still to do; a damaged file counts as not there."""
        try:
            found = json.loads((self._folder / key.file).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found["values"] if isinstance(found, dict) and found.get("key") == asdict(key) else None

    def once(self, key: Key, measure: Callable[[], Values]) -> Values:
        """Return what was measured, measuring it now if need be."""
        found = self.find(key)
        return found if found is not None else self.put(key, measure())

    def put(self, key: Key, values: Values) -> Values:
        """Keep a measurement."""
        self._folder.mkdir(parents=True, exist_ok=True)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        kept = {"key": asdict(key), "measured": now, "values": values}
        write_whole(self._folder / key.file, json.dumps(kept, indent=1))
        return values

    def forget(self, system: str) -> int:
        """Remove everything measured of a system; return how much that was."""
        found = [file for file in self._folder.glob(f"{system}-*.json") if _of(file, system)]
        for file in found:
            file.unlink()
        return len(found)


def _of(file: Path, system: str) -> bool:
    try:
        return bool(json.loads(file.read_text(encoding="utf-8"))["key"]["system"] == system)
    except (OSError, ValueError, KeyError, TypeError):
        return True


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of what is there, None for nothing."""
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def ratio(of: dict[int, float], to: dict[int, float]) -> float | None:
    """Return the median over the rounds that both have of the one over the other: noise of a round hits both."""
    both = [of[number] / to[number] for number in sorted(of.keys() & to.keys()) if to[number]]
    return statistics.median(both) if both else None
