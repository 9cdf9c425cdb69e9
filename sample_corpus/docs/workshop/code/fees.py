"""What a member owes: monthly scale, months of notice, kiln and laser levies, the deposit for a key.

The scale until March 2025 is below. Whoever changes it keeps the old one in HISTORY, so that bills of past months
still come out the same.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

KINDS = ("full", "reduced", "household", "supporter")

HISTORY: tuple[tuple[date, dict[str, Decimal]], ...] = (
    (date(2021, 1, 1), dict(zip(KINDS, map(Decimal, (22, 11, 33, 5)), strict=True))),
    (date(2023, 4, 1), dict(zip(KINDS, map(Decimal, (24, 12, 36, 5)), strict=True))),
)
"""Scales with the day from which they hold.

`reduced` is for students, apprentices, pensioners and those without work.
"""

KEY_DEPOSIT = Decimal(20)
KILN_FIRING = Decimal(6)
LASER_HOUR = Decimal("4.50")


@dataclass(frozen=True)
class Usage:
    """What a member used in a month beyond the place itself."""

    kiln_firings: int = 0
    laser_minutes: int = 0


def scale_on(day: date) -> dict[str, Decimal]:
    """Return the scale in force on a day."""
    valid = [scale for start, scale in HISTORY if start <= day]
    if not valid:
        raise ValueError(f"the workshop did not exist on {day}")
    return valid[-1]


def monthly(kind: str, day: date) -> Decimal:
    """Return the fee of one month; raises KeyError for a kind that does not exist."""
    return scale_on(day)[kind]


def first_bill(kind: str, joined: date) -> Decimal:
    """Return the first bill: half a month for those who come after the fifteenth, plus the deposit for the key."""
    fee = monthly(kind, joined)
    share = fee / 2 if joined.day > 15 else fee
    return share + (Decimal(0) if kind == "supporter" else KEY_DEPOSIT)


def bill(kind: str, month: date, usage: Usage) -> Decimal:
    """Return what is due for a month, to the penny."""
    laser = LASER_HOUR * usage.laser_minutes / 60
    total = monthly(kind, month) + KILN_FIRING * usage.kiln_firings + laser
    return total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def refund_on_leaving(key_returned: bool, arrears: Decimal) -> Decimal:
    """Return what goes back to somebody who leaves: the deposit less what is still owed, never below zero."""
    deposit = KEY_DEPOSIT if key_returned else Decimal(0)
    return max(Decimal(0), deposit - arrears)


def main() -> None:
    """Print one bill."""
    parser = argparse.ArgumentParser(description="A member's bill for a month")
    parser.add_argument("kind", choices=sorted(HISTORY[-1][1]))
    parser.add_argument("month", type=lambda text: date.fromisoformat(text + "-01"), help="YYYY-MM")
    parser.add_argument("--kiln", type=int, default=0)
    parser.add_argument("--laser", type=int, default=0, help="minutes")
    args = parser.parse_args()
    print(bill(args.kind, args.month, Usage(args.kiln, args.laser)))


if __name__ == "__main__":
    main()
