"""Height of the tide between high and low water by the rule of twelfths, and when there is enough water for us.

The rule divides the six hours of an ebb or a flood into 1, 2, 3, 3, 2 and 1 twelfths of the range. It suits the Orle,
whose curve is nearly even; it does not suit places with double high waters.

    python tides.py --high 5.4 --low 0.8 --at 11:40 --need 1.9
"""

from __future__ import annotations

import argparse
from datetime import datetime, timedelta

TWELFTHS = (0, 1, 3, 6, 9, 11, 12)
"""Twelfths of the range that have run off after 0 to 6 hours."""

DRAUGHT_METRES = 0.85
SAFETY_METRES = 0.5


def fallen(hours: float) -> float:
    """Return the share of the range that is gone `hours` after high water (0 to 6)."""
    if not 0 <= hours <= 6:
        raise ValueError("the rule covers six hours only")
    before = min(int(hours), 5)
    step = TWELFTHS[before + 1] - TWELFTHS[before]
    return (TWELFTHS[before] + step * (hours - before)) / 12


def height(high: float, low: float, hours: float) -> float:
    """Return metres above chart datum, `hours` before or after high water."""
    return high - (high - low) * fallen(abs(hours))


def under_keel(high: float, low: float, hours: float, charted: float) -> float:
    """Return metres of water under the keel; `charted` is negative for ground that dries."""
    return height(high, low, hours) + charted - DRAUGHT_METRES


def window(high: float, low: float, need: float, step: float = 1 / 12) -> float:
    """Return for how many hours on each side of high water the tide stands at `need` metres or more."""
    hours = 0.0
    while hours + step <= 6 and height(high, low, hours + step) >= need:
        hours += step
    return hours


def nearest_low_water(high_at: datetime) -> tuple[datetime, datetime]:
    """Return the low waters before and after a high water, taking 6 h 12 min for each half."""
    half = timedelta(hours=6, minutes=12)
    return high_at - half, high_at + half


def main() -> None:
    """Print a small table and the window."""
    parser = argparse.ArgumentParser(description="Rule of twelfths")
    parser.add_argument("--high", type=float, required=True)
    parser.add_argument("--low", type=float, required=True)
    parser.add_argument("--at", required=True, help="time of high water, HH:MM")
    parser.add_argument("--need", type=float, default=DRAUGHT_METRES + SAFETY_METRES)
    args = parser.parse_args()
    high_at = datetime.strptime(args.at, "%H:%M")
    for hours in range(7):
        moment = high_at + timedelta(hours=hours)
        print(f"{moment:%H:%M}  {height(args.high, args.low, hours):.2f} m")
    hours = window(args.high, args.low, args.need)
    span = timedelta(hours=hours)
    print(f"{args.need:.2f} m or more from {high_at - span:%H:%M} to {high_at + span:%H:%M}")


if __name__ == "__main__":
    main()
