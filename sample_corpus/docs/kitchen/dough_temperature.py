"""How warm the water must be for dough of a wanted temperature, and how long the first rise will then take.

One bake on a spring day:

    python dough_temperature.py --want 25 --flour 19 --room 20 --leaven 23
"""

from __future__ import annotations

import argparse

FRICTION = {"hand": 1.0, "spiral": 6.0, "planetary": 10.0}
"""Kelvin that the dough gains while it is kneaded, by method."""

REFERENCE_HOURS = 3.5
REFERENCE_TEMPERATURE = 25.0
DOUBLING = 7.0
"""Fermentation goes about twice as fast for every 7 kelvin between 15 and 30 degrees."""


def water_temperature(
    want: float, *, flour: float, room: float, leaven: float | None = None, friction: float = 1.0
) -> float:
    """Return the temperature for the water, by the bakery rule of the mean.

    The wanted temperature is multiplied by the number of things that share it (flour, room, water and, if there is
    one, the leaven), and what is known of them is taken away, kneading included.
    """
    parts = [flour, room] + ([] if leaven is None else [leaven])
    return want * (len(parts) + 1) - sum(parts) - friction


def bulk_hours(temperature: float) -> float:
    """Estimate the hours of the first rise with 20 % of ripe starter at a steady temperature."""
    if not 10 <= temperature <= 35:
        raise ValueError("the estimate holds between 10 and 35 degrees only")
    return REFERENCE_HOURS * 2 ** ((REFERENCE_TEMPERATURE - temperature) / DOUBLING)


def ice_share(water_grams: float, wanted: float, tap: float) -> float:
    """Return grams of ice to put in place of tap water when the wanted temperature is below the tap's.

    Melting takes 80 calories a gram, so ice cools as much as 80 kelvin of water would.
    """
    if wanted >= tap:
        return 0.0
    return round(water_grams * (tap - wanted) / (tap + 80.0), 1)


def main() -> None:
    """Print the answer for one bake."""
    parser = argparse.ArgumentParser(description="Water temperature for a wanted dough temperature")
    parser.add_argument("--want", type=float, default=25.0)
    parser.add_argument("--flour", type=float, required=True)
    parser.add_argument("--room", type=float, required=True)
    parser.add_argument("--leaven", type=float)
    parser.add_argument("--method", choices=sorted(FRICTION), default="hand")
    args = parser.parse_args()
    friction = FRICTION[args.method]
    water = water_temperature(args.want, flour=args.flour, room=args.room, leaven=args.leaven, friction=friction)
    print(f"water at {water:.0f} degrees, first rise about {bulk_hours(args.want):.1f} hours")
    if water > 45:
        print("too hot for yeast in direct contact: warm the flour instead")


if __name__ == "__main__":
    main()
