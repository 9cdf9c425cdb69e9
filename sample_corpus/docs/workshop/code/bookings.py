"""Bookings of machines at the Tin Shed: no two people on one machine, nobody on a machine they were not shown.

Bookings are rows of a CSV file: machine, member, start, end (ISO 8601 minutes). Run it to check such a file:

    python bookings.py bookings.csv
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

LONGEST = {"laser": timedelta(hours=3), "kiln": timedelta(hours=14)}
"""Longest booking of a machine; four hours for any that is not named."""

QUIET_FROM = time(20, 0)
LOUD = frozenset({"planer", "thicknesser", "compressor"})
"""Machines that have to be silent from eight in the evening."""


@dataclass(frozen=True)
class Booking:
    """One person at one machine for a stretch of time; `end` is exclusive."""

    machine: str
    member: str
    start: datetime
    end: datetime

    def overlaps(self, other: Booking) -> bool:
        """Say whether both want the same machine at the same moment; touching ends do not count."""
        return self.machine == other.machine and self.start < other.end and other.start < self.end


def problems(wanted: Booking, accepted: list[Booking], inducted: set[tuple[str, str]]) -> list[str]:
    """Return every reason to refuse a booking, none if it may stand.

    `inducted` holds (member, machine) for everyone who has been shown how to use it.
    """
    found = []
    if wanted.end <= wanted.start:
        found.append("ends before it begins")
    if wanted.end - wanted.start > LONGEST.get(wanted.machine, timedelta(hours=4)):
        found.append("too long")
    if (wanted.member, wanted.machine) not in inducted:
        found.append("no induction")
    if wanted.machine in LOUD and (wanted.end.time() > QUIET_FROM or wanted.end.date() != wanted.start.date()):
        found.append("quiet hours")
    found += [f"clashes with {other.member}" for other in accepted if wanted.overlaps(other)]
    return found


def free_slots(machine: str, day: datetime, accepted: list[Booking]) -> list[tuple[datetime, datetime]]:
    """Return the gaps between nine and twenty-two o'clock in which nobody has the machine."""
    cursor, closing = day.replace(hour=9, minute=0), day.replace(hour=22, minute=0)
    gaps = []
    for taken in sorted((b for b in accepted if b.machine == machine), key=lambda b: b.start):
        if taken.start > cursor:
            gaps.append((cursor, min(taken.start, closing)))
        cursor = max(cursor, taken.end)
    if cursor < closing:
        gaps.append((cursor, closing))
    return gaps


def read(path: Path) -> list[Booking]:
    """Read a CSV file with a header line."""
    with path.open(newline="", encoding="utf-8") as lines:
        return [
            Booking(r["machine"], r["member"], datetime.fromisoformat(r["start"]), datetime.fromisoformat(r["end"]))
            for r in csv.DictReader(lines)
        ]


def main(argv: list[str]) -> int:
    """Print clashes; the exit code is 1 if there are any."""
    if len(argv) != 2:
        print("usage: python bookings.py FILE.csv")
        return 2
    accepted: list[Booking] = []
    clashes = 0
    for booking in read(Path(argv[1])):
        for other in accepted:
            if booking.overlaps(other):
                print(f"{booking.machine}: {booking.member} and {other.member}, {booking.start:%d %B %H:%M}")
                clashes += 1
        accepted.append(booking)
    return 1 if clashes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
