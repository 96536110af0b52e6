"""Capacity against current and size of the particles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from topotaxy.cell.cycling import Leg
from topotaxy.cell.draws import DrawTable
from topotaxy.cell.fast import FastCell
from topotaxy.cell.numbers import cell_values
from topotaxy.cell.priors import DRAW, of_ion
from topotaxy.runs.paper import RateMap
from topotaxy.studies.fast_paper import ion_of

FEASIBLE_SHARE = 0.05
"""Below this share of the draw's capacity a current counts as one that cannot be drawn."""


@dataclass(frozen=True, kw_only=True)
class RateCurve:
    """Charge capacity (mAh/g) against current (A/g) of particles of one ``diameter`` (nm)."""

    diameter: float
    current: tuple[float, ...]
    capacity: tuple[float, ...]


def rate_map(plan: RateMap, values: Mapping[str, float], table: DrawTable) -> list[RateCurve]:
    """Return the charge of the second cycle at each current, after one cycle at the first, by diameter.

    A current that cannot be drawn has no point.

    Parameters
    ----------
    plan : RateMap
        Table of branches, currents and diameters.
    values : mapping
        Inferred parameters by key, the draw among them.
    table : DrawTable
        Draws of the lattice.
    """
    ion = ion_of(plan.table, table)
    own = of_ion(values, ion)
    draw = table.draw(int(own.pop(DRAW, 0.0)), ion)
    curves = []
    for diameter in plan.diameters:
        cell = FastCell(
            draw=draw,
            values=cell_values(ion, {**own, "particle_diameter": diameter}),
            low=table.lower_cutoff,
            high=table.upper_cutoff,
            temperature=table.temperature,
        )
        points = []
        for current in plan.currents:
            found = cell.cycle([Leg(cycles=1, current=plan.first), Leg(cycles=2, current=current)])
            charge = float(found.column("charge")[-1])
            if charge > FEASIBLE_SHARE * draw.capacity:
                points.append((current, charge))
        curves.append(
            RateCurve(
                diameter=diameter,
                current=tuple(current for current, _ in points),
                capacity=tuple(capacity for _, capacity in points),
            )
        )
    return curves
