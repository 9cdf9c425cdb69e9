"""Varroa arithmetic for one sample of bees: infestation, a confidence interval, and what our plan says to do.

Run it as `python mite_count.py 8 300 --month 8`. The action levels are those of varroa-plan.md.
"""

from __future__ import annotations

import argparse
import math

ACTION_LEVELS = {4: 1.0, 6: 2.0, 8: 3.0, 10: 1.0}
"""Mites per hundred adult bees, by month of the count."""


def infestation(mites: int, bees: int) -> float:
    """Return mites per 100 bees."""
    if bees <= 0:
        raise ValueError("a sample needs at least one bee")
    if mites < 0:
        raise ValueError("mites cannot be negative")
    return 100.0 * mites / bees


def wilson_interval(mites: int, bees: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % range in which the true rate of the colony lies, per 100 bees.

    With 300 bees the range is wide: 3 found mites may mean anything between 0.3 and 2.9 per hundred, which is
    why a clean jar in spring is no promise.
    """
    p = mites / bees
    centre = (p + z * z / (2 * bees)) / (1 + z * z / bees)
    half = z * math.sqrt(p * (1 - p) / bees + z * z / (4 * bees * bees)) / (1 + z * z / bees)
    return 100 * max(0.0, centre - half), 100 * (centre + half)


def action_level(month: int) -> float:
    """Return the level of the nearest counting month at or before `month` (October's for the winter months)."""
    earlier = [m for m in ACTION_LEVELS if m <= month]
    return ACTION_LEVELS[max(earlier)] if earlier else ACTION_LEVELS[10]


def oxalic_dose_ml(seams: int) -> float:
    """Return millilitres of ready-made oxalic solution for a cluster of that many seams, 50 at most."""
    return min(50.0, 5.0 * seams)


def advice(mites: int, bees: int, month: int) -> str:
    """Say in one line what to do."""
    rate = infestation(mites, bees)
    low, high = wilson_interval(mites, bees)
    level = action_level(month)
    if rate >= level:
        verdict = "treat"
    elif high >= level:
        verdict = "count again in three weeks"
    else:
        verdict = "leave them be"
    return f"{rate:.1f} per 100 bees ({low:.1f} to {high:.1f}), level {level:.1f}: {verdict}"


def main() -> None:
    """Read the sample from the command line."""
    parser = argparse.ArgumentParser(description="Mites in a sugar roll")
    parser.add_argument("mites", type=int)
    parser.add_argument("bees", type=int, nargs="?", default=300)
    parser.add_argument("--month", type=int, default=8)
    args = parser.parse_args()
    print(advice(args.mites, args.bees, args.month))


if __name__ == "__main__":
    main()
