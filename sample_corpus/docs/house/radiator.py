"""What a radiator gives at heat pump temperatures, and which flow temperature a room needs.

Output follows the power law of radiator catalogues: (difference / 50 K) ** n, with n = 1.3 for panels. Example:

    python radiator.py --catalogue 1900 --loss 760 --room 20
"""

from __future__ import annotations

import argparse

CATALOGUE_DIFFERENCE = 50.0
"""Kelvin between mean water and room at which makers state the output."""


def output_watts(catalogue_watts: float, flow: float, room: float, spread: float = 5.0, exponent: float = 1.3) -> float:
    """Return the heat given off with water entering at `flow` and leaving `spread` kelvin cooler."""
    difference = flow - spread / 2 - room
    if difference <= 0:
        return 0.0
    return catalogue_watts * (difference / CATALOGUE_DIFFERENCE) ** exponent


def flow_needed(catalogue_watts: float, loss_watts: float, room: float, spread: float = 5.0) -> float:
    """Return the flow temperature at which the radiator just covers the room's loss."""
    difference = CATALOGUE_DIFFERENCE * (loss_watts / catalogue_watts) ** (1 / 1.3)
    return room + difference + spread / 2


def curve(flow_cold: float, outside_cold: float, room: float = 20.0) -> list[tuple[int, float]]:
    """Return (outside, flow) points of a weather compensation line that meets the room temperature at 20 outside."""
    slope = (flow_cold - room) / (20.0 - outside_cold)
    return [(outside, round(room + slope * (20.0 - outside), 1)) for outside in range(15, -11, -5)]


def main() -> None:
    """Print the flow temperature that one room asks for, and the line through it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--catalogue", type=float, required=True, help="watts in the catalogue")
    parser.add_argument("--loss", type=float, required=True, help="watts the room loses on the design day")
    parser.add_argument("--room", type=float, default=20.0)
    parser.add_argument("--design", type=float, default=-2.5, help="outside temperature of the design day")
    args = parser.parse_args()
    flow = flow_needed(args.catalogue, args.loss, args.room)
    print(f"needs {flow:.1f} degrees of flow at {args.design} outside")
    for outside, value in curve(flow, args.design, args.room):
        print(f"{outside:4d} outside -> {value:.1f}")


if __name__ == "__main__":
    main()
